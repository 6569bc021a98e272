//! The code that checks signatures, to choose from. All of it applies the same rule, that of `SPEC.md`, "Signature": S, A and
//! R canonical, A and R not of small order, the cofactored equation of RFC 8032, section 5.1.7.

use core::fmt;

use crate::acceptance;
use crate::layout::{PUBLIC_KEY_LEN, SIGNATURE_LEN};

/// Code that checks signatures: one of this crate's, or one of your own, such as a chip's
/// accelerator or a cache that many threads share.
///
/// # The contract
/// Whoever implements it decides who gets in. It must answer exactly the acceptance rule of
/// `SPEC.md`, "Signature", and the same for the same bytes every time:
///
/// 1. S is less than L.
/// 2. A and R are canonical encodings of points.
/// 3. Neither has small order.
/// 4. 8 S B = 8 R + 8 k A, with k = SHA-512(R ‖ A ‖ message).
///
/// [`may_be_accepted`] decides rules 1 and 3, and of rule 2 what bytes decide, for those who have a
/// library for the rest. The crate `agentid-tests` has a kit, `acceptance::check`, that puts every
/// case to a backend in which libraries differ.
///
/// A cargo feature makes a backend available and changes nothing else; which one checks is said
/// where it is used: [`Verifier::with_backend`](crate::Verifier::with_backend),
/// [`Gate::with_backend`](crate::Gate::with_backend).
pub trait Backend: fmt::Debug {
    /// Whether 32 bytes are acceptable as a key A: rules 2 and 3.
    fn is_key(&self, bytes: &[u8; PUBLIC_KEY_LEN]) -> bool;

    /// Whether R and S, in this order, are a signature of the message by the key: all four rules.
    /// The key may be any bytes.
    fn verifies(&self, key: &[u8; PUBLIC_KEY_LEN], message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> bool;
}

#[cfg(not(any(feature = "backend-compact", feature = "backend-dalek", feature = "backend-builtin")))]
compile_error!(
    "agentid-nostd needs code that checks signatures: enable `backend-compact` (on by default), `backend-dalek` or \
     `backend-builtin`. One that is not used is not linked, so a backend of your own can stand in its place"
);

/// The backend of every constructor that is not given one. `Compact` if its feature is enabled, else
/// `Dalek`, else `Builtin`: enabling a feature never replaces code that was reviewed outside this
/// project by ours.
#[cfg(feature = "backend-compact")]
pub type DefaultBackend = Compact;
#[cfg(feature = "backend-compact")]
pub(crate) const DEFAULT: DefaultBackend = Compact;
/// The backend of every constructor that is not given one: `Compact` is not enabled.
#[cfg(all(feature = "backend-dalek", not(feature = "backend-compact")))]
pub type DefaultBackend = Dalek;
#[cfg(all(feature = "backend-dalek", not(feature = "backend-compact")))]
pub(crate) const DEFAULT: DefaultBackend = Dalek;
/// The backend of every constructor that is not given one: no other is enabled.
#[cfg(not(any(feature = "backend-compact", feature = "backend-dalek")))]
pub type DefaultBackend = Builtin;
#[cfg(not(any(feature = "backend-compact", feature = "backend-dalek")))]
pub(crate) const DEFAULT: DefaultBackend = Builtin;

/// Whether key and signature may be accepted as far as their bytes tell: S is less than L, and A
/// and R are canonical and not of small order if they are points at all.
#[must_use]
pub fn may_be_accepted(key: &[u8; PUBLIC_KEY_LEN], signature: &[u8; SIGNATURE_LEN]) -> bool {
    acceptance::may_be_point(key) && acceptance::split(signature).is_some()
}

// Whether a key belongs to a secret that everybody can compute.
#[cfg(not(any(feature = "backend-compact", feature = "backend-dalek")))]
pub(crate) use crate::ed25519::is_key_of_public_secret;
#[cfg(feature = "backend-compact")]
pub(crate) use compact::is_key_of_public_secret;
#[cfg(all(feature = "backend-dalek", not(feature = "backend-compact")))]
pub(crate) use dalek::is_key_of_public_secret;

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
#[cfg(feature = "backend-compact")]
#[derive(Clone, Copy, Debug)]
pub struct Compact;

/// Our own, written for devices and WebAssembly. It verifies only, and nobody outside this project has reviewed it yet.
#[cfg(feature = "backend-builtin")]
#[derive(Clone, Copy, Debug)]
pub struct Builtin;

#[cfg(feature = "backend-builtin")]
impl Backend for Builtin {
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

#[cfg(feature = "backend-compact")]
mod compact {
    use ed25519_compact::{KeyPair, PublicKey, Seed, Signature};

    use super::{Backend, Compact, PUBLIC_KEY_LEN, SIGNATURE_LEN, acceptance, may_be_accepted};

    // Tokens and bundles are both checked here: the curve code stands in an image once.
    impl Backend for Compact {
        #[inline(never)]
        fn is_key(&self, bytes: &[u8; PUBLIC_KEY_LEN]) -> bool {
            acceptance::may_be_point(bytes) && PublicKey::new(*bytes).validate().is_ok()
        }

        #[inline(never)]
        fn verifies(&self, key: &[u8; PUBLIC_KEY_LEN], message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> bool {
            if !may_be_accepted(key, signature) {
                return false;
            }
            PublicKey::new(*key).verify(message, &Signature::new(*signature)).is_ok()
        }
    }

    pub(crate) fn is_key_of_public_secret(key: &[u8; PUBLIC_KEY_LEN], guess: &[u8; 32]) -> bool {
        KeyPair::try_from_seed(Seed::new(*guess)).is_ok_and(|pair| *pair.pk == *key)
    }
}

#[cfg(feature = "backend-dalek")]
mod dalek {
    use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
    use curve25519_dalek::scalar::Scalar;

    use super::{Backend, Dalek, PUBLIC_KEY_LEN, SIGNATURE_LEN};
    use crate::acceptance;
    use crate::hash::sha512::sha512;

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
}
