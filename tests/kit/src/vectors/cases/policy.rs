use super::super::format::Record;
use super::code::*;
use super::{NOW, accept, accepted, example, present, refuse};
use crate::raw::{RawToken, derived_key, example_key};

pub(super) fn records() -> Vec<Record> {
    let mut records = Vec::new();
    records.extend(token_length());
    records.extend(lifetime());
    records.extend(trust());
    records.extend(expiry());
    records.extend(not_before());
    records.extend(extreme_times());
    records
}

/// A token from `issued_at` to `expires_at`.
fn between(issued_at: i64, expires_at: i64) -> RawToken {
    RawToken { issued_at, expires_at, ..example() }
}

/// One of the README's agent, with a policy.
fn with_policy(name: &str, raw: &RawToken, now: i64, key: &str, value: u64) -> Record {
    present(name, &raw.sign_as_example(), &[raw.issuer], now).with(key, value)
}

fn token_length() -> Vec<Record> {
    let raw = example();
    let with = |name, len| with_policy(name, &raw, NOW, "max-token-len", len);
    let short = present("shorter-than-the-format-beats-longer-than-the-policy", &[0xa9; 100], &[raw.issuer], NOW);
    vec![
        accepted(with("token-as-long-as-the-policy-allows", 173), &raw, true),
        with("token-one-byte-longer-than-the-policy-allows", 172).expect("code", TOO_LONG),
        with("policy-allows-no-token", 0).expect("code", TOO_LONG),
        short.with("max-token-len", 10).expect("code", TOO_SHORT),
    ]
}

/// Around the default of `max-token-len`, which a small device has no room for.
pub(super) fn long() -> Vec<Record> {
    vec![
        accept("token-as-long-as-the-default-allows", &of_len(4_096), NOW, false),
        refuse("token-one-byte-longer-than-the-default-allows", &of_len(4_097).sign_as_example(), NOW, TOO_LONG),
    ]
}

/// A token of so many bytes, most of them in scopes.
fn of_len(len: usize) -> RawToken {
    let empty = RawToken { scopes: vec![], ..example() };
    let mut left = len - empty.sign_as_example().len();
    let mut scopes = Vec::new();
    while left > 0 {
        let scope = (left - 1).min(200);
        scopes.push(vec![b's'; scope]);
        left -= scope + 1;
    }
    RawToken { scopes, ..empty }
}

fn lifetime() -> Vec<Record> {
    let with = |name, raw: &RawToken, seconds| with_policy(name, raw, NOW, "max-lifetime", seconds);
    let day = between(NOW, NOW + 86_400);
    let minute = between(NOW, NOW + 60);
    let forever = between(i64::MIN, i64::MAX);
    vec![
        accept("lifetime-one-second", &between(NOW, NOW + 1), NOW, true),
        accept("lifetime-one-day", &day, NOW, true),
        refuse(
            "lifetime-one-day-and-a-second",
            &between(NOW, NOW + 86_401).sign_as_example(),
            NOW,
            LIFETIME_TOO_LONG,
        ),
        accepted(with("lifetime-of-the-policy", &minute, 60), &minute, true),
        with("lifetime-one-second-over-the-policy", &minute, 59).expect("code", LIFETIME_TOO_LONG),
        with("lifetime-policy-zero", &between(NOW, NOW + 1), 0).expect("code", LIFETIME_TOO_LONG),
        accepted(with("lifetime-longest-there-is", &forever, u64::MAX), &forever, true),
        with("lifetime-one-second-less-than-the-longest", &forever, u64::MAX - 1).expect("code", LIFETIME_TOO_LONG),
        refuse("lifetime-overflows-64-bit", &forever.sign_as_example(), NOW, LIFETIME_TOO_LONG),
    ]
}

