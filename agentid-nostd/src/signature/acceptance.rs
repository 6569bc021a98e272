//! The part of the acceptance rule of `SPEC.md`, "Signature", that bytes decide: S is below L, A
//! and R are canonical and not of small order. It runs before the library of a backend. The library
//! only decodes and computes the equation, so another patch version of it changes no verdict.
//!
//! Why bytes are enough: an encoding is y and the sign of x.
//!
//! - It is canonical if y is below p, and if the sign is 0 where x is 0. The curve is
//!   −x² + y² = 1 + d x² y², so x is 0 only if y is 1 or p − 1. Both points have small order, so
//!   they are refused with either sign. Only y below p remains to be checked.
//! - Eight points have an order that divides 8. The negative of a point, (−x, y), has the same
//!   order, so y alone tells whether a point is one of them. They have five different y.

use crate::layout::{PUBLIC_KEY_LEN, SIGNATURE_LEN};

/// L, the order of the base point, in little-endian bytes, as everything here.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10,
];

/// The two y of the four points of order 8, negatives of each other.
const ORDER_8_Y: [[u8; 32]; 2] = [
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
];

/// Returns whether bytes can be A or R. If they decode to a point, they are its canonical encoding
/// and its order is large.
// Not inlined: it has two callers, and on a device its stack must be free again before the
// equation.
#[inline(never)]
pub(crate) fn may_be_point(bytes: &[u8; 32]) -> bool {
    let mut y = *bytes;
    let [lowest, middle @ .., highest] = &mut y;
    *highest &= 0x7f;
    let rest_is = |each: u8, last: u8| *highest == last && middle.iter().all(|byte| *byte == each);
    // 1 is the y of the identity, 0 that of two points of order 4.
    let is_0_or_1 = *lowest <= 1 && rest_is(0, 0);
    // p is 2^255 − 19, of which the last byte is 0xed, and p − 1 the y of the point of order 2.
    let is_above_p_minus_2 = *lowest >= 0xec && rest_is(0xff, 0x7f);
    !is_0_or_1 && !is_above_p_minus_2 && !ORDER_8_Y.contains(&y)
}

/// Returns whether key and signature may be accepted as far as their bytes tell: S is less than L,
/// and A and R are canonical and not of small order if they are points at all.
#[must_use]
pub fn may_be_accepted(key: &[u8; PUBLIC_KEY_LEN], signature: &[u8; SIGNATURE_LEN]) -> bool {
    may_be_point(key) && split(signature).is_some()
}

/// Returns R and S if S is below L and R can be one.
pub(crate) fn split(signature: &[u8; 64]) -> Option<(&[u8; 32], &[u8; 32])> {
    let [r, s] = signature.as_chunks::<32>().0 else { return None };
    (is_less(s, &ORDER) && may_be_point(r)).then_some((r, s))
}

fn is_less(a: &[u8; 32], b: &[u8; 32]) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::constants::EIGHT_TORSION;
    use curve25519_dalek::edwards::CompressedEdwardsY;
    use curve25519_dalek::scalar::Scalar;

    use super::{ORDER, ORDER_8_Y, is_less, may_be_point, split};

    const fn small(number: u8) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[0] = number;
        bytes
    }

    /// The numbers next to p = 2^255 − 19, by their last byte: that of p is 0xed.
    const fn near_p(lowest: u8) -> [u8; 32] {
        let mut bytes = [0xff; 32];
        bytes[0] = lowest;
        bytes[31] = 0x7f;
        bytes
    }

    const P_MINUS_1: [u8; 32] = near_p(0xec);

    /// A canonical encoding of a point of large order, by another library.
    fn is_good(bytes: &[u8; 32]) -> bool {
        let point = CompressedEdwardsY(*bytes).decompress();
        point.is_some_and(|point| point.compress().0 == *bytes && !point.is_small_order())
    }

    fn decodes(bytes: &[u8; 32]) -> bool {
        CompressedEdwardsY(*bytes).decompress().is_some()
    }

    fn with_sign(mut bytes: [u8; 32]) -> [u8; 32] {
        bytes[31] |= 0x80;
        bytes
    }

    #[test]
    fn the_y_of_small_order_are_those_of_another_library() {
        let mut points = EIGHT_TORSION.map(|point| point.compress().0);
        for y in &mut points {
            y[31] &= 0x7f;
        }
        for y in &points {
            assert!(ORDER_8_Y.contains(y) || [small(0), small(1), P_MINUS_1].contains(y), "{y:02x?}");
        }
        assert!(ORDER_8_Y.iter().all(|y| points.contains(y)));
    }

    /// Every encoding with y next to 0, to p, and to each y of small order, with either sign.
    #[test]
    fn bytes_and_a_decoder_are_the_rule_of_another_library() {
        let near = |y: [u8; 32]| (0..=u8::MAX).map(move |low| (y, low));
        let centres = ORDER_8_Y.into_iter().chain([small(0), P_MINUS_1, [0x55; 32]]);
        let (mut good, mut refused) = (0, 0);
        for (mut bytes, low) in centres.flat_map(near) {
            bytes[0] = low;
            for bytes in [bytes, with_sign(bytes)] {
                assert_eq!(may_be_point(&bytes) && decodes(&bytes), is_good(&bytes), "{bytes:02x?}");
                good += usize::from(is_good(&bytes));
                refused += usize::from(decodes(&bytes) && !is_good(&bytes));
            }
        }
        assert!(good > 1_000 && refused > 20, "{good} and {refused}: then this proves little");
    }

    #[test]
    fn encodings_that_a_decoder_would_take_are_refused_by_their_bytes() {
        for y in [small(0), small(1), P_MINUS_1, near_p(0xed), near_p(0xff)] {
            assert!(!may_be_point(&y) && !may_be_point(&with_sign(y)));
        }
        assert!(may_be_point(&small(2)) && may_be_point(&near_p(0xeb)));
    }

    #[test]
    fn s_is_below_the_order() {
        let largest = (-Scalar::ONE).to_bytes();
        assert!(is_less(&largest, &ORDER) && !is_less(&ORDER, &ORDER));
        let signature = |s: [u8; 32], r: [u8; 32]| {
            let mut bytes = [0; 64];
            bytes[..32].copy_from_slice(&r);
            bytes[32..].copy_from_slice(&s);
            bytes
        };
        let mut next = ORDER;
        next[31] += 1;
        assert_eq!(split(&signature(largest, small(3))), Some((&small(3), &largest)));
        for refused in [signature(ORDER, small(3)), signature(next, small(3)), signature(largest, small(1))] {
            assert_eq!(split(&refused), None);
        }
    }
}
