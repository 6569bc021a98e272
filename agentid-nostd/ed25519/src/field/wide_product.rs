//! Products of eight words by eight, where the processor multiplies 32 by 32 bits to 64.
//!
//! Written out, and in an order in which few words are alive at a time: on Cortex-M4 a product of
//! two words, added to two others, is one instruction, and so what counts is what has to be fetched
//! and put away.

use crate::words::multiply_add;

/// Four words of `b` at a time.
#[inline(always)]
pub(super) fn product(a: &[u32; 8], b: &[u32; 8]) -> ([u32; 8], u32) {
    let zero = zero();
    let [b0, b1, b2, b3, b4, b5, b6, b7] = *b;
    let b = [b0, b1, b2, b3];
    let (p0, t) = row([zero; 4], a[0], b, zero);
    let (p1, t) = row(t, a[1], b, zero);
    let (p2, t) = row(t, a[2], b, zero);
    let (p3, t) = row(t, a[3], b, zero);
    let (p4, t) = row(t, a[4], b, zero);
    let (p5, t) = row(t, a[5], b, zero);
    let (p6, t) = row(t, a[6], b, zero);
    let (p7, t) = row(t, a[7], b, zero);
    let [p8, p9, p10, p11] = t;
    let b = [b4, b5, b6, b7];
    let (p4, t) = row([zero; 4], a[0], b, p4);
    let (p5, t) = row(t, a[1], b, p5);
    let (p6, t) = row(t, a[2], b, p6);
    let (p7, t) = row(t, a[3], b, p7);
    let (p8, t) = row(t, a[4], b, p8);
    let (p9, t) = row(t, a[5], b, p9);
    let (p10, t) = row(t, a[6], b, p10);
    let (p11, t) = row(t, a[7], b, p11);
    let [p12, p13, p14, p15] = t;
    fold([p0, p1, p2, p3, p4, p5, p6, p7], [p8, p9, p10, p11, p12, p13, p14, p15])
}

/// Products of different words count twice.
#[inline(always)]
pub(super) fn square(a: &[u32; 8]) -> ([u32; 8], u32) {
    let zero = zero();
    let [a0, a1, a2, a3, a4, a5, a6, a7] = *a;
    // Products of two of the lower four words.
    let (t1, c) = multiply_add(zero, a0, a1, zero);
    let (t2, c) = multiply_add(zero, a0, a2, c);
    let (t3, t4) = multiply_add(zero, a0, a3, c);
    let (t3, c) = multiply_add(t3, a1, a2, zero);
    let (t4, t5) = multiply_add(t4, a1, a3, c);
    let (t5, t6) = multiply_add(t5, a2, a3, zero);
    // Of a lower one with an upper one.
    let b = [a4, a5, a6, a7];
    let (t4, t) = row([t4, t5, t6, zero], a0, b, zero);
    let (t5, t) = row(t, a1, b, zero);
    let (t6, t) = row(t, a2, b, zero);
    let (t7, t) = row(t, a3, b, zero);
    // Of two of the upper four.
    let [t8, t9, t10, t11] = t;
    let (t9, c) = multiply_add(t9, a4, a5, zero);
    let (t10, c) = multiply_add(t10, a4, a6, c);
    let (t11, t12) = multiply_add(t11, a4, a7, c);
    let (t11, c) = multiply_add(t11, a5, a6, zero);
    let (t12, t13) = multiply_add(t12, a5, a7, c);
    let (t13, t14) = multiply_add(t13, a6, a7, zero);
    // Twice that, and the squares of the words.
    let (p0, c) = multiply_add(zero, a0, a0, zero);
    let (p1, c) = twice_plus(t1, zero, c);
    let (p2, c) = multiply_add(doubled(t2, t1), a1, a1, c);
    let (p3, c) = twice_plus(t3, t2, c);
    let (p4, c) = multiply_add(doubled(t4, t3), a2, a2, c);
    let (p5, c) = twice_plus(t5, t4, c);
    let (p6, c) = multiply_add(doubled(t6, t5), a3, a3, c);
    let (p7, c) = twice_plus(t7, t6, c);
    let (p8, c) = multiply_add(doubled(t8, t7), a4, a4, c);
    let (p9, c) = twice_plus(t9, t8, c);
    let (p10, c) = multiply_add(doubled(t10, t9), a5, a5, c);
    let (p11, c) = twice_plus(t11, t10, c);
    let (p12, c) = multiply_add(doubled(t12, t11), a6, a6, c);
    let (p13, c) = twice_plus(t13, t12, c);
    let (p14, c) = multiply_add(doubled(t14, t13), a7, a7, c);
    let (p15, _) = twice_plus(zero, t14, c);
    fold([p0, p1, p2, p3, p4, p5, p6, p7], [p8, p9, p10, p11, p12, p13, p14, p15])
}

/// `low + 38 * high`, and what goes over.
#[inline(always)]
fn fold(low: [u32; 8], high: [u32; 8]) -> ([u32; 8], u32) {
    let ([a0, a1, a2, a3, a4, a5, a6, a7], [b0, b1, b2, b3, b4, b5, b6, b7]) = (low, high);
    let (s0, c) = multiply_add(a0, b0, 38, 0);
    let (s1, c) = multiply_add(a1, b1, 38, c);
    let (s2, c) = multiply_add(a2, b2, 38, c);
    let (s3, c) = multiply_add(a3, b3, 38, c);
    let (s4, c) = multiply_add(a4, b4, 38, c);
    let (s5, c) = multiply_add(a5, b5, 38, c);
    let (s6, c) = multiply_add(a6, b6, 38, c);
    let (s7, c) = multiply_add(a7, b7, 38, c);
    ([s0, s1, s2, s3, s4, s5, s6, s7], c)
}

/// `t + a * b + carry`: its lowest word, and the others.
#[inline(always)]
fn row([t0, t1, t2, t3]: [u32; 4], a: u32, [b0, b1, b2, b3]: [u32; 4], carry: u32) -> (u32, [u32; 4]) {
    let (t0, c) = multiply_add(t0, a, b0, carry);
    let (t1, c) = multiply_add(t1, a, b1, c);
    let (t2, c) = multiply_add(t2, a, b2, c);
    let (t3, c) = multiply_add(t3, a, b3, c);
    (t0, [t1, t2, t3, c])
}

/// A word of twice a number: it and the word below.
#[inline(always)]
fn doubled(word: u32, below: u32) -> u32 {
    word << 1 | below >> 31
}

/// The same plus a carry, low and high word.
#[inline(always)]
fn twice_plus(word: u32, below: u32, carry: u32) -> (u32, u32) {
    let (sum, carry) = doubled(word, below).overflowing_add(carry);
    (sum, u32::from(carry))
}

/// 0. On Arm without the compiler knowing: where it knows a sum to have only one term, it finds a
///    longer way to the second carry.
#[inline(always)]
fn zero() -> u32 {
    if cfg!(target_arch = "arm") { core::hint::black_box(0) } else { 0 }
}
