use super::super::format::Record;
use super::NOW;
use super::code::*;
use super::gates::{Scene, agent, bundle_of, issuer, token};
use crate::raw::RawToken;

/// A token with this id and budget, that expires `ttl` seconds after `NOW`.
fn numbered(token_id: u64, max_calls: u32, ttl: i64) -> Vec<u8> {
    RawToken { token_id, max_calls, expires_at: NOW + ttl, ..token() }.sign(&agent())
}

fn scene(name: &str, tokens: &[Vec<u8>], ledger: &str) -> Scene {
    let tokens: Vec<&[u8]> = tokens.iter().map(Vec::as_slice).collect();
    Scene::new(name, &[&bundle_of(issuer())], &tokens, ledger)
}

/// Token `number` at `NOW + after`.
fn call(number: u8, after: i64) -> String {
    format!("{number} known:{} read:arxiv", NOW + after)
}

pub(super) fn records() -> Vec<Record> {
    let mut records = budgets();
    records.extend(full());
    records.extend(clock_going_back());
    records.extend(filters());
    records.extend(starts());
    records
}

fn budgets() -> Vec<Record> {
    vec![
        scene("budget-of-two", &[numbered(1, 2, 900)], "usage 8")
            .call(call(1, 0), "0 1")
            .call(call(1, 1), "0 0")
            .call(call(1, 2), BUDGET_EXHAUSTED)
            .call(call(1, 899), BUDGET_EXHAUSTED)
            .call(call(1, 900), EXPIRED)
            .record(),
        scene("budgets-are-apart", &[numbered(1, 1, 900), numbered(2, 1, 900)], "usage 8")
            .call(call(1, 0), "0 0")
            .call(call(2, 0), "0 0")
            .call(call(1, 0), BUDGET_EXHAUSTED)
            .call(call(2, 0), BUDGET_EXHAUSTED)
            .record(),
        scene("largest-budget", &[numbered(1, u32::MAX, 900)], "usage 8")
            .call(call(1, 0), "0 4294967294")
            .call(call(1, 0), "0 4294967293")
            .record(),
        scene(
            "unlimited-takes-no-slot",
            &[numbered(1, 0, 900), numbered(2, 0, 900), numbered(3, 0, 900), numbered(4, 1, 900)],
            "usage 2",
        )
        .call(call(1, 0), "0 unlimited")
        .call(call(2, 0), "0 unlimited")
        .call(call(3, 0), "0 unlimited")
        .call(call(3, 0), "0 unlimited")
        .call(call(4, 0), "0 0")
        .record(),
        scene("single-use", &[numbered(1, 100, 900), numbered(2, 0, 900)], "usage 8")
            .policy("counting", "single-use")
            .call(call(1, 0), "0 0")
            .call(call(1, 1), REPLAYED)
            .call(call(2, 1), "0 0")
            .call(call(2, 2), REPLAYED)
            .record(),
        scene("a-refused-scope-is-not-counted", &[numbered(1, 1, 900)], "usage 8")
            .call(format!("1 known:{NOW} door:open"), SCOPE_NOT_GRANTED)
            .call(call(1, 0), "0 0")
            .record(),
    ]
}

/// Entries are kept until expiry plus 30 seconds of skew.
fn full() -> Vec<Record> {
    let tokens = [numbered(1, 5, 100), numbered(2, 5, 100), numbered(3, 5, 900)];
    vec![
        scene("full-refuses-and-evicts-nobody", &tokens, "usage 2")
            .call(call(1, 0), "0 4")
            .call(call(2, 0), "0 4")
            .call(call(3, 0), LEDGER_FULL)
            .call(call(1, 0), "0 3")
            .call(call(2, 0), "0 3")
            .call(call(3, 129), LEDGER_FULL)
            .call(call(3, 130), "0 4")
            .record(),
        scene("forgotten-only-when-expired-for-certain", &tokens, "usage 2")
            .policy("time-policy", "allow-unknown")
            .call(call(1, 0), "0 4")
            .call(call(2, 0), "0 4")
            .call("3 unknown read:arxiv", LEDGER_FULL)
            .call(format!("3 at-least:{} read:arxiv", NOW + 129), LEDGER_FULL)
            .call(format!("3 at-least:{} read:arxiv", NOW + 130), "0 4")
            .record(),
    ]
}

fn clock_going_back() -> Vec<Record> {
    let tokens = [numbered(1, 1, 100), numbered(2, 1, 900), numbered(3, 1, 200)];
    vec![
        scene("forgotten-uses-are-not-given-twice", &tokens, "usage 2")
            .call(call(1, 0), "0 0")
            .call(call(2, 130), "0 0")
            .call(call(1, 0), USAGE_FORGOTTEN)
            .call(call(3, 0), "0 0")
            .call(call(2, 0), BUDGET_EXHAUSTED)
            .record(),
        scene("forgotten-beats-exhausted", &[numbered(1, 1, 100), numbered(2, 1, 50)], "usage 8")
            .call(call(2, 0), "0 0")
            .call(call(1, 0), "0 0")
            .call(call(1, 85), BUDGET_EXHAUSTED)
            .call(call(2, 0), USAGE_FORGOTTEN)
            .record(),
        scene("two-tokens-with-one-id", &[numbered(7, 1, 100), numbered(7, 3, 900), numbered(8, 1, 900)], "usage 8")
            .call(call(1, 0), "0 0")
            .call(call(2, 0), "0 1")
            .call(call(2, 0), "0 0")
            .call(call(2, 0), BUDGET_EXHAUSTED)
            .call(call(3, 130), "0 0")
            .call(call(2, 130), BUDGET_EXHAUSTED)
            .record(),
    ]
}

