//! Keys and scopes, apart from any token.

use agentid_nostd::Fingerprint;
use alloc::string::String;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::curve::public_key;
use crate::errors::Code;

/// Whether a granted scope covers a required one.
#[wasm_bindgen(js_name = scopeCovers)]
pub fn scope_covers(granted: &str, required: &str) -> bool {
    agentid_nostd::scope_covers(granted, required)
}

/// The short form of a key.
///
/// # Errors
/// The code.
#[wasm_bindgen]
pub fn fingerprint(key: &[u8]) -> Result<String, Code> {
    public_key(key).map(|key| Fingerprint::of(&key).as_str().into())
}

/// Only checks the key: this build is no faster for keys that it knows.
///
/// # Errors
/// The code.
#[cfg(not(feature = "precomputed"))]
#[wasm_bindgen(js_name = precomputeIssuer)]
pub fn precompute_issuer(key: &[u8]) -> Result<(), Code> {
    public_key(key).map(drop)
}
