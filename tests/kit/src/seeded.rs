//! An agent whose key has a seed, so that a trust set takes it, and its tokens.

use agentid_nostd::{PublicKey, TrustedIssuer};
use ed25519_dalek::SigningKey;

use crate::raw::{RawToken, derived_key};

/// The time of its tokens, in Unix seconds.
pub const NOW: i64 = 1_790_000_000;

/// The agent's signing key.
pub fn agent() -> SigningKey {
    derived_key("research-bot", "phd-lab", Some(b"seed"))
}

/// A token of the agent, issued at [`NOW`].
pub fn token(token_id: u64, max_calls: u32) -> RawToken {
    RawToken { issuer: agent().verifying_key().to_bytes(), token_id, max_calls, ..RawToken::example(NOW) }
}

/// The agent as a trusted issuer, without a ceiling.
///
/// # Panics
/// Never: its key is good.
pub fn trusted<'k>() -> TrustedIssuer<'k> {
    let key = PublicKey::from_bytes(agent().verifying_key().as_bytes()).expect("a good key");
    TrustedIssuer::new(key, "research-bot", "phd-lab")
}
