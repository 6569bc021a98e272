//! Integers modulo L, the order of the base point (RFC 8032, section 5.1), as little-endian words.

use super::words;

/// L = 2^252 + 27742317777372353535851937790883648493.
pub(super) const ORDER: [u32; 8] = [0x5cf5_d3ed, 0x5812_631a, 0xa2f7_9cd6, 0x14de_f9de, 0, 0, 0, 0x1000_0000];

/// 16 L − 2^256, below 2^129: modulo L, 2^256 is minus that.
const FOLD: [u32; 8] = [0xcf5d_3ed0, 0x8126_31a5, 0x2f79_cd65, 0x4def_9dea, 1, 0, 0, 0];

/// 8 L, between 2^255 and 2^256.
const EIGHT_TIMES_ORDER: [u32; 8] = [0xe7ae_9f68, 0xc093_18d2, 0x17bc_e6b2, 0xa6f7_cef5, 0, 0, 0, 0x8000_0000];

/// A number below L.
#[derive(Clone, Copy)]
pub(super) struct Scalar([u32; 8]);

/// A number below 2^128.
pub(super) type Half = [u32; 4];

impl Scalar {
    /// 32 little-endian bytes; `None` where they are not below L.
    pub(super) fn from_canonical(bytes: &[u8; 32]) -> Option<Self> {
        let words = words::from_bytes(bytes);
        if words::is_less(&words, &ORDER) { Some(Self(words)) } else { None }
    }

    /// 64 little-endian bytes, modulo L.
    pub(super) fn from_wide(bytes: &[u8; 64]) -> Self {
        Self::reduced(&words::from_bytes::<64, 16>(bytes))
    }

    /// The product with a small number, modulo L.
    pub(super) fn times(&self, factor: &Half) -> Self {
        let mut product = [0; 12];
        words::product_into(&mut product, factor, &self.0);
        Self::reduced(&product)
    }

    /// The words of the number.
    pub(super) const fn words(&self) -> &[u32; 8] {
        &self.0
    }

    /// The number, or where it is even the number plus L.
    pub(super) fn odd(&self) -> [u32; 8] {
        let mut words = self.0;
        let [lowest, ..] = words;
        if lowest & 1 == 0 {
            let mut carry = false;
            for (word, order) in words.iter_mut().zip(ORDER) {
                (*word, carry) = words::add(*word, order, carry);
            }
        }
        words
    }

    /// A number of any length: Horner's rule, 2^32 at a time, with a sum that stays below 2^256.
    #[inline(never)]
    fn reduced(number: &[u32]) -> Self {
        let mut sum = [0; 8];
        for word in number.iter().rev() {
            let [a, b, c, d, e, f, g, top] = sum;
            sum = [*word, a, b, c, d, e, f, g];
            // What went over 2^256 is `top` times FOLD to be taken away: less than 2^161.
            let (mut product, mut carry) = (0, true);
            for (sum, fold) in sum.iter_mut().zip(FOLD) {
                let low;
                (low, product) = words::multiply_add(0, fold, top, product);
                (*sum, carry) = words::subtract(*sum, low, carry);
            }
            // Below 0, by less than 2^161: then 8 L more is between 0 and 2^256.
            if !carry {
                let mut carry = false;
                for (sum, order) in sum.iter_mut().zip(EIGHT_TIMES_ORDER) {
                    (*sum, carry) = words::add(*sum, order, carry);
                }
            }
        }
        // 2^256 is less than 16 L.
        while !words::is_less(&sum, &ORDER) {
            let mut carry = true;
            for (sum, order) in sum.iter_mut().zip(ORDER) {
                (*sum, carry) = words::subtract(*sum, order, carry);
            }
        }
        Self(sum)
    }
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::scalar::Scalar as Reference;

    use super::{Half, Scalar};
    use crate::testing::{ROUNDS, Random, to_bytes};

    fn reference(scalar: &Scalar) -> Reference {
        Option::from(Reference::from_canonical_bytes(to_bytes(scalar.words()))).expect("below L")
    }

    fn half(number: Half) -> Reference {
        let [a, b, c, d] = number;
        Reference::from_bytes_mod_order(to_bytes(&[a, b, c, d, 0, 0, 0, 0]))
    }

    fn wide(low: [u8; 32], high: [u8; 32]) -> [u8; 64] {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&low);
        bytes[32..].copy_from_slice(&high);
        bytes
    }

    #[test]
    fn wide_numbers_are_reduced() {
        let mut random = Random::new(3);
        for _ in 0..ROUNDS {
            let bytes = wide(random.bytes(), random.bytes());
            assert_eq!(reference(&Scalar::from_wide(&bytes)), Reference::from_bytes_mod_order_wide(&bytes));
        }
    }

    /// Where the sum falls below 0 by little, which random numbers never make it do.
    #[test]
    fn products_next_to_multiples_of_the_order_are_reduced() {
        let mut random = Random::new(4);
        for _ in 0..ROUNDS {
            let [a, b, c, d] = random.words();
            // Not 0, and so there is an inverse.
            let factor = [a | 1, b, c, d];
            let near_zero = Reference::from(random.below(1 << 16) as u64);
            let near_zero = if random.below(2) == 0 { near_zero } else { -near_zero };
            let other = near_zero * half(factor).invert();
            let scalar = Scalar::from_canonical(&other.to_bytes()).expect("below L");
            assert_eq!(reference(&scalar.times(&factor)), near_zero);
        }
    }

    #[test]
    fn products_are_those_of_dalek() {
        let mut random = Random::new(5);
        for _ in 0..ROUNDS {
            let (scalar, factor) = (Scalar::from_wide(&wide(random.bytes(), random.bytes())), random.words());
            assert_eq!(reference(&scalar.times(&factor)), reference(&scalar) * half(factor));
        }
    }

    #[test]
    fn only_numbers_below_the_order_are_canonical() {
        let largest = (-Reference::ONE).to_bytes();
        let mut next = largest;
        next[0] += 1;
        assert!(Scalar::from_canonical(&largest).is_some());
        assert!(Scalar::from_canonical(&next).is_none(), "L itself");
        let mut random = Random::new(6);
        for _ in 0..ROUNDS {
            let mut bytes = random.bytes();
            // Most numbers are far above.
            bytes[31] &= 0x1f;
            let expected: Option<Reference> = Reference::from_canonical_bytes(bytes).into();
            assert_eq!(Scalar::from_canonical(&bytes).map(|scalar| reference(&scalar)), expected);
        }
    }
}
