//! The backend `Builtin`.

use super::backend::{Backend, OfThisCrate, looks_at_the_bytes};
use crate::layout::{PUBLIC_KEY_LEN, SIGNATURE_LEN};

/// Our own, written for devices and WebAssembly. It verifies only, and nobody outside this project
/// has reviewed it yet.
#[derive(Clone, Copy, Debug)]
pub struct Builtin;

impl Backend for Builtin {
    #[inline(always)]
    fn is_key(&self, bytes: &[u8; PUBLIC_KEY_LEN]) -> bool {
        agentid_ed25519::is_key(bytes)
    }

    #[inline(always)]
    fn verifies(&self, key: &[u8; PUBLIC_KEY_LEN], message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> bool {
        agentid_ed25519::verifies(key, message, signature)
    }

    looks_at_the_bytes!();
}
