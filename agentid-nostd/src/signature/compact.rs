//! The backend `Compact`.

use ed25519_compact::{KeyPair, PublicKey, Seed, Signature};

use super::acceptance::{self, may_be_accepted};
use super::backend::{Backend, OfThisCrate, looks_at_the_bytes};
use crate::layout::{PUBLIC_KEY_LEN, SIGNATURE_LEN};

/// `ed25519-compact`: small, portable, and what mints as well. The default.
#[derive(Clone, Copy, Debug)]
pub struct Compact;

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

    looks_at_the_bytes!();
}

pub(crate) fn is_key_of_public_secret(key: &[u8; PUBLIC_KEY_LEN], guess: &[u8; 32]) -> bool {
    KeyPair::try_from_seed(Seed::new(*guess)).is_ok_and(|pair| *pair.pk == *key)
}
