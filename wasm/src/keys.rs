//! Keys and scopes, apart from any token.

use agentid_nostd::{Fingerprint, PublicKey, Token};
use alloc::string::String;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::errors::{Code, code};

/// Whether a granted scope covers a required one.
#[wasm_bindgen(js_name = scopeCovers)]
pub fn scope_covers(granted: &str, required: &str) -> bool {
    agentid_nostd::scope_covers(granted, required)
}

/// Whether 32 bytes may be trusted as a key.
///
/// # Errors
/// The code.
#[wasm_bindgen(js_name = checkKey)]
pub fn check_key(key: &[u8]) -> Result<(), Code> {
    PublicKey::try_from(key).map(drop).map_err(code)
}

/// The short form of a key.
///
/// # Errors
/// The code.
#[wasm_bindgen]
pub fn fingerprint(key: &[u8]) -> Result<String, Code> {
    PublicKey::try_from(key).map(|key| Fingerprint::of(&key).as_str().into()).map_err(code)
}

/// The short form of the key that a token names as its issuer; nobody has verified it.
///
/// # Errors
/// The code.
#[wasm_bindgen(js_name = claimedFingerprint)]
pub fn claimed_fingerprint(token: &[u8]) -> Result<String, Code> {
    Token::parse(token).map(|token| Fingerprint::claimed_by(&token).as_str().into()).map_err(code)
}
