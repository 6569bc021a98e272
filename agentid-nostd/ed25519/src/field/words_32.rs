//! For 32-bit machines: eight full words, little-endian. Every value below 2^256 is a form of
//! itself modulo p.
//!
//! What goes over 2^256 comes back as 38, and what goes below 0 takes 38 away. The loops are
//! written out: a compiler that builds for size would leave them, and on a small device everything
//! else is next to nothing beside the two products.

use super::product;
use crate::words;

/// See [`super`].
#[derive(Clone, Copy)]
pub(crate) struct Fe([u32; 8]);

impl Fe {
    pub(crate) const fn from_words(words: [u32; 8]) -> Self {
        Self(words)
    }

    /// The number below p.
    #[inline(never)]
    pub(crate) fn canonical(&self) -> [u32; 8] {
        // 2^255 is 19. What comes out is below 2^255 + 19.
        let Self([.., top]) = *self;
        let mut reduced = *self;
        reduced.0[7] &= 0x7fff_ffff;
        reduced.add_word(19 * (top >> 31));
        // It is at least p where adding 19 reaches 2^255.
        let mut less = reduced;
        less.add_word(19);
        if less.0[7] >> 31 == 1 {
            less.0[7] &= 0x7fff_ffff;
            return less.0;
        }
        reduced.0
    }

    #[inline(never)]
    pub(crate) fn add(&mut self, other: &Self) {
        let [a0, a1, a2, a3, a4, a5, a6, a7] = self.0;
        let [b0, b1, b2, b3, b4, b5, b6, b7] = other.0;
        let (s0, carry) = words::add(a0, b0, false);
        let (s1, carry) = words::add(a1, b1, carry);
        let (s2, carry) = words::add(a2, b2, carry);
        let (s3, carry) = words::add(a3, b3, carry);
        let (s4, carry) = words::add(a4, b4, carry);
        let (s5, carry) = words::add(a5, b5, carry);
        let (s6, carry) = words::add(a6, b6, carry);
        let (s7, carry) = words::add(a7, b7, carry);
        self.0 = [s0, s1, s2, s3, s4, s5, s6, s7];
        if carry {
            self.add_word(38);
        }
    }

    #[inline(never)]
    pub(crate) fn subtract(&mut self, other: &Self) {
        let [a0, a1, a2, a3, a4, a5, a6, a7] = self.0;
        let [b0, b1, b2, b3, b4, b5, b6, b7] = other.0;
        let (s0, carry) = words::subtract(a0, b0, true);
        let (s1, carry) = words::subtract(a1, b1, carry);
        let (s2, carry) = words::subtract(a2, b2, carry);
        let (s3, carry) = words::subtract(a3, b3, carry);
        let (s4, carry) = words::subtract(a4, b4, carry);
        let (s5, carry) = words::subtract(a5, b5, carry);
        let (s6, carry) = words::subtract(a6, b6, carry);
        let (s7, carry) = words::subtract(a7, b7, carry);
        self.0 = [s0, s1, s2, s3, s4, s5, s6, s7];
        if !carry {
            self.subtract_38();
        }
    }

    #[inline(never)]
    pub(crate) fn multiply(&mut self, other: &Self) {
        self.set(product::product(&self.0, &other.0));
    }

    #[inline(never)]
    pub(crate) fn square(&mut self) {
        self.set(product::square(&self.0));
    }

    /// A product, and how many times 2^256 on top.
    #[inline(always)]
    fn set(&mut self, (words, over): ([u32; 8], u32)) {
        self.0 = words;
        // At most 38 times 38.
        self.add_word(over.wrapping_mul(38));
    }

    /// Adds a small number.
    #[inline(always)]
    fn add_word(&mut self, more: u32) {
        let (sum, carry) = self.0[0].overflowing_add(more);
        self.0[0] = sum;
        if carry {
            self.carry_on();
        }
    }

    /// Adds 2^32, which hardly ever has to be done.
    #[cold]
    #[inline(never)]
    fn carry_on(&mut self) {
        let [lowest, rest @ ..] = &mut self.0;
        let overflow = rest.iter_mut().all(|word| {
            *word = word.wrapping_add(1);
            *word == 0
        });
        // All the rest is 0 now, and `lowest` is what is left of a sum: small.
        if overflow {
            *lowest = lowest.wrapping_add(38);
        }
    }

    /// Takes 38 away.
    #[inline(always)]
    fn subtract_38(&mut self) {
        let (difference, borrow) = self.0[0].overflowing_sub(38);
        self.0[0] = difference;
        if borrow {
            self.borrow_on();
        }
    }

    /// Takes 2^32 away, which hardly ever has to be done.
    #[cold]
    #[inline(never)]
    fn borrow_on(&mut self) {
        let [lowest, rest @ ..] = &mut self.0;
        let underflow = rest.iter_mut().all(|word| {
            *word = word.wrapping_sub(1);
            *word == u32::MAX
        });
        // All the rest are ones now, and `lowest` is what is left of a difference: large.
        if underflow {
            *lowest = lowest.wrapping_sub(38);
        }
    }
}
