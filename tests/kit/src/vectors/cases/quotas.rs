use super::super::format::Record;
use super::NOW;
use super::code::*;
use super::gates::{Scene, agent, agent_key, bundle_of, issuer, token};
use crate::raw::{RawToken, derived_key};
use crate::raw_bundle::{RawBundle, RawIssuer};

/// A token with this id and budget, that expires 900 seconds after `NOW`, the first second of a
/// window of 10 seconds.
fn numbered(token_id: u64, max_calls: u32) -> Vec<u8> {
    RawToken { token_id, max_calls, ..token() }.sign(&agent())
}

fn with_quota(calls: u32, seconds: u32) -> RawBundle {
    bundle_of(RawIssuer { quota: (calls, seconds), ..issuer() })
}

fn scene(name: &str, quota: (u32, u32), tokens: &[Vec<u8>], ledger: &str) -> Scene {
    let tokens: Vec<&[u8]> = tokens.iter().map(Vec::as_slice).collect();
    Scene::new(name, &[&with_quota(quota.0, quota.1)], &tokens, ledger)
}

/// Token `number` at `NOW + after`.
fn call(number: u8, after: i64) -> String {
    format!("{number} known:{} read:arxiv", NOW + after)
}

pub(super) fn records() -> Vec<Record> {
    let mut records = windows();
    records.extend(all_or_nothing());
    records.extend(clocks());
    records.extend(ledgers());
    records
}

fn windows() -> Vec<Record> {
    let early = RawToken { issued_at: -20, expires_at: 20, max_calls: 0, ..token() }.sign(&agent());
    let at = |time: i64| format!("1 known:{time} read:arxiv");
    let before_1970 = RawBundle { issued_at: -20, not_after: 20, ..with_quota(1, 10) };
    let last = i64::MAX - 1;
    let never = RawToken { issued_at: last - 9, expires_at: i64::MAX, max_calls: 0, ..token() }.sign(&agent());
    let to_the_end = RawBundle { issued_at: last - 9, not_after: i64::MAX, ..with_quota(1, 86_400) };
    vec![
        scene("quota-of-two", (2, 10), &[numbered(1, 0), numbered(2, 9)], "usage 8")
            .call(call(1, 0), "0 unlimited")
            .call(call(2, 9), "0 8")
            .call(call(1, 9), QUOTA_EXHAUSTED)
            .call(call(2, 9), QUOTA_EXHAUSTED)
            .call(call(2, 10), "0 7")
            .call(call(1, 19), "0 unlimited")
            .call(call(1, 19), QUOTA_EXHAUSTED)
            .record(),
        scene("quota-of-one-in-a-second", (1, 1), &[numbered(1, 0)], "usage 8")
            .call(call(1, 0), "0 unlimited")
            .call(call(1, 0), QUOTA_EXHAUSTED)
            .call(call(1, 1), "0 unlimited")
            .record(),
        scene("largest-quota", (u32::MAX, 86_400), &[numbered(1, 0)], "usage 8")
            .call(call(1, 0), "0 unlimited")
            .record(),
        Scene::new("quota-before-1970", &[&before_1970], &[&early], "usage 8")
            .opened_at("known:-20")
            .call(at(-11), "0 unlimited")
            .call(at(-11), QUOTA_EXHAUSTED)
            .call(at(-10), "0 unlimited")
            .call(at(-1), QUOTA_EXHAUSTED)
            .call(at(0), "0 unlimited")
            .call(at(9), QUOTA_EXHAUSTED)
            .call(at(10), "0 unlimited")
            .record(),
        Scene::new("quota-of-the-last-window", &[&to_the_end], &[&never], "usage 8")
            .opened_at(&format!("known:{}", last - 9))
            .call(at(last - 9), "0 unlimited")
            .call(at(last), QUOTA_EXHAUSTED)
            .record(),
    ]
}

