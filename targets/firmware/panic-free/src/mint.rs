//! The minting side: identities and tokens.

use agentid_nostd::{AgentIdentity, Error, PublicKey, Signer, TokenBuilder};

use crate::any::{self, bytes, see, text, texts, with_buffer};

pub(crate) fn call_all() {
    if let Ok(derived) = AgentIdentity::derive(text(), text(), any::of(Some(bytes()))) {
        identity(&derived);
    }
    any::of(AgentIdentity::derive_secret_bytes(text(), text(), any::of(Some(bytes()))).is_ok());
    if let Ok(derived) = AgentIdentity::derive_with_weak_seed(text(), text(), bytes()) {
        identity(&derived);
    }
    if let Some(taken) = any::identity() {
        identity(&taken);
        tokens(&taken);
        // A signer that is lent.
        if let Ok(lent) = AgentIdentity::new(text(), text(), taken.signer()) {
            identity(&lent);
            tokens(&lent);
        }
    }
    if let Some(key) = any::public_key()
        && let Ok(elsewhere) = AgentIdentity::new(text(), text(), Vault(key))
    {
        identity(&elsewhere);
        tokens(&elsewhere);
    }
}

/// Signs, or does not.
struct Vault(PublicKey);

impl Signer for Vault {
    fn public_key(&self) -> PublicKey {
        self.0
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], Error> {
        see(message);
        any::of(Ok([0; 64]))
    }
}

fn identity<S: Signer>(identity: &AgentIdentity<'_, S>) {
    see(identity.name());
    see(identity.project());
    see(identity.public_key());
    see(identity.fingerprint().as_str());
    see(identity.signer().sign(bytes()));
}

fn tokens<S: Signer>(identity: &AgentIdentity<'_, S>) {
    let mut builder = TokenBuilder::new(identity, any::of(0), any::of(0));
    with_buffer(|buf| see(builder.mint_into(buf)));
    // Each setting may have been given or not.
    if any::of(true) {
        builder = builder.scopes(texts());
    }
    if any::of(true) {
        builder = builder.ttl_seconds(any::of(0)).max_calls(any::of(0));
    }
    with_buffer(|buf| see(builder.mint_into(buf)));
}
