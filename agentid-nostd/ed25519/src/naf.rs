//! Signed digits of a number: few of them, all odd (width-w NAF: Solinas, "Efficient arithmetic on
//! Koblitz curves", 2000).

use super::scalar::Half;

/// How many positions the digits of a [`Half`] have: one more than it has bits, because its highest
/// digit may carry, once.
pub(super) const POSITIONS: usize = 129;

/// How many bits a window has: at least 2, for mark and sign, and at most 8, which is plenty; from
/// 33 on it could lie in three words.
#[derive(Clone, Copy)]
pub(super) struct Width {
    bits: usize,
    /// 2^(w−1): the mark of a digit.
    half: u32,
}

impl Width {
    pub(super) const fn new(bits: usize) -> Self {
        assert!(2 <= bits && bits <= 8);
        Self { bits, half: 1 << (bits - 1) }
    }

    /// How many odd multiples the digits choose from.
    pub(super) const fn multiples(self) -> usize {
        1 << (self.bits - 2)
    }
}

/// The digits of a number, in the place of its bits.
///
/// A digit at position i is odd, between −2^(w−1) and 2^(w−1), and the w − 1 positions above it
/// hold zeros. So there are w bits to write it down, at the positions i to i + w − 1: from above, a
/// one, the sign, and (|digit| − 1) / 2.
pub(super) struct Naf {
    bits: [u32; 5],
    width: Width,
    /// How many of the next positions hold zeros, because their bits belong to the digit above.
    zeros: usize,
}

/// One digit: which odd multiple, counted from 0, and its sign.
pub(super) struct Digit {
    pub(super) index: usize,
    pub(super) negative: bool,
}

impl Naf {
    #[inline(never)]
    pub(super) fn of(number: &Half, width: Width) -> Self {
        let [a, b, c, d] = *number;
        let mut digits = Self { bits: [a, b, c, d, 0], width, zeros: 0 };
        let Width { bits, half } = width;
        let mut position = 0;
        while position < POSITIONS {
            let window = digits.window(position);
            if window & 1 == 0 {
                position += 1;
                continue;
            }
            let next = position.saturating_add(bits);
            let negative = window > half;
            if negative {
                digits.carry_to(next);
            }
            // A window is below 2 half.
            let (magnitude, sign) =
                if negative { (half.wrapping_mul(2).wrapping_sub(window), half / 2) } else { (window, 0) };
            digits.flip(position, window ^ (half | sign | (magnitude >> 1)));
            position = next;
        }
        digits
    }

    /// The digit at this position. They have to be asked for in descending order, without a gap.
    pub(super) fn at(&mut self, position: usize) -> Option<Digit> {
        if self.zeros > 0 {
            self.zeros -= 1;
            return None;
        }
        let (window, half) = (self.window(position), self.width.half);
        if window < half {
            return None;
        }
        self.zeros = self.width.bits.saturating_sub(1);
        let sign = half / 2;
        Some(Digit { index: (window & sign.wrapping_sub(1)) as usize, negative: window & sign != 0 })
    }

    /// As many bits as the width, from this position upwards.
    #[inline(never)]
    fn window(&self, position: usize) -> u32 {
        let mut words = self.bits.iter().skip(position / 32).map(|word| u64::from(*word));
        let pair = words.next().unwrap_or(0) | words.next().unwrap_or(0) << 32;
        (pair >> (position % 32)) as u32 & self.width.half.wrapping_mul(2).wrapping_sub(1)
    }

    /// Turns over the bits of a window that are set in `bits`.
    fn flip(&mut self, position: usize, bits: u32) {
        let pair = u64::from(bits) << (position % 32);
        for (word, bits) in self.bits.iter_mut().skip(position / 32).zip([pair as u32, (pair >> 32) as u32]) {
            *word ^= bits;
        }
    }

    /// Adds 2^position.
    fn carry_to(&mut self, position: usize) {
        let mut more = 1 << (position % 32);
        for word in self.bits.iter_mut().skip(position / 32) {
            let carry;
            (*word, carry) = word.overflowing_add(more);
            more = u32::from(carry);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Naf, POSITIONS, Width};
    use crate::testing::{ROUNDS, Random};

    /// The sum of all digits is the number again, and each is one that a table holds.
    fn check(number: [u32; 4], width: usize) {
        let mut digits = Naf::of(&number, Width::new(width));
        let (mut sum, mut last) = (0u128, None);
        for position in (0..POSITIONS).rev() {
            sum = sum.wrapping_mul(2);
            let Some(digit) = digits.at(position) else { continue };
            assert!(digit.index < Width::new(width).multiples());
            assert!(last.is_none_or(|last| last - position >= width), "too close");
            last = Some(position);
            let odd = 2 * digit.index as u128 + 1;
            sum = if digit.negative { sum.wrapping_sub(odd) } else { sum.wrapping_add(odd) };
        }
        // Modulo 2^128: the digit at position 128 is what such a number carries.
        assert_eq!(sum, number.iter().rev().fold(0, |number, word| number << 32 | u128::from(*word)));
    }

    #[test]
    fn digits_are_the_number() {
        let mut random = Random::new(8);
        for width in if cfg!(miri) { 3..=3 } else { 2..=8 } {
            for _ in 0..ROUNDS {
                check(random.words(), width);
            }
            for shift in (0..128).step_by(if cfg!(miri) { 50 } else { 1 }) {
                for number in [1u128 << shift, u128::MAX << shift, u128::MAX >> shift, 5 << shift, !(1 << shift)] {
                    let word = |at: u32| (number >> (32 * at)) as u32;
                    check([word(0), word(1), word(2), word(3)], width);
                }
            }
        }
    }

    #[test]
    fn a_number_that_carries_to_the_highest_position_has_its_digit_there() {
        let mut digits = Naf::of(&[u32::MAX; 4], Width::new(4));
        let digit = digits.at(128).expect("2^128 − 1 is 2^128 less 1");
        assert_eq!((digit.index, digit.negative), (0, false));
    }
}
