//! Integers modulo p = 2^255 − 19 (RFC 8032, section 5.1).
//!
//! An [`Fe`] is a number modulo p in the form that suits the machine; every method takes every form
//! that another one leaves, and is exact modulo p. Verbs work in place, participles make a new
//! number. Nothing here is secret: all of it takes variable time.

// `build.rs` chooses by processor. WebAssembly has the wide products: nine limbs of 29 bits, which
// need no carries on the way, were 1.4 KB less there and took a third longer in V8.
#[cfg(ed25519_field = "limbs-51")]
mod limbs_51;
#[cfg(ed25519_field = "narrow")]
mod narrow_product;
#[cfg(ed25519_field = "small")]
mod small_product;
#[cfg(ed25519_field = "wide")]
mod wide_product;
#[cfg(not(ed25519_field = "limbs-51"))]
mod words_32;

#[cfg(ed25519_field = "limbs-51")]
pub(super) use limbs_51::Fe;
#[cfg(ed25519_field = "narrow")]
use narrow_product as product;
#[cfg(ed25519_field = "small")]
use small_product as product;
#[cfg(ed25519_field = "wide")]
use wide_product as product;
#[cfg(not(ed25519_field = "limbs-51"))]
pub(super) use words_32::Fe;

use super::words;

impl Fe {
    pub(super) const ZERO: Self = Self::from_words([0; 8]);
    pub(super) const ONE: Self = Self::from_words([1, 0, 0, 0, 0, 0, 0, 0]);

    /// 255 bits, little-endian, and the bit above them; `None` where the 255 bits are not below p.
    pub(super) fn from_bytes(bytes: &[u8; 32]) -> Option<(Self, bool)> {
        let mut words: [u32; 8] = words::from_bytes(bytes);
        let top_bit = words[7] >> 31 == 1;
        words[7] &= 0x7fff_ffff;
        let number = Self::from_words(words);
        if number.canonical() == words { Some((number, top_bit)) } else { None }
    }

    pub(super) fn is_zero(&self) -> bool {
        self.canonical() == [0; 8]
    }

    /// "Negative" in RFC 8032: whether the number below p is odd.
    pub(super) fn is_odd(&self) -> bool {
        self.canonical()[0] & 1 == 1
    }

    pub(super) fn negate(&mut self) {
        let mut negative = Self::ZERO;
        negative.subtract(self);
        *self = negative;
    }

    /// 1 over it, or 0: to the power of p − 2 = 8 (p − 5) / 8 + 3.
    pub(super) fn invert(&mut self) {
        let mut cube = *self;
        cube.square();
        cube.multiply(self);
        self.pow_p58();
        self.append(3, &cube);
    }

    /// To the power of (p − 5) / 8 = 2^252 − 3, for square roots: 250 ones in binary, then 01.
    ///
    /// Each step squares some times and multiplies, which writes one run of ones behind another.
    #[inline(never)]
    pub(super) fn pow_p58(&mut self) {
        let one = *self;
        self.append(1, &one);
        let two = *self;
        self.append(2, &two);
        self.append(1, &one);
        let five = *self;
        self.append(5, &five);
        let ten = *self;
        self.append(10, &ten);
        let twenty = *self;
        self.append(20, &twenty);
        self.append(10, &ten);
        let fifty = *self;
        self.append(50, &fifty);
        let hundred = *self;
        self.append(100, &hundred);
        self.append(50, &fifty);
        self.append(2, &one);
    }

    /// Squares `times` times, then multiplies.
    fn append(&mut self, times: u32, power: &Self) {
        for _ in 0..times {
            self.square();
        }
        self.multiply(power);
    }
}

#[cfg(test)]
mod tests {
    use fiat_crypto::curve25519_64::{
        fiat_25519_add, fiat_25519_carry, fiat_25519_carry_mul, fiat_25519_from_bytes,
        fiat_25519_loose_field_element as Loose, fiat_25519_relax, fiat_25519_sub,
        fiat_25519_tight_field_element as Tight, fiat_25519_to_bytes,
    };

    use super::Fe;
    use crate::testing::{ROUNDS, Random, to_bytes};

    /// The same number in the field of `fiat-crypto`, whose code is generated together with a
    /// proof.
    #[derive(Clone, Copy)]
    struct Reference(Tight);

    impl Reference {
        fn from_words(words: [u32; 8]) -> Self {
            let mut bytes = to_bytes(&words);
            let top = bytes[31] >> 7;
            bytes[31] &= 0x7f;
            let (mut low, mut high) = (Tight([0; 5]), Tight([0; 5]));
            fiat_25519_from_bytes(&mut low, &bytes);
            let mut bytes = [0; 32];
            bytes[0] = 19 * top;
            fiat_25519_from_bytes(&mut high, &bytes);
            Self(low).with(fiat_25519_add, &Self(high))
        }

        fn with(&self, operation: fn(&mut Loose, &Tight, &Tight), other: &Self) -> Self {
            let (mut loose, mut tight) = (Loose([0; 5]), Tight([0; 5]));
            operation(&mut loose, &self.0, &other.0);
            fiat_25519_carry(&mut tight, &loose);
            Self(tight)
        }

