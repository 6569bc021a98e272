//! Bundles and tokens for the tests, written by the independent writer of the kit.

#![allow(dead_code, reason = "each test uses some of it")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use agentid_host::{Clock, GateBuilder, PublicKey, SharedGate, Since};
use agentid_nostd::{encode_text, text_len};
use agentid_test_kit::raw::{RawToken, derived_key};
use agentid_test_kit::raw_bundle::{RawBundle, RawIssuer, authority_key};

pub(crate) const NOW: i64 = 1_790_000_000;
pub(crate) const SEED: &[u8] = b"a seed of enough bytes";
pub(crate) const STRANGER: &[u8] = b"another seed of enough";

pub(crate) fn authority() -> PublicKey {
    PublicKey::from_bytes(authority_key().verifying_key().as_bytes()).expect("a good key")
}

/// A bundle that trusts `research-bot` of `phd-lab` up to a ceiling.
pub(crate) fn raw_bundle(epoch: u64) -> RawBundle {
    let key = derived_key("research-bot", "phd-lab", Some(SEED)).verifying_key().to_bytes();
    let mut issuer = RawIssuer::new(key, "research-bot", "phd-lab");
    issuer.ceiling = [&b"read:*"[..], b"door:*:open"].map(Vec::from).to_vec();
    RawBundle { epoch, issuers: vec![issuer], ..RawBundle::new(NOW) }
}

pub(crate) fn bundle(epoch: u64) -> Vec<u8> {
    raw_bundle(epoch).sign_as_authority()
}

/// A bundle in which the issuer is revoked.
pub(crate) fn revoking(epoch: u64) -> Vec<u8> {
    let raw = raw_bundle(epoch);
    RawBundle { revoked_issuers: vec![raw.issuers[0].key], ..raw }.sign_as_authority()
}

pub(crate) fn token(seed: &[u8], scopes: &[&str], token_id: u64, max_calls: u32) -> Vec<u8> {
    let key = derived_key("research-bot", "phd-lab", Some(seed));
    let raw = RawToken {
        issuer: key.verifying_key().to_bytes(),
        scopes: scopes.iter().map(|scope| scope.as_bytes().to_vec()).collect(),
        token_id,
        max_calls,
        ..RawToken::example(NOW)
    };
    raw.sign(&key)
}

pub(crate) fn text(token: &[u8]) -> String {
    let mut text = vec![0; text_len(token.len())];
    encode_text(token, &mut text).expect("it fits").to_owned()
}

/// A gate at [`NOW`] that counts from the beginning, without trust.
pub(crate) fn builder() -> GateBuilder {
    SharedGate::builder(authority()).clock(|| Clock::Known(NOW)).since(Since::Beginning).slots(64).remember(64)
}

/// A clock that a test moves.
#[derive(Clone)]
pub(crate) struct Time(Arc<AtomicI64>);

impl Time {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(NOW)))
    }

    pub(crate) fn set(&self, time: i64) {
        self.0.store(time, Ordering::Relaxed);
    }

    pub(crate) fn clock(&self) -> impl Fn() -> Clock + Send + Sync + use<> {
        let time = self.0.clone();
        move || Clock::Known(time.load(Ordering::Relaxed))
    }
}
