//! What the tests at the line share: an agent, its tokens, a bundle that trusts it, a board that
//! was given the bundle.

use agentid_nostd::Clock;
use agentid_test_kit::raw::{RawToken, derived_key};
use agentid_test_kit::raw_bundle::{RawBundle, RawIssuer};
use ed25519_dalek::SigningKey;

use crate::{Board, Device, Line, Mirror, bundle_request};

/// Unix seconds.
pub const NOW: i64 = 1_790_000_000;

/// When boards are switched on: what is issued from [`NOW`] on is not too old for them.
pub const START: Clock = Clock::Known(NOW - 31);

/// The key of the agent that is trusted.
pub fn agent() -> SigningKey {
    derived_key("research-bot", "phd-lab", Some(b"seed"))
}

/// The key that the agent changes to.
pub fn next_agent() -> SigningKey {
    derived_key("research-bot", "phd-lab", Some(b"next seed"))
}

/// A token with scopes `read:arxiv` and `write:notes`, issued at [`NOW`] for 15 minutes.
pub fn token(key: &SigningKey, token_id: u64, max_calls: u32) -> Vec<u8> {
    RawToken { issuer: key.verifying_key().to_bytes(), token_id, max_calls, ..RawToken::example(NOW) }.sign(key)
}

/// The entry of a bundle that trusts this key.
pub fn issuer(key: &SigningKey) -> RawIssuer {
    RawIssuer::new(key.verifying_key().to_bytes(), "research-bot", "phd-lab")
}

/// A bundle of that epoch; epoch 1 is in flash.
pub fn bundle(epoch: u64, issuers: Vec<RawIssuer>) -> RawBundle {
    RawBundle { epoch, issuers, ..RawBundle::new(NOW) }.sorted()
}

/// A board that trusts these issuers, and its mirror.
///
/// # Panics
/// Where it does not start.
pub fn start(board: Board, issuers: Vec<RawIssuer>) -> (Device, Line, Mirror) {
    let (device, mut line) = Device::start(board, "gate", START).expect("starts");
    // It has read its clock once it answers anything, here that there is no request of kind 9.
    assert_eq!(line.ask(&[9, 0, 0, 0, 0]).expect("answers").code, 243);
    let bundle = bundle(2, issuers).sign_as_authority();
    device.set_clock(Clock::Known(NOW)).expect("a clock");
    let response = line.ask(&bundle_request(1, &bundle)).expect("answers");
    assert_eq!(response.code, 0, "the bundle is put in place");
    let mirror = Mirror::new(START, &bundle, Clock::Known(NOW)).expect("opens");
    (device, line, mirror)
}

/// A seed for this run, printed when the test fails, and taken from `AGENTID_SEED` to repeat it.
pub fn seed() -> u64 {
    let seed = std::env::var("AGENTID_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    println!("AGENTID_SEED={seed}");
    fastrand::seed(seed);
    seed
}