fn trust() -> Vec<Record> {
    let raw = example();
    let token = raw.sign_as_example();
    let other = derived_key("other-bot", "phd-lab", None).verifying_key().to_bytes();
    let seeded = derived_key("research-bot", "phd-lab", Some(b"seed")).verifying_key().to_bytes();
    // Signed by a key that is trusted, for an issuer that is trusted too, but is another one.
    let swapped = RawToken { issuer: other, ..example() }.sign(&example_key());
    let of_small_order = RawToken { issuer: [0; 32], ..example() }.sign(&example_key());
    vec![
        present("nobody-is-trusted", &token, &[], NOW).expect("code", UNTRUSTED_ISSUER),
        present("another-agent-is-trusted", &token, &[other], NOW).expect("code", UNTRUSTED_ISSUER),
        present("the-same-name-with-another-seed-is-trusted", &token, &[seeded], NOW)
            .expect("code", UNTRUSTED_ISSUER),
        accepted(present("first-of-two-trusted", &token, &[raw.issuer, other], NOW), &raw, true),
        accepted(present("last-of-three-trusted", &token, &[other, seeded, raw.issuer], NOW), &raw, true),
        present("signed-by-another-trusted-issuer", &swapped, &[other, raw.issuer], NOW)
            .expect("code", BAD_SIGNATURE),
        present("small-order-key-is-trusted", &token, &[[0; 32]], NOW).expect("code", UNTRUSTED_ISSUER),
        accepted(present("small-order-key-is-trusted-too", &token, &[[0; 32], raw.issuer], NOW), &raw, true),
        present("small-order-key-is-the-issuer", &of_small_order, &[[0; 32]], NOW).expect("code", BAD_SIGNATURE),
    ]
}

fn expiry() -> Vec<Record> {
    let raw = example();
    let token = raw.sign_as_example();
    vec![
        accept("last-second", &raw, raw.expires_at - 1, true),
        refuse("first-second-after", &token, raw.expires_at, EXPIRED),
        refuse("long-after", &token, i64::MAX, EXPIRED),
        with_policy("skew-does-not-prolong", &raw, raw.expires_at, "clock-skew", 60).expect("code", EXPIRED),
    ]
}

fn not_before() -> Vec<Record> {
    let raw = example();
    let token = raw.sign_as_example();
    let early = |name, early: i64, skew| with_policy(name, &raw, raw.issued_at - early, "clock-skew", skew);
    vec![
        accept("thirty-seconds-early", &raw, raw.issued_at - 30, true),
        refuse("thirty-one-seconds-early", &token, raw.issued_at - 31, NOT_YET_VALID),
        refuse("at-the-smallest-time", &token, i64::MIN, NOT_YET_VALID),
        accepted(early("no-skew-on-time", 0, 0), &raw, true),
        early("no-skew-one-second-early", 1, 0).expect("code", NOT_YET_VALID),
        accepted(early("largest-skew", i64::from(u32::MAX), u64::from(u32::MAX)), &raw, true),
        early("largest-skew-one-second-early", i64::from(u32::MAX) + 1, u64::from(u32::MAX))
            .expect("code", NOT_YET_VALID),
    ]
}

fn extreme_times() -> Vec<Record> {
    let first = between(i64::MIN, i64::MIN + 900);
    let second = between(i64::MIN + 29, i64::MIN + 900);
    let last = between(i64::MAX - 900, i64::MAX);
    let around_zero = between(-450, 450);
    vec![
        accept("issued-at-the-smallest-time", &first, i64::MIN, true),
        accept("issued-just-after-the-smallest-time", &second, i64::MIN, true),
        refuse("issued-at-the-smallest-time-expired", &first.sign_as_example(), i64::MIN + 900, EXPIRED),
        refuse("issued-at-the-smallest-time-presented-now", &first.sign_as_example(), NOW, EXPIRED),
        accept("expires-at-the-largest-time", &last, i64::MAX - 1, true),
        refuse("expires-at-the-largest-time-presented-then", &last.sign_as_example(), i64::MAX, EXPIRED),
        refuse("expires-at-the-largest-time-presented-now", &last.sign_as_example(), NOW, NOT_YET_VALID),
        accept("around-zero", &around_zero, 0, true),
        accept("before-1970", &around_zero, -1, true),
    ]
}
