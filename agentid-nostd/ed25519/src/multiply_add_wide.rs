//! A product of words, where the processor multiplies 32 by 32 bits to 64.

/// `acc + a * b + carry`, low and high word. It cannot overflow: (2^32 − 1)² + 2 (2^32 − 1) = 2^64
/// − 1.
#[inline(always)]
pub(super) const fn multiply_add(acc: u32, a: u32, b: u32, carry: u32) -> (u32, u32) {
    let sum = a as u64 * b as u64 + acc as u64 + carry as u64;
    (sum as u32, (sum >> 32) as u32)
}
