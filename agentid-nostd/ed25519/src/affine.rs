//! Decoding a point (RFC 8032, section 5.1.3), and which points are acceptable.

use super::constants::{D, ROOT_OF_MINUS_ONE};
use super::field::Fe;

/// A point by its coordinates.
#[derive(Clone, Copy)]
pub(super) struct AffinePoint {
    pub(super) x: Fe,
    pub(super) y: Fe,
}

impl AffinePoint {
    /// Decodes 32 bytes (RFC 8032, section 5.1.3). `None` where they are no point, not its
    /// canonical encoding, or a point whose order divides 8.
    #[inline(never)]
    pub(super) fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let (y, sign) = Fe::from_bytes(bytes)?;
        // x² = u / v, u = y² − 1, v = d y² + 1.
        let mut u = y;
        u.square();
        let mut v = u;
        v.multiply(&D);
        u.subtract(&Fe::ONE);
        v.add(&Fe::ONE);
        // A candidate for x is u (u v)^((p − 5) / 8), which differs from that of the RFC by a fourth root
        // of 1: v x² is u times (u v)^((p − 1) / 4), itself such a root, and 1 or −1 just where u v
        // is a square, and with it u / v.
        let mut x = u;
        x.multiply(&v);
        x.pow_p58();
        x.multiply(&u);
        // Its square is u / v, or − u / v, or there is no root.
        let mut vxx = x;
        vxx.square();
        vxx.multiply(&v);
        let mut sum = vxx;
        sum.add(&u);
        vxx.subtract(&u);
        if !vxx.is_zero() {
            if !sum.is_zero() {
                return None;
            }
            x.multiply(&ROOT_OF_MINUS_ONE);
        }
        if x.is_odd() != sign {
            x.negate();
        }
        // Where x is 0 the sign makes no difference: such a point has small order.
        if is_small_order(&x, &y) { None } else { Some(Self { x, y }) }
    }
}

/// Whether the order of (x, y), each times any Z, divides 8.
///
/// Points of order 1 and 2 have x = 0, those of order 4 have y = 0, and no others do. A point has
/// order 8 just when twice it has order 4, that is y = 0, which by the formula for doubling means
/// x² + y² = 0.
#[inline(never)]
pub(super) fn is_small_order(x: &Fe, y: &Fe) -> bool {
    if x.is_zero() || y.is_zero() {
        return true;
    }
    let (mut xx, mut yy) = (*x, *y);
    xx.square();
    yy.square();
    xx.add(&yy);
    xx.is_zero()
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::edwards::CompressedEdwardsY;

    use super::AffinePoint;
    use crate::point::Point;
    use crate::point::tests::{assert_same, random_point};
    use crate::testing::{ROUNDS, Random};

    #[test]
    fn decoding_is_that_of_dalek_without_its_other_encodings_and_small_orders() {
        let mut random = Random::new(10);
        let mut decoded = 0;
        for round in 0..ROUNDS.div_ceil(10) {
            let bytes = if round % 2 == 0 { random.bytes() } else { random_point(&mut random).compress().to_bytes() };
            let expected = CompressedEdwardsY(bytes).decompress();
            let expected = expected.filter(|point| point.compress().0 == bytes && !point.is_small_order());
            let ours = AffinePoint::from_bytes(&bytes);
            assert_eq!(ours.is_some(), expected.is_some());
            if let (Some(ours), Some(expected)) = (ours, expected) {
                let mut point = Point::IDENTITY;
                point.set(&ours);
                assert_same(&point, &expected);
                decoded += 1;
            }
        }
        assert!(decoded > ROUNDS / 40);
    }
}
