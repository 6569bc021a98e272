//! Parsing, and verification without a gate.

use agentid_nostd::{Error, PublicKey, Token, Verifier};
use alloc::vec::Vec;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::claims;
use crate::curve::curve;
use crate::errors::{Code, code};
use crate::policy::{clock, policy};
use crate::record::Reader;

/// What a token says. Nobody has verified it.
///
/// # Errors
/// The code.
#[wasm_bindgen]
pub fn parse(record: &[u8]) -> Result<Vec<u8>, Code> {
    let token = claims::token(&mut Reader::new(record))?;
    Token::parse(&token).map(|token| claims::unverified(&token).finish()).map_err(code)
}

/// Verifies a token. The record holds trusted keys, policy, token and clock. Of the keys only the
/// one that the token names is decoded.
///
/// # Errors
/// The code.
#[wasm_bindgen]
pub fn verify(record: &[u8]) -> Result<Vec<u8>, Code> {
    let mut record = Reader::new(record);
    let trusted: Vec<PublicKey> = (0..record.len()).map(|_| unvalidated(record.bytes())).collect::<Result<_, _>>()?;
    let verifier = Verifier::new(&trusted).with_backend(curve()).policy(policy(&mut record));
    let token = claims::token(&mut record)?;
    let claims = verifier.verify(&token, clock(&mut record)).map_err(code)?;
    Ok(claims::verified(&claims).finish())
}

/// 32 bytes that may be a key.
fn unvalidated(bytes: &[u8]) -> Result<PublicKey, Code> {
    bytes.try_into().map(PublicKey::unvalidated).map_err(|_| code(Error::InvalidPublicKey))
}

/// Decodes every key of the list at the start of the record.
///
/// # Errors
/// The code of the first one that is no key.
#[cfg(feature = "mint")]
#[wasm_bindgen(js_name = checkKeys)]
pub fn check_keys(record: &[u8]) -> Result<(), Code> {
    let mut record = Reader::new(record);
    (0..record.len()).try_for_each(|_| crate::curve::public_key(record.bytes()).map(drop))
}
