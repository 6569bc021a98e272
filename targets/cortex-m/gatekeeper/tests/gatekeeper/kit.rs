//! An agent, its tokens, an authority and its bundles, and requests as the README describes them.

use agentid_nostd::{AgentIdentity, AuthorityKey, PublicKey, TokenBuilder, TrustBundleBuilder, TrustedIssuer};

pub(crate) const NOW: i64 = 1_790_000_000;
pub(crate) const ON: &str = "lamp:on";
pub(crate) const OFF: &str = "lamp:off";

pub(crate) fn agent() -> AgentIdentity<'static> {
    AgentIdentity::derive("lamplighter", "hall", Some(b"seed")).expect("valid names")
}

pub(crate) fn authority() -> AuthorityKey {
    AuthorityKey::from_secret_bytes(&[7; 32]).expect("a secret")
}

pub(crate) fn pinned() -> PublicKey {
    authority().public_key()
}

pub(crate) fn token(scopes: &[&str], max_calls: u32) -> Vec<u8> {
    let agent = agent();
    let builder = TokenBuilder::new(&agent).scopes(scopes).max_calls(max_calls).issued_at(NOW).token_id(9);
    builder.mint_into(&mut [0; 256]).expect("mints").to_vec()
}

pub(crate) fn bundle(epoch: u64, trusting: bool) -> Vec<u8> {
    let mut issuers = vec![TrustedIssuer::new(agent().public_key(), "lamplighter", "hall")];
    issuers.truncate(usize::from(trusting));
    let authority = authority();
    let mut builder = TrustBundleBuilder::new(&authority, epoch, NOW, NOW + 86_400).issuers(&mut issuers);
    builder.write_into(&mut [0; 512]).expect("fits").to_vec()
}

pub(crate) fn request(kind: u8, id: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut content = vec![kind, 0, 0, 0, id];
    for part in parts {
        content.extend(u16::try_from(part.len()).expect("short").to_be_bytes());
        content.extend(*part);
    }
    content
}

pub(crate) fn call(id: u8, token: &[u8], scope: &str) -> Vec<u8> {
    request(1, id, &[token, scope.as_bytes()])
}
