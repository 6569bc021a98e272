//! Parsing, and verification without a gate.

use agentid_nostd::{PublicKey, Token, Verifier};
use alloc::vec::Vec;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::curve::{curve, public_key};
use crate::errors::{Code, code};
use crate::passport::{Passport, State};
use crate::record::{Reader, Writer};

/// What a token says. Nobody has verified it.
///
/// # Errors
/// The code.
#[wasm_bindgen]
pub fn parse(token: &[u8]) -> Result<Vec<u8>, Code> {
    let token = Token::parse(token).map_err(code)?;
    let mut record = Writer::default();
    record.text(token.name()).text(token.project()).len(token.scopes().count());
    for scope in token.scopes() {
        record.text(scope);
    }
    record.time(token.issued_at()).time(token.expires_at()).number(token.max_calls().into());
    record.number(token.token_id()).bytes(&token.issuer_bytes());
    #[cfg(feature = "mint")]
    record.text(agentid_nostd::Fingerprint::claimed_by(&token).as_str());
    Ok(record.finish())
}

/// Verifies a token at a time: what else there is to say stands in the record.
///
/// # Errors
/// The code.
#[wasm_bindgen]
pub fn verify(token: Vec<u8>, settings: &[u8]) -> Result<Passport, Code> {
    let mut settings = Reader::new(settings);
    let trusted: Vec<PublicKey> =
        (0..settings.len()).map(|_| public_key(settings.bytes())).collect::<Result<_, _>>()?;
    let now = settings.time();
    let mut verifier = Verifier::new(&trusted).backend(curve());
    if let Some(seconds) = settings.optional_small() {
        verifier = verifier.clock_skew_seconds(seconds);
    }
    if let Some(seconds) = settings.optional() {
        verifier = verifier.max_lifetime_seconds(seconds);
    }
    if let Some(len) = settings.optional_small() {
        verifier = verifier.max_token_len(usize::try_from(len).unwrap_or(usize::MAX));
    }
    Passport::try_new(token, |token| verifier.verify(token, now).map(State::Verified).map_err(code))
}