        fn times(&self, other: &Self) -> Self {
            let (mut a, mut b, mut product) = (Loose([0; 5]), Loose([0; 5]), Tight([0; 5]));
            fiat_25519_relax(&mut a, &self.0);
            fiat_25519_relax(&mut b, &other.0);
            fiat_25519_carry_mul(&mut product, &a, &b);
            Self(product)
        }

        fn bytes(&self) -> [u8; 32] {
            let mut bytes = [0; 32];
            fiat_25519_to_bytes(&mut bytes, &self.0);
            bytes
        }
    }

    /// A number in both fields, and every operation on both.
    #[derive(Clone, Copy)]
    struct Pair(Fe, Reference);

    impl Pair {
        fn new(words: [u32; 8]) -> Self {
            Self(Fe::from_words(words), Reference::from_words(words)).checked()
        }

        fn operated(mut self, operation: usize, other: &Self) -> Self {
            match operation {
                0 => {
                    self.0.add(&other.0);
                    self.1 = self.1.with(fiat_25519_add, &other.1);
                }
                1 => {
                    self.0.subtract(&other.0);
                    self.1 = self.1.with(fiat_25519_sub, &other.1);
                }
                2 => {
                    self.0.multiply(&other.0);
                    self.1 = self.1.times(&other.1);
                }
                3 => {
                    self.0.square();
                    self.1 = self.1.times(&self.1);
                }
                _ => {
                    self.0.negate();
                    self.1 = Reference::from_words([0; 8]).with(fiat_25519_sub, &self.1);
                }
            }
            self.checked()
        }

        fn checked(self) -> Self {
            let canonical = self.0.canonical();
            assert_eq!(to_bytes(&canonical), self.1.bytes());
            assert_eq!(self.0.is_zero(), self.1.bytes() == [0; 32]);
            assert_eq!(self.0.is_odd(), self.1.bytes()[0] & 1 == 1);
            self
        }
    }

    const OPERATIONS: usize = 5;

    /// 2^256 less a small number, p and 2 p, and what lies next to them.
    fn edges() -> impl Iterator<Item = [u32; 8]> {
        const ONES: u32 = u32::MAX;
        let near = |lowest: u32, rest: u32, top: u32| {
            [-2i32, -1, 0, 1, 2].map(|by| [lowest.wrapping_add_signed(by), rest, rest, rest, rest, rest, rest, top])
        };
        let groups = [
            near(2, 0, 0),                        // 0 to 4
            near(0xffff_ffed, ONES, 0x7fff_ffff), // p − 2 to p + 2
            near(0xffff_fffd, ONES, 0x7fff_ffff), // up to 2^255 − 1
            near(2, 0, 0x8000_0000),              // from 2^255
            near(0xffff_ffda, ONES, ONES),        // 2 p − 2 to 2 p + 2
            near(0xffff_fffd, ONES, ONES),        // up to 2^256 − 1
            near(21, 0, 0x8000_0000),             // 2^255 + 19 to 2^255 + 23
            near(39, 0, 0),                       // 37 to 41
        ];
        groups.into_iter().flatten()
    }

    #[test]
    #[cfg_attr(miri, ignore = "40,000 operations; a few run in the next test")]
    fn edges_meet_each_other_in_every_operation() {
        for a in edges() {
            for b in edges() {
                for operation in 0..OPERATIONS {
                    // Once more, for what the first result may be a form of.
                    let result = Pair::new(a).operated(operation, &Pair::new(b));
                    for operation in 0..OPERATIONS {
                        let _ = result.operated(operation, &Pair::new(a));
                    }
                }
            }
        }
    }

    #[test]
    fn random_sequences_of_operations_are_those_of_fiat_crypto() {
        let mut random = Random::new(1);
        let mut numbers = [Pair::new([0; 8]); 4];
        for _ in 0..ROUNDS {
            let (to, other) = (random.below(4), numbers[random.below(4)]);
            let operation = random.below(OPERATIONS + 2);
            numbers[to] = if operation < OPERATIONS {
                numbers[to].operated(operation, &other)
            } else {
                Pair::new(random.words())
            };
        }
    }

    #[test]
    fn the_power_for_square_roots_is_that_of_square_and_multiply() {
        let mut random = Random::new(2);
        for _ in 0..ROUNDS.div_ceil(100) {
            let Pair(mut power, base) = Pair::new(random.words());
            power.pow_p58();
            // 2^252 − 3 in binary: 250 ones, a zero, a one.
            let mut expected = Reference::from_words([1, 0, 0, 0, 0, 0, 0, 0]);
            for bit in (0..252).rev() {
                expected = expected.times(&expected);
                if bit != 1 {
                    expected = expected.times(&base);
                }
            }
            assert_eq!(to_bytes(&power.canonical()), expected.bytes());
        }
    }

    #[test]
    fn only_numbers_below_p_are_read() {
        for words in edges() {
            let mut low = words;
            low[7] &= 0x7fff_ffff;
            let read = Fe::from_bytes(&to_bytes(&words));
            let p = [0xffff_ffed, u32::MAX, u32::MAX, u32::MAX, u32::MAX, u32::MAX, u32::MAX, 0x7fff_ffff];
            assert_eq!(read.is_some(), low.iter().rev().lt(p.iter().rev()));
            if let Some((number, top_bit)) = read {
                assert_eq!((number.canonical(), top_bit), (low, words[7] >> 31 == 1));
            }
        }
    }
}
