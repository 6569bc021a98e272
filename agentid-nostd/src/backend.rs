//! The code that checks signatures, to choose from. All of it applies the same rule, that of `SPEC.md`, "Signature": S, A and
//! R canonical, A and R not of small order, the cofactored equation of RFC 8032, section 5.1.7.

use core::fmt;

use crate::layout::{PUBLIC_KEY_LEN, SIGNATURE_LEN};

/// Code that checks signatures. It cannot be implemented elsewhere, so that the rule stays the same.
///
/// A cargo feature makes a backend available and changes nothing else; which one checks is said where it is used:
/// [`Verifier::backend`](crate::Verifier::backend), [`Gate::backend`](crate::Gate::backend).
pub trait Backend: sealed::Sealed + fmt::Debug {
    /// Whether 32 bytes are acceptable as a key.
    #[doc(hidden)]
    fn is_key(&self, bytes: &[u8; PUBLIC_KEY_LEN]) -> bool;

    /// Whether R and S are a signature of the message by the key; whether the key is one is asked again, or was when it was pinned.
    #[doc(hidden)]
    fn verifies(&self, key: &[u8; PUBLIC_KEY_LEN], message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> bool;
}

/// A backend that is lent.
impl<B: Backend> Backend for &B {
    fn is_key(&self, bytes: &[u8; PUBLIC_KEY_LEN]) -> bool {
        (**self).is_key(bytes)
    }

    fn verifies(&self, key: &[u8; PUBLIC_KEY_LEN], message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> bool {
        (**self).verifies(key, message, signature)
    }
}

/// `ed25519-compact`: small, portable, and what mints as well. The default.
#[derive(Clone, Copy, Debug)]
pub struct Compact;

// Tokens and bundles are both checked here: the curve code stands in an image once.
impl Backend for Compact {
    #[inline(never)]
    fn is_key(&self, bytes: &[u8; PUBLIC_KEY_LEN]) -> bool {
        ed25519_compact::PublicKey::new(*bytes).validate().is_ok()
    }

    #[inline(never)]
    fn verifies(&self, key: &[u8; PUBLIC_KEY_LEN], message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> bool {
        let signature = ed25519_compact::Signature::new(*signature);
        ed25519_compact::PublicKey::new(*key).verify(message, &signature).is_ok()
    }
}

/// Our own, written for devices and WebAssembly. It verifies only, and nobody outside this project has reviewed it yet.
#[cfg(feature = "backend-edge")]
#[derive(Clone, Copy, Debug)]
pub struct Edge;

#[cfg(feature = "backend-edge")]
impl Backend for Edge {
    #[inline(always)]
    fn is_key(&self, bytes: &[u8; PUBLIC_KEY_LEN]) -> bool {
        crate::ed25519::is_key(bytes)
    }

    #[inline(always)]
    fn verifies(&self, key: &[u8; PUBLIC_KEY_LEN], message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> bool {
        crate::ed25519::verifies(key, message, signature)
    }
}

/// `curve25519-dalek`, for servers.
#[cfg(feature = "backend-dalek")]
#[derive(Clone, Copy, Debug)]
pub struct Dalek;

#[cfg(feature = "backend-dalek")]
mod dalek {
    use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
    use curve25519_dalek::scalar::Scalar;
    use sha2::{Digest, Sha512};

    use super::{Backend, Dalek, PUBLIC_KEY_LEN, SIGNATURE_LEN};

    impl Backend for Dalek {
        fn is_key(&self, bytes: &[u8; PUBLIC_KEY_LEN]) -> bool {
            point(bytes).is_some()
        }

        fn verifies(&self, key: &[u8; PUBLIC_KEY_LEN], message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> bool {
            difference(key, message, signature).is_some_and(|difference| difference.is_small_order())
        }
    }

    /// A canonical point of large order: the library decodes other encodings as well.
    fn point(bytes: &[u8; 32]) -> Option<EdwardsPoint> {
        let point = CompressedEdwardsY(*bytes).decompress()?;
        (point.compress().as_bytes() == bytes && !point.is_small_order()).then_some(point)
    }

    /// S B − k A − R: its order divides 8 where the cofactored equation holds.
    fn difference(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> Option<EdwardsPoint> {
        let [r, s] = *signature.as_chunks::<32>().0 else { return None };
        let s = Option::<Scalar>::from(Scalar::from_canonical_bytes(s))?;
        let (a, r_point) = (point(key)?, point(&r)?);
        let digest = Sha512::new().chain_update(r).chain_update(key).chain_update(message).finalize();
        let k = Scalar::from_bytes_mod_order_wide(&digest.into());
        #[expect(clippy::arithmetic_side_effects, reason = "points have no overflow")]
        Some(EdwardsPoint::vartime_double_scalar_mul_basepoint(&k, &-a, &s) - r_point)
    }
}

pub(crate) mod sealed {
    pub trait Sealed {}
    impl<B: Sealed> Sealed for &B {}
    impl Sealed for super::Compact {}
    #[cfg(feature = "backend-edge")]
    impl Sealed for super::Edge {}
    #[cfg(feature = "backend-dalek")]
    impl Sealed for super::Dalek {}
}
