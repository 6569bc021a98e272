//! For WebAssembly, whose engines multiply 64 by 64 bits but give only the lower half: nine limbs of 29 bits, little-endian, of which the
//! products of a whole column fit into 64 bits without a carry between them.
//!
//! A limb is below 2^29 + 2^14 after every operation. 2^261 is 64 times 19, 1216, modulo p.

/// See [`super`].
#[derive(Clone, Copy)]
pub(in crate::ed25519) struct Fe([u32; 9]);

const LOW_29: u32 = (1 << 29) - 1;
/// Of the highest limb, what is below 2^255.
const LOW_23: u32 = (1 << 23) - 1;

/// 128 p, limb by limb: more than any limb that is taken from it, and with any limb added below 2^31.
const MULTIPLE_OF_P: [u32; 9] = {
    let mut limbs = [2 * LOW_29; 9];
    limbs[0] -= 2 * 1216 - 2;
    limbs
};

impl Fe {
    pub(in crate::ed25519) const fn from_words(words: [u32; 8]) -> Self {
        let [a, b, c, d, e, f, g, h] = words;
        Self([
            a & LOW_29,
            (a >> 29 | b << 3) & LOW_29,
            (b >> 26 | c << 6) & LOW_29,
            (c >> 23 | d << 9) & LOW_29,
            (d >> 20 | e << 12) & LOW_29,
            (e >> 17 | f << 15) & LOW_29,
            (f >> 14 | g << 18) & LOW_29,
            (g >> 11 | h << 21) & LOW_29,
            // The highest bit as well: 24 bits.
            h >> 8,
        ])
    }

    pub(in crate::ed25519) fn canonical(&self) -> [u32; 8] {
        // Twice, so that what is left is below 2^255: first at most 65 times 2^255 come back as 19 each, then at most one.
        let mut reduced = *self;
        for _ in 0..2 {
            let over = reduced.carry_through() >> 23;
            let [lowest, .., highest] = &mut reduced.0;
            *highest &= LOW_23;
            *lowest += 19 * over;
        }
        // It is at least p where adding 19 reaches 2^255.
        let mut less = reduced;
        less.0[0] += 19;
        if less.carry_through() > LOW_23 {
            less.0[8] &= LOW_23;
            reduced = less;
        }
        let [a, b, c, d, e, f, g, h, i] = reduced.0;
        [
            a | b << 29,
            b >> 3 | c << 26,
            c >> 6 | d << 23,
            d >> 9 | e << 20,
            e >> 12 | f << 17,
            f >> 15 | g << 14,
            g >> 18 | h << 11,
            h >> 21 | i << 8,
        ]
    }

    /// Brings all limbs but the highest below 2^29, one after the other, and returns that one.
    fn carry_through(&mut self) -> u32 {
        let mut carry = 0;
        let [lower @ .., highest] = &mut self.0;
        for limb in lower {
            *limb += carry;
            carry = *limb >> 29;
            *limb &= LOW_29;
        }
        *highest += carry;
        *highest
    }

    /// Limbs below 2^29 + 7 * 1216 where they were below 2^32.
    #[inline(always)]
    fn carried([a, b, c, d, e, f, g, h, i]: [u32; 9]) -> Self {
        Self([
            (a & LOW_29) + 1216 * (i >> 29),
            (b & LOW_29) + (a >> 29),
            (c & LOW_29) + (b >> 29),
            (d & LOW_29) + (c >> 29),
            (e & LOW_29) + (d >> 29),
            (f & LOW_29) + (e >> 29),
            (g & LOW_29) + (f >> 29),
            (h & LOW_29) + (g >> 29),
            (i & LOW_29) + (h >> 29),
        ])
    }

    #[inline(never)]
    pub(in crate::ed25519) fn add(&mut self, other: &Self) {
        let ([a0, a1, a2, a3, a4, a5, a6, a7, a8], [b0, b1, b2, b3, b4, b5, b6, b7, b8]) = (self.0, other.0);
        *self = Self::carried([a0 + b0, a1 + b1, a2 + b2, a3 + b3, a4 + b4, a5 + b5, a6 + b6, a7 + b7, a8 + b8]);
    }

    #[inline(never)]
    pub(in crate::ed25519) fn subtract(&mut self, other: &Self) {
        let ([a0, a1, a2, a3, a4, a5, a6, a7, a8], [b0, b1, b2, b3, b4, b5, b6, b7, b8]) = (self.0, other.0);
        let [p0, p1, p2, p3, p4, p5, p6, p7, p8] = MULTIPLE_OF_P;
        *self = Self::carried([
            a0 + p0 - b0,
            a1 + p1 - b1,
            a2 + p2 - b2,
            a3 + p3 - b3,
            a4 + p4 - b4,
            a5 + p5 - b5,
            a6 + p6 - b6,
            a7 + p7 - b7,
            a8 + p8 - b8,
        ]);
    }

