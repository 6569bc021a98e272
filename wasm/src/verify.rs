//! Parsing, and verification without a gate.

use agentid_nostd::{PublicKey, Token, Verifier};
use alloc::string::String;
use alloc::vec::Vec;
use self_cell::self_cell;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::claims::Verified;
use crate::errors::{Code, code};

self_cell!(
    struct ParsedCell {
        owner: Vec<u8>,
        #[covariant]
        dependent: Token,
    }
);

/// What a token says. Nobody has verified it.
#[wasm_bindgen]
pub struct Parsed(ParsedCell);

#[wasm_bindgen]
impl Parsed {
    /// Reads the structure of a token.
    ///
    /// # Errors
    /// The code.
    #[wasm_bindgen(constructor)]
    pub fn new(token: Vec<u8>) -> Result<Parsed, Code> {
        ParsedCell::try_new(token, |bytes| Token::parse(bytes)).map(Self).map_err(code)
    }

    /// The agent's name.
    #[wasm_bindgen(getter)]
    pub fn name(&self) -> String {
        self.0.borrow_dependent().name().into()
    }

    /// The agent's project.
    #[wasm_bindgen(getter)]
    pub fn project(&self) -> String {
        self.0.borrow_dependent().project().into()
    }

    /// The scopes, in the order they are written.
    #[wasm_bindgen(getter)]
    pub fn scopes(&self) -> Vec<String> {
        self.0.borrow_dependent().scopes().map(String::from).collect()
    }

    /// Unix seconds.
    #[wasm_bindgen(getter, js_name = issuedAt)]
    pub fn issued_at(&self) -> i64 {
        self.0.borrow_dependent().issued_at()
    }

    /// Unix seconds.
    #[wasm_bindgen(getter, js_name = expiresAt)]
    pub fn expires_at(&self) -> i64 {
        self.0.borrow_dependent().expires_at()
    }

    /// 0 is unlimited.
    #[wasm_bindgen(getter, js_name = maxCalls)]
    pub fn max_calls(&self) -> u32 {
        self.0.borrow_dependent().max_calls()
    }

    /// 64 bits.
    #[wasm_bindgen(getter, js_name = tokenId)]
    pub fn token_id(&self) -> u64 {
        self.0.borrow_dependent().token_id()
    }

    /// The issuer's key as written.
    #[wasm_bindgen(getter)]
    pub fn issuer(&self) -> Vec<u8> {
        self.0.borrow_dependent().issuer_bytes().into()
    }
}

/// Verifies a token, trusting these keys: 32 bytes each, one behind the other.
///
/// # Errors
/// The code.
#[wasm_bindgen]
pub fn verify(
    token: Vec<u8>,
    keys: &[u8],
    now: i64,
    clock_skew_seconds: Option<u32>,
    max_lifetime_seconds: Option<u64>,
    max_token_len: Option<u32>,
) -> Result<Verified, Code> {
    let trusted = keys.chunks(32).map(PublicKey::try_from).collect::<Result<Vec<_>, _>>().map_err(code)?;
    let mut verifier = Verifier::new(&trusted);
    if let Some(seconds) = clock_skew_seconds {
        verifier = verifier.clock_skew_seconds(seconds);
    }
    if let Some(seconds) = max_lifetime_seconds {
        verifier = verifier.max_lifetime_seconds(seconds);
    }
    if let Some(len) = max_token_len {
        verifier = verifier.max_token_len(usize::try_from(len).unwrap_or(usize::MAX));
    }
    Verified::try_new(token, |bytes| verifier.verify(bytes, now).map_err(code))
}
