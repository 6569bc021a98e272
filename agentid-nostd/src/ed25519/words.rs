//! Words of 32 bits, with carries: what fields and scalars are made of.

/// `a + b + carry`, and whether it goes over.
#[inline(always)]
pub(super) const fn add(a: u32, b: u32, carry: bool) -> (u32, bool) {
    let (sum, first) = a.overflowing_add(b);
    let (sum, second) = sum.overflowing_add(carry as u32);
    (sum, first | second)
}

/// `a - b - 1 + carry`, and whether it stays at or above 0: a carry says that nothing was borrowed, as on Arm.
#[inline(always)]
pub(super) const fn subtract(a: u32, b: u32, carry: bool) -> (u32, bool) {
    add(a, !b, carry)
}

/// `acc + a * b + carry`, low and high word. It cannot overflow: (2^32 − 1)² + 2 (2^32 − 1) = 2^64 − 1.
#[cfg(not(any(ed25519_field = "narrow", ed25519_field = "small")))]
#[inline(always)]
pub(super) const fn multiply_add(acc: u32, a: u32, b: u32, carry: u32) -> (u32, u32) {
    let sum = a as u64 * b as u64 + acc as u64 + carry as u64;
    (sum as u32, (sum >> 32) as u32)
}

/// The same where a product has no more than 32 bits: from products of halves. The last sum is below 2^64, as above.
#[cfg(any(ed25519_field = "narrow", ed25519_field = "small"))]
#[inline(always)]
pub(super) const fn multiply_add(acc: u32, a: u32, b: u32, carry: u32) -> (u32, u32) {
    let (a0, a1, b0, b1) = (a & 0xffff, a >> 16, b & 0xffff, b >> 16);
    let low = product_of_halves(a0, b0);
    let middle = product_of_halves(a1, b0).wrapping_add(low >> 16);
    let middle_too = product_of_halves(a0, b1).wrapping_add(middle & 0xffff);
    let high = product_of_halves(a1, b1).wrapping_add(middle >> 16).wrapping_add(middle_too >> 16);
    let (low, first) = (middle_too << 16 | low & 0xffff).overflowing_add(acc);
    let (low, second) = low.overflowing_add(carry);
    (low, high.wrapping_add(first as u32).wrapping_add(second as u32))
}

/// The product of two numbers below 2^16: at most (2^16 − 1)², so that twice 2^16 − 1 can be added.
#[cfg(any(ed25519_field = "narrow", ed25519_field = "small"))]
#[inline(always)]
pub(super) const fn product_of_halves(a: u32, b: u32) -> u32 {
    debug_assert!(a >> 16 == 0 && b >> 16 == 0);
    a.wrapping_mul(b)
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
