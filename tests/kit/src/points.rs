//! Awkward points of edwards25519 and the signatures that can be made with them.

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use sha2::{Digest, Sha512};

/// The group order L, little-endian (RFC 8032, section 5.1).
pub const L: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// The eight points whose order divides 8, the identity first.
pub fn small_order_points() -> [EdwardsPoint; 8] {
    EIGHT_TORSION
}

/// Every 32-byte string that a lenient decoder takes for a point of small order: the eight
/// canonical encodings, those with y + p in place of y where that fits 255 bits, and those with a
/// sign bit on x = 0.
pub fn small_order_encodings() -> Vec<[u8; 32]> {
    let mut encodings = Vec::new();
    for point in small_order_points() {
        let canonical = point.compress().to_bytes();
        encodings.push(canonical);
        let mut other_sign = canonical;
        other_sign[31] ^= 0x80;
        encodings.push(other_sign);
        // y + p < 2^255 only where y < 19.
        if canonical[0] < 19 && canonical[1..31].iter().all(|&b| b == 0) && canonical[31] & 0x7f == 0 {
            for sign in [0, 0x80] {
                let mut shifted = [0xff; 32];
                shifted[0] = 0xed + canonical[0];
                shifted[31] = 0x7f | sign;
                encodings.push(shifted);
            }
        }
    }
    encodings.sort_unstable();
    encodings.dedup();
    encodings
}

/// Encodings with y at or above p, of which some are points of large order in disguise.
pub fn non_canonical_encodings() -> Vec<[u8; 32]> {
    let mut encodings = Vec::new();
    for low in 0xed..=0xffu8 {
        for sign in [0, 0x80] {
            let mut encoding = [0xff; 32];
            encoding[0] = low;
            encoding[31] = 0x7f | sign;
            encodings.push(encoding);
        }
    }
    encodings
}

/// A signature made with full freedom over the equation: secret scalar `a`, nonce `r`, and whatever
/// is to be added to the public key and to R.
pub struct Crafted {
    /// Encoded A = aB + the point added to it.
    pub public_key: [u8; 32],
    /// Encoded R = rB + the point added to it, then S = r + ka.
    pub signature: [u8; 64],
}

/// The public key of [`craft`], known before the message is.
pub fn crafted_public_key(a: Scalar, added_to_a: EdwardsPoint) -> [u8; 32] {
    (ED25519_BASEPOINT_POINT * a + added_to_a).compress().to_bytes()
}

/// Signs `message` so that the cofactored equation holds for any added points of small order.
pub fn craft(a: Scalar, added_to_a: EdwardsPoint, r: Scalar, added_to_r: EdwardsPoint, message: &[u8]) -> Crafted {
    let public_key = crafted_public_key(a, added_to_a);
    let r_bytes = (ED25519_BASEPOINT_POINT * r + added_to_r).compress().to_bytes();
    let s = r + challenge(&r_bytes, &public_key, message) * a;
    Crafted { public_key, signature: join(r_bytes, s.to_bytes()) }
}

/// k = SHA-512(R, A, message) mod L (RFC 8032, section 5.1.7).
pub fn challenge(r: &[u8; 32], a: &[u8; 32], message: &[u8]) -> Scalar {
    let digest = Sha512::new().chain_update(r).chain_update(a).chain_update(message).finalize();
    Scalar::from_bytes_mod_order_wide(&digest.into())
}

/// R then S.
pub fn join(r: [u8; 32], s: [u8; 32]) -> [u8; 64] {
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&r);
    signature[32..].copy_from_slice(&s);
    signature
}

/// S + L in 32 bytes: the same number modulo L, not canonical. S < L, so it fits.
pub fn plus_l(s: [u8; 32]) -> [u8; 32] {
    let mut sum = [0; 32];
    let mut carry = 0u16;
    for ((out, a), b) in sum.iter_mut().zip(s).zip(L) {
        carry += u16::from(a) + u16::from(b);
        *out = carry as u8;
        carry >>= 8;
    }
    sum
}
