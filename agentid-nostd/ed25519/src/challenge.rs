//! k, which ties a signature to its key and its message: SHA-512 of R, A and the message, modulo L.

use super::scalar::Scalar;
use agentid_hash::sha512;

/// RFC 8032, section 5.1.7, step 2.
// Not inlined: the hash must not lie below the rest of the computation.
#[inline(never)]
pub(super) fn challenge(r: &[u8; 32], key: &[u8; 32], message: &[u8]) -> Scalar {
    Scalar::from_wide(&sha512([r, key], message))
}
