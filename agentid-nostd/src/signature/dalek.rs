//! The backend `Dalek`.

use agentid_hash::sha512;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;

use super::acceptance;
use super::backend::{Backend, OfThisCrate, looks_at_the_bytes};
use crate::layout::{PUBLIC_KEY_LEN, SIGNATURE_LEN};

/// `curve25519-dalek`, for servers.
#[derive(Clone, Copy, Debug)]
pub struct Dalek;

impl Backend for Dalek {
    fn is_key(&self, bytes: &[u8; PUBLIC_KEY_LEN]) -> bool {
        point(bytes).is_some()
    }

    fn verifies(&self, key: &[u8; PUBLIC_KEY_LEN], message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> bool {
        let Some((r, s)) = acceptance::split(signature) else { return false };
        let Some(sum) = expected_r(key, message, r, s) else { return false };
        // The equation is 8 (sum − R) = 0. An honest R is the sum itself, and then R need not
        // be decoded. The library encodes canonically, so equal bytes are the same point and
        // the difference is 0. Its bytes have shown that R has no small order.
        if sum.compress().as_bytes() == r {
            return true;
        }
        // R differs from the sum: they may still differ only by a point of small order.
        #[expect(clippy::arithmetic_side_effects, reason = "points have no overflow")]
        point(r).is_some_and(|r| (sum - r).is_small_order())
    }

    looks_at_the_bytes!();
}

#[cfg(not(feature = "backend-compact"))]
pub(crate) fn is_key_of_public_secret(key: &[u8; PUBLIC_KEY_LEN], guess: &[u8; 32]) -> bool {
    sha512([guess], &[])
        .first_chunk()
        .is_some_and(|half| EdwardsPoint::mul_base_clamped(*half).compress().as_bytes() == key)
}

/// Returns the point that these bytes encode canonically, if its order is large. The library
/// also decodes y at or above p, and x = 0 with a sign. Both have been refused by their bytes,
/// so the point is not encoded again to compare it.
fn point(bytes: &[u8; 32]) -> Option<EdwardsPoint> {
    if acceptance::may_be_point(bytes) { CompressedEdwardsY(*bytes).decompress() } else { None }
}

/// S B − k A.
fn expected_r(key: &[u8; 32], message: &[u8], r: &[u8; 32], s: &[u8; 32]) -> Option<EdwardsPoint> {
    let s = Option::<Scalar>::from(Scalar::from_canonical_bytes(*s))?;
    let a = point(key)?;
    let k = Scalar::from_bytes_mod_order_wide(&sha512([r, key], message));
    #[expect(clippy::arithmetic_side_effects, reason = "points have no overflow")]
    Some(EdwardsPoint::vartime_double_scalar_mul_basepoint(&k, &-a, &s))
}
