//! Tokens as text, and the header that carries them.

use agentid_nostd::{authorization_text, encode_text, text_len};
use alloc::string::String;
use alloc::vec;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::errors::{Code, code};

/// Bytes as base64url.
///
/// # Errors
/// The code.
#[wasm_bindgen(js_name = writeText)]
pub fn encode(bytes: &[u8]) -> Result<String, Code> {
    let mut text = vec![0; text_len(bytes.len())];
    encode_text(bytes, &mut text).map(String::from).map_err(code)
}

/// The text in the value of an `Authorization` header.
///
/// # Errors
/// The code.
#[wasm_bindgen(js_name = authorizationText)]
pub fn authorization(value: &str) -> Result<String, Code> {
    authorization_text(value).map(String::from).map_err(code)
}
