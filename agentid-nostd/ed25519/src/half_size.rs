//! A scalar as the quotient of two numbers of half its length, so that half as many doublings are
//! needed.
//!
//! Euclid's algorithm on L and the scalar, stopped half way: Antipa, Brown, Gallant, Lambert,
//! Struik, Vanstone, "Accelerated verification of ECDSA signatures" (2005), section 4. That it may
//! be done for Ed25519 where the equation is the cofactored one: Pornin, "Optimized lattice basis
//! reduction in dimension 2, and fast Schnorr and EdDSA signature verification" (2020), which finds
//! the quotient in another way.

use super::scalar::{Half, ORDER, Scalar};
use super::words;

/// k = ± numerator / denominator, modulo L.
pub(super) struct HalfSizeScalars {
    /// Below 2^127.
    pub(super) numerator: Half,
    /// From 1 to 2^125.
    pub(super) denominator: Half,
    /// Whether the sign is minus.
    pub(super) negative: bool,
}

impl HalfSizeScalars {
    /// In Euclid's algorithm each remainder is k times some factor, modulo L. The remainders
    /// shrink; the factors grow, from 1, and have alternating signs; and `larger * factor +
    /// smaller * factor_of_larger` stays L. So as long as both remainders are at
    /// or above 2^127, both factors are at most L / 2^127, which is 2^125 and a bit, and have room;
    /// and so has the factor of the first remainder below. They are never equal: L has no such
    /// divisor.
    ///
    /// A division is done bit by bit: what is taken from the larger remainder, shifted, its factor
    /// gets, shifted. As the signs differ, the absolute values of the factors add up. The shift
    /// is such that more than a quarter is taken, so that it ends: after no more than 602
    /// steps, and 130 were never seen.
    #[inline(never)]
    pub(super) fn of(scalar: &Scalar) -> Self {
        let (mut larger, mut smaller) = (ORDER, *scalar.words());
        let (mut factor_of_larger, mut factor): (Half, Half) = ([0; 4], [1, 0, 0, 0]);
        let mut negative = false;
        loop {
            if let [a, b, c, d @ ..=0x7fff_ffff, 0, 0, 0, 0] = smaller {
                return Self { numerator: [a, b, c, d], denominator: factor, negative };
            }
            let shift = shift_below(&larger, &smaller);
            // Not below 0, by the choice of the shift; what a whole word is shifted beyond the end is 0.
            let (mut below, mut carry) = (0, true);
            for (large, small) in larger.iter_mut().skip(shift / 32).zip(smaller) {
                (*large, carry) = words::subtract(*large, upper(small, below, shift), carry);
                below = small;
            }
            debug_assert!(carry);
            let (mut below, mut carry) = (0, false);
            for (large, small) in factor_of_larger.iter_mut().skip(shift / 32).zip(factor) {
                (*large, carry) = words::add(*large, upper(small, below, shift), carry);
                below = small;
            }
            if words::is_less(&larger, &smaller) {
                core::mem::swap(&mut larger, &mut smaller);
                core::mem::swap(&mut factor_of_larger, &mut factor);
                negative = !negative;
            }
        }
    }
}

/// By how many bits `smaller`, which is at or below `larger`, can be shifted and stay there: the
/// most, or one less.
fn shift_below(larger: &[u32; 8], smaller: &[u32; 8]) -> usize {
    let ((a, a_len), (b, b_len)) = (leading(larger), leading(smaller));
    // With as many bits as `larger`, `smaller` is below it for certain where its first bits are; with
    // one bit less it always is.
    let shift = a_len.saturating_sub(b_len);
    if shift > 0 && b >= a { shift - 1 } else { shift }
}

/// The 32 bits from the highest one, and how many bits there are in all.
fn leading(number: &[u32; 8]) -> (u32, usize) {
    let mut words = number.iter().rev();
    let mut len: usize = 256;
    while let Some(word) = words.next() {
        if *word != 0 {
            let zeros = word.leading_zeros() as usize;
            return (upper(*word, words.next().copied().unwrap_or(0), zeros), len.saturating_sub(zeros));
        }
        len = len.saturating_sub(32);
    }
    (0, 0)
}

/// The upper of two words, after a shift by as many bits as are left when whole words are.
fn upper(word: u32, below: u32, shift: usize) -> u32 {
    ((u64::from(word) << 32 | u64::from(below)) << (shift % 32) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::scalar::Scalar as Reference;

    use super::{Half, HalfSizeScalars};
    use crate::scalar::Scalar;
    use crate::testing::{ROUNDS, Random, to_bytes};

    fn number(half: Half) -> u128 {
        half.iter().rev().fold(0, |number, word| number << 32 | u128::from(*word))
    }

    /// Whatever the scalar: the quotient is it, and both numbers are as small as stated.
    fn check(scalar: Reference) {
        let ours = Scalar::from_canonical(&scalar.to_bytes()).expect("below L");
        let HalfSizeScalars { numerator, denominator, negative } = HalfSizeScalars::of(&ours);
        let (numerator, denominator) = (number(numerator), number(denominator));
        assert!(numerator < 1 << 127);
        assert!((1..=1 << 125).contains(&denominator));
        let numerator = Reference::from(numerator);
        let product = scalar * Reference::from(denominator);
        assert_eq!(product, if negative { -numerator } else { numerator });
    }

    #[test]
    fn random_scalars_are_quotients() {
        let mut random = Random::new(7);
        for _ in 0..ROUNDS {
            check(Reference::from_bytes_mod_order(to_bytes(&random.words())));
        }
    }

    /// Small ones, large ones, and quotients of small ones, where Euclid's algorithm ends early.
    #[test]
    #[cfg_attr(miri, ignore = "it is the reference that takes minutes there")]
    fn awkward_scalars_are_quotients() {
        let powers = (0..253).map(|bits| Reference::from(2u64).pow(bits));
        for power in powers {
            for by in 0..4u64 {
                let by = Reference::from(by);
                for scalar in [power + by, power - by, -power + by, -power - by] {
                    check(scalar);
                    if scalar != Reference::ZERO {
                        check(scalar.invert());
                        check(by * scalar.invert());
                    }
                }
            }
        }
    }

    trait Power {
        fn pow(self, exponent: u32) -> Self;
    }

    impl Power for Reference {
        fn pow(self, exponent: u32) -> Self {
            (0..exponent).fold(Self::ONE, |power, _| power * self)
        }
    }
}
