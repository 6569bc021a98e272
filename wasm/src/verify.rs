//! Parsing, and verification without a gate.

use agentid_nostd::{Error, PublicKey, Token};
use alloc::vec::Vec;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::claims;
use crate::curve::curve;
use crate::errors::{Code, code};
use crate::policy::Policy;
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

/// Verifies a token: trusted keys, policy, token and time stand in the record. Of the keys only the one that the token names
/// is looked at.
///
/// # Errors
/// The code.
#[wasm_bindgen]
pub fn verify(record: &[u8]) -> Result<Vec<u8>, Code> {
    let mut record = Reader::new(record);
    Trust::read(&mut record, unvalidated)?.verify(&mut record)
}

/// 32 bytes that may be a key.
fn unvalidated(bytes: &[u8]) -> Result<PublicKey, Code> {
    bytes.try_into().map(PublicKey::unvalidated).map_err(|_| code(Error::InvalidPublicKey))
}

/// Trusted keys and a policy.
struct Trust {
    keys: Vec<PublicKey>,
    policy: Policy,
}

impl Trust {
    fn read(record: &mut Reader<'_>, key: fn(&[u8]) -> Result<PublicKey, Code>) -> Result<Self, Code> {
        let keys = (0..record.len()).map(|_| key(record.bytes())).collect::<Result<_, _>>()?;
        Ok(Self { keys, policy: Policy::read(record) })
    }

    /// Token and time stand in the record.
    fn verify(&self, record: &mut Reader<'_>) -> Result<Vec<u8>, Code> {
        let token = claims::token(record)?;
        let verifier = self.policy.verifier(&self.keys, curve());
        verifier.verify(&token, record.time()).map(|claims| claims::verified(&claims).finish()).map_err(code)
    }
}

/// The same trust for many tokens.
#[cfg(feature = "mint")]
#[wasm_bindgen]
pub struct Verifier(Trust);

#[cfg(feature = "mint")]
#[wasm_bindgen]
impl Verifier {
    /// Each key is looked at once, here.
    ///
    /// # Errors
    /// The code of the first key that is none.
    #[wasm_bindgen(constructor)]
    pub fn new(record: &[u8]) -> Result<Verifier, Code> {
        Trust::read(&mut Reader::new(record), crate::curve::public_key).map(Self)
    }

    /// Verifies a token at a time, which stand in the record.
    ///
    /// # Errors
    /// The code.
    pub fn verify(&self, record: &[u8]) -> Result<Vec<u8>, Code> {
        self.0.verify(&mut Reader::new(record))
    }
}
