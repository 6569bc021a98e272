//! Identities and minting.

use agentid_nostd::{AgentIdentity, TokenBuilder, token_len};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use self_cell::self_cell;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::errors::{Code, code};

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
    /// From name, project and perhaps a seed.
    ///
    /// # Errors
    /// The code.
    pub fn derive(name: String, project: String, seed: Option<Vec<u8>>) -> Result<Identity, Code> {
        IdentityCell::try_new((name, project), |(name, project)| {
            AgentIdentity::derive(name, project, seed.as_deref())
        })
        .map(Self)
        .map_err(code)
    }

    /// From an existing secret of 32 bytes.
    ///
    /// # Errors
    /// The code.
    #[wasm_bindgen(js_name = fromSecret)]
    pub fn from_secret(name: String, project: String, secret: &[u8]) -> Result<Identity, Code> {
        let secret = secret.try_into().map_err(|_| code(agentid_nostd::Error::InvalidSecretKey))?;
        IdentityCell::try_new((name, project), |(name, project)| {
            AgentIdentity::from_secret_bytes(name, project, secret)
        })
        .map(Self)
        .map_err(code)
    }

    /// 32 bytes.
    #[wasm_bindgen(getter, js_name = publicKey)]
    pub fn public_key(&self) -> Vec<u8> {
        self.0.borrow_dependent().public_key().as_bytes().into()
    }

    /// The short form of the key.
    #[wasm_bindgen(getter)]
    pub fn fingerprint(&self) -> String {
        self.0.borrow_dependent().fingerprint().as_str().into()
    }

    /// Mints a token; without an id, with a random one.
    ///
    /// # Errors
    /// The code.
    pub fn mint(
        &self,
        scopes: Vec<String>,
        issued_at: Option<i64>,
        ttl_seconds: Option<u64>,
        max_calls: Option<u32>,
        token_id: Option<u64>,
    ) -> Result<Vec<u8>, Code> {
        let identity = self.0.borrow_dependent();
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        let mut builder = TokenBuilder::new(identity).scopes(&scopes);
        if let Some(time) = issued_at {
            builder = builder.issued_at(time);
        }
        if let Some(seconds) = ttl_seconds {
            builder = builder.ttl_seconds(seconds);
        }
        if let Some(calls) = max_calls {
            builder = builder.max_calls(calls);
        }
        builder = match token_id {
            Some(id) => builder.token_id(id),
            None => builder.random_token_id().map_err(code)?,
        };
        let mut token = vec![0; token_len(identity.name(), identity.project(), &scopes)];
        builder.mint_into(&mut token).map_err(code)?;
        Ok(token)
    }
}
