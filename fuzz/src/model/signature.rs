//! `SPEC.md`, section 4: the acceptance rule, over `curve25519-dalek`.

use agentid_test_kit::points::challenge;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;

/// A canonical point of large order.
pub(crate) fn point(bytes: &[u8; 32]) -> Option<EdwardsPoint> {
    let point = CompressedEdwardsY(*bytes).decompress()?;
    (point.compress().as_bytes() == bytes && !point.is_small_order()).then_some(point)
}

/// The cofactored equation.
pub(crate) fn holds(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    difference(key, message, signature).is_some_and(|difference| difference.is_small_order())
}

/// The cofactorless equation, as verifiers that recompute R have it.
pub(crate) fn holds_without_cofactor(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    difference(key, message, signature).is_some_and(|difference| difference == EdwardsPoint::default())
}

/// S·B − R − k·A; `None` where A, R or S are not acceptable.
fn difference(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> Option<EdwardsPoint> {
    let (r, s) = signature.split_at(32);
    let (r, s): ([u8; 32], [u8; 32]) = (r.try_into().ok()?, s.try_into().ok()?);
    let s = Option::<Scalar>::from(Scalar::from_canonical_bytes(s))?;
    let (a, r_point) = (point(key)?, point(&r)?);
    let k = challenge(&r, key, message);
    Some(EdwardsPoint::vartime_double_scalar_mul_basepoint(&k, &-a, &s) - r_point)
}
