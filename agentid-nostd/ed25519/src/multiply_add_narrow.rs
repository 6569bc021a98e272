//! A product of words, where a product has no more than 32 bits: from products of halves.

/// `acc + a * b + carry`, low and high word. It cannot overflow: (2^32 − 1)² + 2 (2^32 − 1) = 2^64
/// − 1.
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
#[inline(always)]
pub(super) const fn product_of_halves(a: u32, b: u32) -> u32 {
    debug_assert!(a >> 16 == 0 && b >> 16 == 0);
    a.wrapping_mul(b)
}
