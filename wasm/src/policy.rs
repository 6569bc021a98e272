//! The policy of a verifier or a gate, and the clock.

use agentid_nostd::{Clock, DEFAULT_MAX_TOKEN_LEN, MAX_TOKEN_LEN, MIN_TOKEN_LEN, Policy, TimePolicy};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::record::Reader;

/// Reads a policy. The core's default applies to each part that is not set.
pub(crate) fn policy(record: &mut Reader<'_>) -> Policy {
    let mut policy = Policy::new();
    if let Some(seconds) = record.optional_small() {
        policy = policy.clock_skew_seconds(seconds);
    }
    if let Some(seconds) = record.optional() {
        policy = policy.max_lifetime_seconds(seconds);
    }
    if let Some(len) = record.optional_small() {
        policy = policy.max_token_len(length(len));
    }
    policy.time_policy(match record.number() {
        1 => TimePolicy::AllowLowerBound,
        2 => TimePolicy::AllowUnknown,
        _ => TimePolicy::RequireKnown,
    })
}

/// Reads a clock: 0 known, 1 at least, any other number unknown; and the time.
pub(crate) fn clock(record: &mut Reader<'_>) -> Clock {
    match (record.number(), record.time()) {
        (0, time) => Clock::Known(time),
        (1, time) => Clock::AtLeast(time),
        _ => Clock::Unknown,
    }
}

pub(crate) fn length(len: u32) -> usize {
    usize::try_from(len).unwrap_or(usize::MAX)
}

/// Returns the length in bytes beyond which every token is too long, for a given limit or for the
/// default one. `js/` does not copy longer tokens into the module.
#[wasm_bindgen(js_name = longestToken)]
pub fn longest_token(limit: Option<u32>) -> u32 {
    let limit = limit.map_or(DEFAULT_MAX_TOKEN_LEN, length);
    // Shorter ones are refused as too short.
    u32::try_from(limit.clamp(MIN_TOKEN_LEN - 1, MAX_TOKEN_LEN)).unwrap_or(u32::MAX)
}
