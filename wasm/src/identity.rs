//! Identities and minting.

use agentid_nostd::{AgentIdentity, Error, TokenBuilder, random_token_id, token_len};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use self_cell::self_cell;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::errors::{Code, code};
use crate::record::Reader;
use crate::secret::secretly;

/// Name and project.
type Names = (String, String);

self_cell!(
    struct IdentityCell {
        owner: Names,
        #[covariant]
        dependent: AgentIdentity,
    }
);

/// Who mints. The secret stays in here.
#[wasm_bindgen]
pub struct Identity(IdentityCell);

#[wasm_bindgen]
impl Identity {
    /// Makes an identity from name and project, and a seed that may be missing, or a secret of 32
    /// bytes, or a seed of any length.
    ///
    /// # Errors
    /// The code.
    #[wasm_bindgen(constructor)]
    pub fn new(record: Vec<u8>) -> Result<Identity, Code> {
        secretly(record, |record| made(&mut Reader::new(record)))
    }

    /// 32 bytes.
    #[wasm_bindgen(js_name = publicKey)]
    pub fn public_key(&self) -> Vec<u8> {
        self.0.borrow_dependent().public_key().as_bytes().into()
    }

    /// Mints a token; without an id, with a random one.
    ///
    /// # Errors
    /// The code.
    pub fn mint(&self, record: Vec<u8>) -> Result<Vec<u8>, Code> {
        // The record holds no secret, but signing leaves copies of the identity's own on the stack.
        secretly(record, |record| self.minted(&mut Reader::new(record)))
    }
}

impl Identity {
    fn minted(&self, record: &mut Reader<'_>) -> Result<Vec<u8>, Code> {
        let identity = self.0.borrow_dependent();
        let scopes = record.texts();
        let issued_at = record.time();
        let token_id = record.optional().map_or_else(random_token_id, Ok).map_err(code)?;
        let mut builder = TokenBuilder::new(identity, issued_at, token_id).scopes(&scopes);
        if let Some(seconds) = record.optional() {
            builder = builder.ttl_seconds(seconds);
        }
        if let Some(calls) = record.optional_small() {
            builder = builder.max_calls(calls);
        }
        let mut token = vec![0; token_len(identity.name(), identity.project(), &scopes)];
        builder.mint_into(&mut token).map_err(code)?;
        Ok(token)
    }
}

fn made(record: &mut Reader<'_>) -> Result<Identity, Code> {
    let names: Names = (record.text().into(), record.text().into());
    let kind = record.number();
    let secret = record.is_present().then(|| record.bytes());
    IdentityCell::try_new(names, |(name, project)| match (kind, secret) {
        (0, seed) => AgentIdentity::derive(name, project, seed),
        (1, Some(secret)) => {
            let secret = secret.try_into().map_err(|_| Error::InvalidSecretKey)?;
            AgentIdentity::from_secret_bytes(name, project, secret)
        }
        (_, seed) => AgentIdentity::derive_with_weak_seed(name, project, seed.unwrap_or_default()),
    })
    .map(Identity)
    .map_err(code)
}