fn all_or_nothing() -> Vec<Record> {
    let other = derived_key("mail-sorter", "phd-lab", Some(b"seed"));
    let other_key = other.verifying_key().to_bytes();
    let both = RawBundle {
        issuers: vec![
            RawIssuer { quota: (1, 10), ..issuer() },
            RawIssuer { quota: (1, 10), ..RawIssuer::new(other_key, "mail-sorter", "phd-lab") },
        ],
        ..RawBundle::new(NOW)
    }
    .sorted();
    let of_other =
        RawToken { issuer: other_key, name: b"mail-sorter".to_vec(), max_calls: 0, ..token() }.sign(&other);
    // The number of the window that NOW lies in.
    let twin = RawToken { token_id: (NOW / 10) as u64, max_calls: 9, ..token() }.sign(&agent());
    vec![
        scene("a-spent-token-takes-nothing-of-the-quota", (2, 10), &[numbered(1, 1), numbered(2, 5)], "usage 8")
            .call(call(1, 0), "0 0")
            .call(call(1, 0), BUDGET_EXHAUSTED)
            .call(call(2, 0), "0 4")
            .call(call(2, 0), QUOTA_EXHAUSTED)
            .record(),
        scene("a-spent-quota-takes-nothing-of-the-token", (1, 10), &[numbered(1, 3)], "usage 8")
            .call(call(1, 0), "0 2")
            .call(call(1, 0), QUOTA_EXHAUSTED)
            .call(call(1, 10), "0 1")
            .record(),
        scene("budget-before-quota", (1, 10), &[numbered(1, 1)], "usage 8")
            .call(call(1, 0), "0 0")
            .call(call(1, 0), BUDGET_EXHAUSTED)
            .record(),
        scene("replay-before-quota", (1, 10), &[numbered(1, 5)], "usage 8")
            .policy("counting", "single-use")
            .call(call(1, 0), "0 0")
            .call(call(1, 0), REPLAYED)
            .record(),
        scene("a-refused-call-takes-nothing-of-the-quota", (1, 10), &[numbered(1, 3)], "usage 8")
            .call(format!("1 known:{NOW} door:open"), SCOPE_NOT_GRANTED)
            .call(call(1, 0), "0 2")
            .record(),
        Scene::new("quotas-of-two-issuers-are-apart", &[&both], &[&numbered(1, 0), &of_other], "usage 8")
            .call(call(1, 0), "0 unlimited")
            .call(call(2, 0), "0 unlimited")
            .call(call(1, 0), QUOTA_EXHAUSTED)
            .call(call(2, 0), QUOTA_EXHAUSTED)
            .record(),
        scene("a-token-with-the-number-of-the-window", (2, 10), &[twin], "usage 8")
            .call(call(1, 0), "0 8")
            .call(call(1, 0), "0 7")
            .call(call(1, 0), QUOTA_EXHAUSTED)
            .record(),
        Scene::new(
            "a-revoked-number-of-the-window-stops-no-quota",
            &[&RawBundle { revoked_tokens: vec![(agent_key(), (NOW / 10) as u64)], ..with_quota(1, 10) }],
            &[&numbered(1, 0)],
            "usage 8",
        )
        .call(call(1, 0), "0 unlimited")
        .record(),
    ]
}

fn clocks() -> Vec<Record> {
    let at_least = |after: i64| format!("1 at-least:{} read:arxiv", NOW + after);
    vec![
        scene("quota-by-a-lower-bound", (1, 10), &[numbered(1, 0)], "usage 8")
            .policy("time-policy", "allow-lower-bound")
            .call(at_least(3), "0 unlimited")
            .call(at_least(9), QUOTA_EXHAUSTED)
            .call(at_least(10), "0 unlimited")
            .record(),
        scene("an-unknown-clock-is-the-time-of-the-bundle", (1, 10), &[numbered(1, 0)], "usage 8")
            .policy("time-policy", "allow-unknown")
            .call("1 unknown read:arxiv", "0 unlimited")
            .call(at_least(9), QUOTA_EXHAUSTED)
            .record(),
        // The count is kept for the skew of 30 seconds.
        scene("a-clock-that-steps-back-uses-the-rest-of-its-window", (2, 10), &[numbered(1, 0)], "usage 8")
            .call(call(1, 0), "0 unlimited")
            .call(call(1, 15), "0 unlimited")
            .call(call(1, 5), "0 unlimited")
            .call(call(1, 5), QUOTA_EXHAUSTED)
            .record(),
        scene("a-window-that-was-given-up", (2, 10), &[numbered(1, 0)], "usage 8")
            .call(call(1, 0), "0 unlimited")
            .call(call(1, 40), "0 unlimited")
            .call(call(1, 5), USAGE_FORGOTTEN)
            .record(),
    ]
}

fn ledgers() -> Vec<Record> {
    vec![
        scene("a-quota-takes-a-slot", (9, 10), &[numbered(1, 5), numbered(2, 5)], "usage 2")
            .call(call(1, 0), "0 4")
            .call(call(2, 0), LEDGER_FULL)
            .call(call(1, 0), "0 3")
            .record(),
        scene("a-ledger-without-room-for-both", (9, 10), &[numbered(1, 5), numbered(2, 0)], "usage 1")
            .call(call(1, 0), LEDGER_FULL)
            .call(call(2, 0), "0 unlimited")
            .call(call(1, 0), LEDGER_FULL)
            .record(),
        scene("quota-before-a-full-ledger", (1, 10), &[numbered(1, 5), numbered(2, 5)], "usage 2")
            .call(call(1, 0), "0 4")
            .call(call(2, 0), QUOTA_EXHAUSTED)
            .record(),
        scene("a-filter-cannot-count-a-quota", (2, 10), &[numbered(1, 1)], "filter 2000")
            .call(call(1, 0), CANNOT_COUNT)
            .record(),
        scene("a-filter-remembers-a-quota-of-one", (1, 10), &[numbered(1, 1), numbered(2, 1)], "filter 2000")
            .call(call(1, 0), "0 0")
            .call(call(1, 0), REPLAYED)
            .call(call(2, 0), QUOTA_EXHAUSTED)
            .call(call(2, 10), "0 0")
            .record(),
        scene("a-filter-with-too-short-a-window-for-a-quota", (1, 86_400), &[numbered(1, 1)], "filter 1000")
            .call(call(1, 0), WINDOW_EXCEEDED)
            .record(),
    ]
}
