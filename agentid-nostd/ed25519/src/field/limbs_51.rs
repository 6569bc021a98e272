//! For 64-bit machines: five limbs of 51 bits, little-endian (Bernstein, Duif, Lange, Schwabe,
//! Yang: "High-speed high-security signatures", 2011). A limb is below 2^52 after every operation.

/// See [`super`].
#[derive(Clone, Copy)]
pub(crate) struct Fe([u64; 5]);

const LOW_51: u64 = (1 << 51) - 1;

/// 4 p, limb by limb: the lowest is 2^53 − 76, more than any limb that is taken from it.
const MULTIPLE_OF_P: [u64; 5] = [(LOW_51 - 18) * 4, LOW_51 * 4, LOW_51 * 4, LOW_51 * 4, LOW_51 * 4];

impl Fe {
    pub(crate) const fn from_words(words: [u32; 8]) -> Self {
        let [a0, a1, a2, a3, a4, a5, a6, a7] = words;
        let a = [
            a0 as u64 | (a1 as u64) << 32,
            a2 as u64 | (a3 as u64) << 32,
            a4 as u64 | (a5 as u64) << 32,
            a6 as u64 | (a7 as u64) << 32,
        ];
        Self([
            a[0] & LOW_51,
            (a[0] >> 51 | a[1] << 13) & LOW_51,
            (a[1] >> 38 | a[2] << 26) & LOW_51,
            (a[2] >> 25 | a[3] << 39) & LOW_51,
            // The highest bit as well: 52 bits.
            a[3] >> 12,
        ])
    }

    pub(crate) fn canonical(&self) -> [u32; 8] {
        // Below 2 p now: the quotient is 0 or 1.
        let mut reduced = self.carried().0;
        // The quotient by p is 1 where adding 19 reaches 2^255.
        let mut quotient = (reduced[0] + 19) >> 51;
        for limb in &reduced[1..] {
            quotient = (limb + quotient) >> 51;
        }
        reduced[0] += 19 * quotient;
        let mut carry = 0;
        for limb in &mut reduced {
            *limb += carry;
            carry = *limb >> 51;
            *limb &= LOW_51;
        }
        let [a, b, c, d, e] = reduced;
        let words = [a | b << 51, b >> 13 | c << 38, c >> 26 | d << 25, d >> 39 | e << 12];
        let mut out = [0; 8];
        for (pair, word) in out.as_chunks_mut::<2>().0.iter_mut().zip(words) {
            *pair = [word as u32, (word >> 32) as u32];
        }
        out
    }

    /// Limbs below 2^51 + 19 * 2^13 where they were below 2^64.
    #[inline(always)]
    fn carried(self) -> Self {
        let [a, b, c, d, e] = self.0;
        Self([
            (a & LOW_51) + 19 * (e >> 51),
            (b & LOW_51) + (a >> 51),
            (c & LOW_51) + (b >> 51),
            (d & LOW_51) + (c >> 51),
            (e & LOW_51) + (d >> 51),
        ])
    }

    pub(crate) fn add(&mut self, other: &Self) {
        let ([a0, a1, a2, a3, a4], [b0, b1, b2, b3, b4]) = (self.0, other.0);
        *self = Self([a0 + b0, a1 + b1, a2 + b2, a3 + b3, a4 + b4]).carried();
    }

    pub(crate) fn subtract(&mut self, other: &Self) {
        let ([a0, a1, a2, a3, a4], [b0, b1, b2, b3, b4]) = (self.0, other.0);
        let [p0, p1, p2, p3, p4] = MULTIPLE_OF_P;
        *self = Self([a0 + p0 - b0, a1 + p1 - b1, a2 + p2 - b2, a3 + p3 - b3, a4 + p4 - b4]).carried();
    }

    pub(crate) fn multiply(&mut self, other: &Self) {
        let ([a0, a1, a2, a3, a4], [b0, b1, b2, b3, b4]) = (self.0, other.0);
        let (b1_19, b2_19, b3_19, b4_19) = (19 * b1, 19 * b2, 19 * b3, 19 * b4);
        *self = Self::reduced([
            wide(a0, b0) + wide(a4, b1_19) + wide(a3, b2_19) + wide(a2, b3_19) + wide(a1, b4_19),
            wide(a1, b0) + wide(a0, b1) + wide(a4, b2_19) + wide(a3, b3_19) + wide(a2, b4_19),
            wide(a2, b0) + wide(a1, b1) + wide(a0, b2) + wide(a4, b3_19) + wide(a3, b4_19),
            wide(a3, b0) + wide(a2, b1) + wide(a1, b2) + wide(a0, b3) + wide(a4, b4_19),
            wide(a4, b0) + wide(a3, b1) + wide(a2, b2) + wide(a1, b3) + wide(a0, b4),
        ]);
    }

    pub(crate) fn square(&mut self) {
        let [a0, a1, a2, a3, a4] = self.0;
        let (a0_2, a1_2, a2_2) = (2 * a0, 2 * a1, 2 * a2);
        let (a3_19, a4_19) = (19 * a3, 19 * a4);
        *self = Self::reduced([
            wide(a0, a0) + wide(a1_2, a4_19) + wide(a2_2, a3_19),
            wide(a0_2, a1) + wide(a2_2, a4_19) + wide(a3, a3_19),
            wide(a0_2, a2) + wide(a1, a1) + wide(2 * a3, a4_19),
            wide(a0_2, a3) + wide(a1_2, a2) + wide(a4, a4_19),
            wide(a0_2, a4) + wide(a1_2, a3) + wide(a2, a2),
        ]);
    }

    /// From sums of products: 19 times a limb is below 2^57, so that the lowest sum, of five
    /// products, is below 2^111, and the highest, without a factor of 19, below 2^107. What
    /// goes over that is below 2^56, and 19 times as much below 2^61: the second limb is below
    /// 2^51 + 2^10 in the end.
    #[inline(always)]
    fn reduced([c0, c1, c2, c3, c4]: [u128; 5]) -> Self {
        let c1 = c1 + (c0 >> 51);
        let c2 = c2 + (c1 >> 51);
        let c3 = c3 + (c2 >> 51);
        let c4 = c4 + (c3 >> 51);
        let low = |sum: u128| sum as u64 & LOW_51;
        let a0 = low(c0) + 19 * ((c4 >> 51) as u64);
        Self([a0 & LOW_51, low(c1) + (a0 >> 51), low(c2), low(c3), low(c4)])
    }
}

#[inline(always)]
fn wide(a: u64, b: u64) -> u128 {
    u128::from(a) * u128::from(b)
}
