//! The minting side: identities and tokens.

use agentid_nostd::{AgentIdentity, TokenBuilder};

use crate::any::{self, bytes, see, text, texts, with_buffer};

pub(crate) fn call_all() {
    if let Ok(derived) = AgentIdentity::derive(text(), text(), any::of(Some(bytes()))) {
        identity(&derived);
    }
    if let Ok(derived) = AgentIdentity::derive_with_weak_seed(text(), text(), bytes()) {
        identity(&derived);
    }
    if let Some(taken) = any::identity() {
        identity(&taken);
        tokens(&taken);
    }
}

fn identity(identity: &AgentIdentity<'_>) {
    see(identity.name());
    see(identity.project());
    see(identity.public_key());
    see(identity.fingerprint().as_str());
}

fn tokens(identity: &AgentIdentity<'_>) {
    let mut builder = TokenBuilder::new(identity);
    with_buffer(|buf| see(builder.mint_into(buf)));
    // Each setting may have been given or not.
    if any::of(true) {
        builder = builder.scopes(texts());
    }
    if any::of(true) {
        builder = builder.ttl_seconds(any::of(0)).max_calls(any::of(0));
    }
    if any::of(true) {
        builder = builder.issued_at(any::of(0));
    }
    if any::of(true) {
        builder = builder.token_id(any::of(0));
    }
    with_buffer(|buf| see(builder.mint_into(buf)));
}
