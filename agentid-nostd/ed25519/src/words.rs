//! Words of 32 bits, with carries: what fields and scalars are made of.

// `build.rs` chooses by processor.
#[cfg(any(ed25519_field = "narrow", ed25519_field = "small"))]
pub(super) use super::multiply_add_narrow::multiply_add;
#[cfg(not(any(ed25519_field = "narrow", ed25519_field = "small")))]
pub(super) use super::multiply_add_wide::multiply_add;

/// `a + b + carry`, and whether it goes over.
#[inline(always)]
pub(super) const fn add(a: u32, b: u32, carry: bool) -> (u32, bool) {
    // WebAssembly has no carry to be recognised, and words of 64 bits.
    if cfg!(target_family = "wasm") { add_in_64_bits(a, b, carry) } else { add_with_carry(a, b, carry) }
}

#[inline(always)]
const fn add_in_64_bits(a: u32, b: u32, carry: bool) -> (u32, bool) {
    let sum = a as u64 + b as u64 + carry as u64;
    (sum as u32, sum >> 32 != 0)
}

#[inline(always)]
const fn add_with_carry(a: u32, b: u32, carry: bool) -> (u32, bool) {
    let (sum, first) = a.overflowing_add(b);
    let (sum, second) = sum.overflowing_add(carry as u32);
    (sum, first | second)
}

/// `a - b - 1 + carry`, and whether it stays at or above 0: a carry says that nothing was borrowed,
/// as on Arm.
#[inline(always)]
pub(super) const fn subtract(a: u32, b: u32, carry: bool) -> (u32, bool) {
    add(a, !b, carry)
}

/// `a * b`, into zeros: as many as both have words.
pub(super) fn product_into(to: &mut [u32], a: &[u32], b: &[u32; 8]) {
    let mut rest = to;
    for factor in a {
        let carry = add_row(rest, *factor, b);
        if let Some(place) = rest.get_mut(b.len()) {
            *place = carry;
        }
        let [_, shorter @ ..] = rest else { return };
        rest = shorter;
    }
}

/// `to + a * b` in as many words as `b` has, and what goes over.
#[inline(never)]
pub(super) fn add_row(to: &mut [u32], a: u32, b: &[u32]) -> u32 {
    let mut carry = 0;
    for (to, b) in to.iter_mut().zip(b) {
        (*to, carry) = multiply_add(*to, a, *b, carry);
    }
    carry
}

/// Little-endian bytes, four to a word.
pub(super) fn from_bytes<const BYTES: usize, const WORDS: usize>(bytes: &[u8; BYTES]) -> [u32; WORDS] {
    const { assert!(BYTES == 4 * WORDS) };
    let (chunks, _) = bytes.as_chunks::<4>();
    let mut words = [0; WORDS];
    for (word, chunk) in words.iter_mut().zip(chunks) {
        *word = u32::from_le_bytes(*chunk);
    }
    words
}

/// Whether a number is less than another, both little-endian.
pub(super) fn is_less(a: &[u32; 8], b: &[u32; 8]) -> bool {
    let mut carry = true;
    for (a, b) in a.iter().zip(b) {
        (_, carry) = subtract(*a, *b, carry);
    }
    !carry
}

#[cfg(test)]
mod tests {
    use super::{add_in_64_bits, add_with_carry};
    use crate::testing::{ROUNDS, Random};

    #[test]
    fn both_sums_are_the_sum() {
        let mut random = Random::new(12);
        for _ in 0..ROUNDS {
            let (a, b, carry) = (random.word(), random.word(), random.below(2) == 1);
            let sum = u64::from(a) + u64::from(b) + u64::from(carry);
            let expected = (sum as u32, sum > u64::from(u32::MAX));
            assert_eq!(add_in_64_bits(a, b, carry), expected);
            assert_eq!(add_with_carry(a, b, carry), expected);
        }
        for add in [add_in_64_bits, add_with_carry] {
            assert_eq!(add(u32::MAX, 0, true), (0, true));
            assert_eq!(add(u32::MAX, u32::MAX, true), (u32::MAX, true));
            assert_eq!(add(u32::MAX - 1, 0, true), (u32::MAX, false));
        }
    }
}