    #[inline(never)]
    pub(in crate::ed25519) fn multiply(&mut self, other: &Self) {
        let [a0, a1, a2, a3, a4, a5, a6, a7, a8] = self.0.map(u64::from);
        let [b0, b1, b2, b3, b4, b5, b6, b7, b8] = other.0.map(u64::from);
        *self = Self::reduced([
            a0 * b0,
            a0 * b1 + a1 * b0,
            a0 * b2 + a1 * b1 + a2 * b0,
            a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0,
            a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0,
            a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0,
            a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0,
            a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0,
            a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0,
            a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1,
            a2 * b8 + a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3 + a8 * b2,
            a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3,
            a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4,
            a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5,
            a6 * b8 + a7 * b7 + a8 * b6,
            a7 * b8 + a8 * b7,
            a8 * b8,
        ]);
    }

    #[inline(never)]
    pub(in crate::ed25519) fn square(&mut self) {
        let [a0, a1, a2, a3, a4, a5, a6, a7, a8] = self.0.map(u64::from);
        let [d0, d1, d2, d3, d4, d5, d6, d7] = [a0, a1, a2, a3, a4, a5, a6, a7].map(|limb| 2 * limb);
        *self = Self::reduced([
            a0 * a0,
            d0 * a1,
            d0 * a2 + a1 * a1,
            d0 * a3 + d1 * a2,
            d0 * a4 + d1 * a3 + a2 * a2,
            d0 * a5 + d1 * a4 + d2 * a3,
            d0 * a6 + d1 * a5 + d2 * a4 + a3 * a3,
            d0 * a7 + d1 * a6 + d2 * a5 + d3 * a4,
            d0 * a8 + d1 * a7 + d2 * a6 + d3 * a5 + a4 * a4,
            d1 * a8 + d2 * a7 + d3 * a6 + d4 * a5,
            d2 * a8 + d3 * a7 + d4 * a6 + a5 * a5,
            d3 * a8 + d4 * a7 + d5 * a6,
            d4 * a8 + d5 * a7 + a6 * a6,
            d5 * a8 + d6 * a7,
            d6 * a8 + a7 * a7,
            d7 * a8,
            a8 * a8,
        ]);
    }

    /// From sums of nine products at most, each below 2^58 and a little: with a carry below 2^62.
    #[inline(always)]
    fn reduced(columns: [u64; 17]) -> Self {
        let [c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16] = columns;
        let (l0, c) = split(c0);
        let (l1, c) = split(c1 + c);
        let (l2, c) = split(c2 + c);
        let (l3, c) = split(c3 + c);
        let (l4, c) = split(c4 + c);
        let (l5, c) = split(c5 + c);
        let (l6, c) = split(c6 + c);
        let (l7, c) = split(c7 + c);
        let (l8, c) = split(c8 + c);
        let (h0, c) = split(c9 + c);
        let (h1, c) = split(c10 + c);
        let (h2, c) = split(c11 + c);
        let (h3, c) = split(c12 + c);
        let (h4, c) = split(c13 + c);
        let (h5, c) = split(c14 + c);
        let (h6, c) = split(c15 + c);
        // The last carry is below 2^33, and 1216 times that below 2^44.
        let (h7, h8) = split(c16 + c);
        let (l0, c) = split(l0 + 1216 * h0);
        let (l1, c) = split(l1 + 1216 * h1 + c);
        let (l2, c) = split(l2 + 1216 * h2 + c);
        let (l3, c) = split(l3 + 1216 * h3 + c);
        let (l4, c) = split(l4 + 1216 * h4 + c);
        let (l5, c) = split(l5 + 1216 * h5 + c);
        let (l6, c) = split(l6 + 1216 * h6 + c);
        let (l7, c) = split(l7 + 1216 * h7 + c);
        let (l8, c) = split(l8 + 1216 * h8 + c);
        // Below 2^15, and 1216 times that below 2^26: limb 1 gets at most 1.
        let (l0, c) = split(l0 + 1216 * c);
        Self([l0, l1 + c, l2, l3, l4, l5, l6, l7, l8].map(|limb| limb as u32))
    }
}

/// The lower 29 bits, and the others.
#[inline(always)]
const fn split(sum: u64) -> (u64, u64) {
    (sum & LOW_29 as u64, sum >> 29)
}
