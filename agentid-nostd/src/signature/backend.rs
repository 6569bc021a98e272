//! The seam for code that checks signatures. Every backend applies the acceptance rule of
//! `SPEC.md`, "Signature".

use core::fmt;

use super::acceptance::{may_be_accepted, may_be_point};
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
/// library for the rest. The crate `agentid-test-kit` has a kit, `acceptance::check`, that puts every
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

    /// Whether 32 bytes may be a key as far as bytes tell, asked before [`is_key`](Self::is_key). The
    /// backends of this crate look at the bytes themselves. No other one can say so.
    #[doc(hidden)]
    fn may_be_key(&self, bytes: &[u8; PUBLIC_KEY_LEN], _: OfThisCrate) -> bool {
        may_be_point(bytes)
    }

    /// Whether a signature may be accepted as far as bytes tell, asked before
    /// [`verifies`](Self::verifies), with the same exception.
    #[doc(hidden)]
    fn may_be_signature(&self, key: &[u8; PUBLIC_KEY_LEN], signature: &[u8; SIGNATURE_LEN], _: OfThisCrate) -> bool {
        may_be_accepted(key, signature)
    }
}

/// Only this crate can name it, so that only its own backends go without the check of the bytes.
#[derive(Clone, Copy, Debug)]
pub struct OfThisCrate(());

impl OfThisCrate {
    pub(super) const YES: Self = Self(());
}

/// The methods of a backend that looks at the bytes itself.
macro_rules! looks_at_the_bytes {
    () => {
        #[inline(always)]
        fn may_be_key(&self, _: &[u8; PUBLIC_KEY_LEN], _: OfThisCrate) -> bool {
            true
        }

        #[inline(always)]
        fn may_be_signature(&self, _: &[u8; PUBLIC_KEY_LEN], _: &[u8; SIGNATURE_LEN], _: OfThisCrate) -> bool {
            true
        }
    };
}
pub(super) use looks_at_the_bytes;

/// A backend that is lent.
impl<B: Backend> Backend for &B {
    fn is_key(&self, bytes: &[u8; PUBLIC_KEY_LEN]) -> bool {
        (**self).is_key(bytes)
    }

    fn verifies(&self, key: &[u8; PUBLIC_KEY_LEN], message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> bool {
        (**self).verifies(key, message, signature)
    }

    fn may_be_key(&self, bytes: &[u8; PUBLIC_KEY_LEN], of_this_crate: OfThisCrate) -> bool {
        (**self).may_be_key(bytes, of_this_crate)
    }

    fn may_be_signature(
        &self,
        key: &[u8; PUBLIC_KEY_LEN],
        signature: &[u8; SIGNATURE_LEN],
        of_this_crate: OfThisCrate,
    ) -> bool {
        (**self).may_be_signature(key, signature, of_this_crate)
    }
}
