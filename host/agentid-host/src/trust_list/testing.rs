//! Keys and lists for the tests of this folder.

use agentid_nostd::{AgentIdentity, PublicKey, Signer, SigningKey};

use super::file::{Agent, TrustList};

/// 2026-09-21T14:13:20Z.
pub(super) const NOW: i64 = 1_790_000_000;
pub(super) const DAY: i64 = 86_400;

/// The key of the authority of [`list`].
pub(super) fn authority() -> SigningKey {
    SigningKey::from_secret_bytes(&[99; 32]).expect("a secret")
}

/// A key of its own for each number.
pub(super) fn key(number: u8) -> PublicKey {
    SigningKey::from_secret_bytes(&[number; 32]).expect("a secret").public_key()
}

pub(super) fn key_text(number: u8) -> String {
    hex::encode(key(number).as_bytes())
}

/// The key that an agent has without a secret seed.
pub(super) fn guessable_key(name: &str, project: &str) -> PublicKey {
    AgentIdentity::derive(name, project, None).expect("valid").public_key()
}

pub(super) fn agent(number: u8) -> Agent {
    Agent::new(format!("agent-{number}"), "lab", key(number), ["read:*"])
}

/// The required fields of [`agent`], one a line.
pub(super) fn agent_text(number: u8) -> String {
    format!("name = \"agent-{number}\"\nproject = \"lab\"\nkey = \"{}\"\nceiling = [\"read:*\"]\n", key_text(number))
}

/// A list of 30 days after epoch 3.
pub(super) fn list(agents: impl IntoIterator<Item = Agent>) -> TrustList {
    TrustList {
        authority: authority().public_key(),
        next_authority: None,
        epoch: 3,
        valid_for_seconds: 30 * 86_400,
        agents: agents.into_iter().collect(),
        revoked_keys: Vec::new(),
        revoked_tokens: Vec::new(),
    }
}
