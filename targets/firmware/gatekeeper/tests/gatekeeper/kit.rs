//! An agent, its tokens, an authority and its bundles, and requests as the README describes them.

use agentid_nostd::{
    AgentIdentity, Clock, LedgerSlot, PublicKey, Signer, SigningKey, Since, TokenBuilder, TrustAnchor, TrustBundle,
    TrustBundleBuilder, TrustedIssuer, UsageLedger,
};

pub(crate) const NOW: i64 = 1_790_000_000;
pub(crate) const ON: &str = "lamp:on";
pub(crate) const OFF: &str = "lamp:off";

pub(crate) fn agent() -> AgentIdentity<'static> {
    AgentIdentity::derive("lamplighter", "hall", Some(b"32 random bytes, one would hope")).expect("valid names")
}

pub(crate) fn authority() -> SigningKey {
    SigningKey::from_secret_bytes(&[7; 32]).expect("a secret")
}

/// The key that devices pin.
pub(crate) fn pinned() -> PublicKey {
    authority().public_key()
}

/// The anchor of a device that has not stored a bundle.
pub(crate) fn anchor() -> TrustAnchor {
    TrustAnchor::new(pinned())
}

/// The bundle in the device's flash, opened at its first start.
pub(crate) fn opened(flash: &[u8]) -> TrustBundle<'_> {
    TrustBundle::open(flash, &anchor(), Clock::Unknown).expect("opens")
}

/// A ledger that has counted since then.
pub(crate) fn ledger(since: Since) -> UsageLedger<[LedgerSlot; 8]> {
    UsageLedger::new([LedgerSlot::EMPTY; 8], since)
}

pub(crate) fn token(scopes: &[&str], max_calls: u32) -> Vec<u8> {
    let agent = agent();
    let builder = TokenBuilder::new(&agent, NOW, 9).scopes(scopes).max_calls(max_calls);
    builder.mint_into(&mut [0; 256]).expect("mints").to_vec()
}

/// A bundle that is dated at [`NOW`] and holds for a day.
pub(crate) fn bundle(epoch: u64, trusting: bool) -> Vec<u8> {
    bundle_of(epoch, trusting, NOW)
}

/// A bundle that is dated then and holds for a day.
pub(crate) fn bundle_of(epoch: u64, trusting: bool, issued_at: i64) -> Vec<u8> {
    signed(&authority(), None, epoch, trusting, issued_at)
}

/// The same, which names the next authority.
pub(crate) fn bundle_to(epoch: u64, issued_at: i64) -> Vec<u8> {
    signed(&authority(), Some(next_authority()), epoch, true, issued_at)
}

/// A bundle of the next authority.
pub(crate) fn hand_over(epoch: u64, issued_at: i64) -> Vec<u8> {
    signed(&next_signer(), None, epoch, true, issued_at)
}

fn next_signer() -> SigningKey {
    SigningKey::from_secret_bytes(&[8; 32]).expect("a secret")
}

/// The key that takes over.
pub(crate) fn next_authority() -> PublicKey {
    next_signer().public_key()
}

fn signed(authority: &SigningKey, next: Option<PublicKey>, epoch: u64, trusting: bool, issued_at: i64) -> Vec<u8> {
    let mut issuers = vec![TrustedIssuer::new(agent().public_key(), "lamplighter", "hall")];
    issuers.truncate(usize::from(trusting));
    let mut builder = TrustBundleBuilder::new(authority, epoch, issued_at, issued_at + 86_400).issuers(&mut issuers);
    if let Some(next) = next {
        builder = builder.next_authority(next);
    }
    builder.write_into(&mut [0; 512], Clock::Known(issued_at)).expect("fits").to_vec()
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
