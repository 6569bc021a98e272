//! Reading tokens from text.

use agentid_nostd::decode_text;
use alloc::vec;
use alloc::vec::Vec;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::errors::{Code, code};

/// The bytes of a token in base64url, base64 or hexadecimal.
///
/// # Errors
/// The code.
#[wasm_bindgen(js_name = readText)]
pub fn decode(text: &str) -> Result<Vec<u8>, Code> {
    // No form is longer than the bytes it stands for.
    let mut bytes = vec![0; text.len()];
    let len = decode_text(text, &mut bytes).map_err(code)?.len();
    bytes.truncate(len);
    Ok(bytes)
}
