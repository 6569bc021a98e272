//! Decoding a point (RFC 8032, section 5.1.3), and which points are acceptable.

use super::field::Fe;
use super::point::is_small_order;

/// −121665 / 121666, which makes the curve.
pub(super) const D: Fe = Fe::from_words([
    0x1359_78a3,
    0x75eb_4dca,
    0x4141_d8ab,
    0x0070_0a4d,
    0x7779_e898,
    0x8cc7_4079,
    0x2b6f_fe73,
    0x5203_6cee,
]);
/// 2^((p − 1) / 4).
const ROOT_OF_MINUS_ONE: Fe = Fe::from_words([
    0x4a0e_a0b0,
    0xc4ee_1b27,
    0xad2f_e478,
    0x2f43_1806,
    0x3dfb_d7a7,
    0x2b4d_0099,
    0x4fc1_df0b,
    0x2b83_2480,
]);

/// A point by its coordinates.
#[derive(Clone, Copy)]
pub(super) struct Decoded {
    pub(super) x: Fe,
    pub(super) y: Fe,
}

impl Decoded {
    /// Decodes 32 bytes (RFC 8032, section 5.1.3). `None` where they are no point, not its canonical encoding, or a point whose
    /// order divides 8.
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
        // A candidate for x is u (u v)^((p − 5) / 8), which differs from that of the RFC by a fourth root of 1: v x² is u times
        // (u v)^((p − 1) / 4), itself such a root, and 1 or −1 just where u v is a square, and with it u / v.
        let mut x = u;
        x.multiply(&v);
        x.raise_to_p58();
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

#[cfg(test)]
mod tests {
    use curve25519_dalek::edwards::CompressedEdwardsY;

    use super::Decoded;
    use crate::ed25519::point::Point;
    use crate::ed25519::point::tests::{assert_same, random_point};
    use crate::ed25519::testing::{ROUNDS, Random};

    #[test]
    fn decoding_is_that_of_dalek_without_its_other_encodings_and_small_orders() {
        let mut random = Random::new(10);
        let mut decoded = 0;
        for round in 0..ROUNDS.div_ceil(10) {
            let bytes = if round % 2 == 0 { random.bytes() } else { random_point(&mut random).compress().to_bytes() };
            let expected = CompressedEdwardsY(bytes).decompress();
            let expected = expected.filter(|point| point.compress().0 == bytes && !point.is_small_order());
            let ours = Decoded::from_bytes(&bytes);
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