/// A ledger that was empty at some time refuses tokens that could have been used before: the skew
/// is 30 seconds.
fn starts() -> Vec<Record> {
    let issued = |token_id, after: i64| {
        RawToken { token_id, issued_at: NOW + after, expires_at: NOW + 900, ..token() }.sign(&agent())
    };
    let tokens = [issued(1, 0), issued(2, 30), issued(3, 31)];
    let mut records = Vec::new();
    for ledger in ["usage 8", "filter 2000"] {
        let kind = ledger.split(' ').next().expect("a kind");
        let left = if kind == "usage" { "0 99" } else { "0 0" };
        let counting = if kind == "usage" { "budget" } else { "single-use" };
        let scene = |name: &str| scene(&format!("{kind}-{name}"), &tokens, ledger).policy("counting", counting);
        records.push(
            scene("empty-at-a-time")
                .policy("since", NOW)
                .call(call(1, 40), ISSUED_BEFORE_START)
                .call(call(2, 40), ISSUED_BEFORE_START)
                .call(call(3, 40), left)
                .record(),
        );
        records.push(
            scene("empty-at-a-time-requires-a-known-clock")
                .policy("since", NOW)
                .policy("time-policy", "allow-unknown")
                .call(format!("3 at-least:{} read:arxiv", NOW + 40), TIME_UNCERTAIN)
                .call("3 unknown read:arxiv", TIME_UNCERTAIN)
                .call(call(3, 40), left)
                .record(),
        );
        records.push(
            scene("reset-counts-from-the-first-known-time")
                .policy("since", "reset")
                .policy("time-policy", "allow-lower-bound")
                .call(format!("1 at-least:{NOW} read:arxiv"), left)
                .call(call(2, 0), ISSUED_BEFORE_START)
                .call(call(2, 40), ISSUED_BEFORE_START)
                .call(call(3, 40), left)
                .call(format!("3 at-least:{} read:arxiv", NOW + 40), TIME_UNCERTAIN)
                .record(),
        );
    }
    records
}

fn filters() -> Vec<Record> {
    let tokens =
        [numbered(1, 1, 100), numbered(2, 2, 100), numbered(3, 0, 100), numbered(4, 1, 940), numbered(5, 1, 941)];
    let late = RawToken { issued_at: NOW + 2_000, expires_at: NOW + 2_100, token_id: 6, max_calls: 1, ..token() }
        .sign(&agent());
    vec![
        scene("filter-for-single-use", &tokens, "filter 970")
            .policy("counting", "single-use")
            .call(call(1, 0), "0 0")
            .call(call(1, 99), REPLAYED)
            .call(call(2, 0), "0 0")
            .call(call(2, 0), REPLAYED)
            .call(call(3, 0), "0 0")
            .call(call(3, 0), REPLAYED)
            .record(),
        scene("filter-cannot-count-budgets", &tokens, "filter 970")
            .call(call(1, 0), "0 0")
            .call(call(1, 0), REPLAYED)
            .call(call(2, 0), CANNOT_COUNT)
            .record(),
        scene("filter-refuses-the-second-use-of-an-unlimited-token", &tokens, "filter 970")
            .call(call(3, 0), "0 0")
            .call(call(3, 0), REPLAYED)
            .record(),
        scene("filter-window", &tokens, "filter 970")
            .policy("counting", "single-use")
            .call(call(4, 0), "0 0")
            .call(call(5, 0), WINDOW_EXCEEDED)
            .call(call(5, 1), "0 0")
            .record(),
        scene("filter-forgets-only-what-has-expired", &[tokens[0].clone(), late], "filter 970")
            .policy("counting", "single-use")
            .call(call(1, 0), "0 0")
            .call(call(2, 2_000), "0 0")
            .call(call(1, 0), USAGE_FORGOTTEN)
            .call(call(2, 2_000), REPLAYED)
            .record(),
        scene("filter-without-a-time", &tokens, "filter 970")
            .policy("counting", "single-use")
            .policy("time-policy", "allow-unknown")
            .call(format!("1 at-least:{NOW} read:arxiv"), "0 0")
            .call(format!("1 at-least:{NOW} read:arxiv"), REPLAYED)
            .record(),
        scene("filter-with-a-time-that-lags", &[numbered(1, 1, 970)], "filter 970")
            .policy("counting", "single-use")
            .policy("max-lifetime", 2_000)
            .call(call(1, 29), WINDOW_EXCEEDED)
            .call(call(1, 30), "0 0")
            .call(call(1, 29), WINDOW_EXCEEDED)
            .record(),
    ]
}
