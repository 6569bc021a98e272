use sha2::{Digest, Sha256};

use super::super::format::{Record, escape};
use super::NOW;
use super::code::*;
use crate::raw::{derived_key, example_key};
use crate::raw_bundle::{RawBundle, RawIssuer, authority_key, next_authority_key};

/// Three issuers, two revoked ones and three revoked tokens.
pub(super) fn three_issuers() -> RawBundle {
    let key = |name| derived_key(name, "lab", Some(b"seed")).verifying_key().to_bytes();
    let limited = RawIssuer {
        ceiling: vec![b"read:*".to_vec(), b"write:notes".to_vec()],
        max_lifetime: 900,
        not_before: NOW,
        not_after: NOW + 3_600,
        ..RawIssuer::new(key("limited"), "limited", "lab")
    };
    RawBundle {
        issuers: vec![RawIssuer::new(key("one"), "one", "lab"), RawIssuer::new(key("two"), "two", "lab"), limited],
        revoked_issuers: vec![key("gone"), key("also-gone")],
        revoked_tokens: vec![(key("one"), 7), (key("one"), 6), (key("two"), 7)],
        ..RawBundle::new(NOW)
    }
    .sorted()
}

fn open(name: impl Into<String>, bundle: &[u8]) -> Record {
    Record::new(name, "bundle")
        .with("bundle", hex::encode(bundle))
        .with("authority", hex::encode(authority_key().verifying_key().as_bytes()))
        .with("clock", format!("known:{NOW}"))
}

fn opened(record: Record, raw: &RawBundle) -> Record {
    let next = if raw.next_authority == [0; 32] { "none".into() } else { hex::encode(raw.next_authority) };
    let record = record
        .expect("code", OK)
        .expect("epoch", raw.epoch)
        .expect("digest", hex::encode(digest(raw)))
        .expect("issued-at", raw.issued_at)
        .expect("not-after", raw.not_after)
        .expect("issuers", raw.issuers.len())
        .expect("revocations", raw.revoked_issuers.len() + raw.revoked_tokens.len())
        .expect("next-authority", next);
    let rules = |issuer: &RawIssuer| format!("{:02x} {} {}", issuer.rules, issuer.quota.0, issuer.quota.1);
    raw.issuers.iter().fold(record, |record, issuer| record.expect("rules", rules(issuer)))
}

/// SHA-256 over the whole bundle.
fn digest(raw: &RawBundle) -> [u8; 32] {
    Sha256::digest(raw.sign_as_authority()).into()
}

/// Opens at another clock.
fn open_at(name: &str, raw: &RawBundle, clock: &str) -> Record {
    Record::new(name, "bundle")
        .with("bundle", hex::encode(raw.sign_as_authority()))
        .with("authority", hex::encode(authority_key().verifying_key().as_bytes()))
        .with("clock", clock)
}

/// Opens a bundle after another one was seen.
fn open_after(name: &str, raw: &RawBundle, seen: &RawBundle) -> Record {
    let newest = format!("{} {}", seen.epoch, hex::encode(digest(seen)));
    open_at(name, raw, &format!("known:{NOW}")).with("newest", newest)
}

pub(super) fn opening() -> Vec<Record> {
    let raw = three_issuers();
    let empty = RawBundle::new(NOW);
    let mut records = vec![
        opened(open("three-issuers", &raw.sign_as_authority()), &raw),
        opened(open("nobody", &empty.sign_as_authority()), &empty),
    ];
    records.extend(rules());
    records.extend(next_authorities());
    records.extend(malformed());
    records.extend(signed_wrongly());
    records.extend(age());
    records
}

/// Every rule and the ends of every quota.
fn rules() -> Vec<Record> {
    let of = |rules: [u8; 3], quotas: [(u32, u32); 3]| {
        let mut raw = three_issuers();
        for ((issuer, rules), quota) in raw.issuers.iter_mut().zip(rules).zip(quotas) {
            (issuer.rules, issuer.quota) = (rules, quota);
        }
        raw
    };
    let none = [(0, 0); 3];
    [
        ("rules-of-the-lowest-bits", of([0b001, 0b010, 0b011], none)),
        ("rules-of-every-binding", of([0b100, 0b101, 0b111], none)),
        ("depths", of([1 << 3, 3 << 3, 4 << 3], none)),
        ("all-rules-at-once", of([0b0010_0111; 3], none)),
        ("quotas", of([0; 3], [(1, 1), (1, 86_400), (u32::MAX, 86_400)])),
    ]
    .map(|(name, raw)| opened(open(name, &raw.sign_as_authority()), &raw))
    .into()
}

fn next_authorities() -> Vec<Record> {
    let [own, next, other] =
        [authority_key(), next_authority_key(), derived_key("other", "authority", Some(b"seed"))]
            .map(|key| key.verifying_key().to_bytes());
    let naming = |next_authority| RawBundle { epoch: 5, next_authority, ..three_issuers() };
    let known = |seconds: i64| format!("known:{}", NOW + seconds);
    let stored =
        |name: &str, raw: &RawBundle| open_at(name, raw, &known(0)).with("next-authority", hex::encode(next));
    let (good, none, bad) = (naming(next), naming([0; 32]), naming(other));
    let seen = |record: Record, seen: &RawBundle| {
        record.with("newest", format!("{} {}", seen.epoch, hex::encode(digest(seen))))
    };
    let lower = RawBundle { epoch: 4, ..bad.clone() };
    let by_next = RawBundle { authority: next, ..none.clone() };
    vec![
        opened(open("next-authority-for-the-first-time", &good.sign_as_authority()), &good),
        opened(stored("next-authority-again", &good), &good),
        opened(open("next-authority-that-is-no-key", &naming([0xff; 32]).sign_as_authority()), &naming([0xff; 32])),
        stored("next-authority-changed", &bad).expect("code", MALFORMED_BUNDLE),
        stored("next-authority-taken-back", &none).expect("code", MALFORMED_BUNDLE),
        open("next-authority-is-the-authority", &naming(own).sign_as_authority()).expect("code", MALFORMED_BUNDLE),
        stored("next-authority-changed-to-the-authority", &naming(own)).expect("code", MALFORMED_BUNDLE),
        stored("signature-before-next-authority", &bad.clone())
            .with_changed("bundle", hex::encode(bad.sign(&next_authority_key())))
            .expect("code", BAD_BUNDLE_SIGNATURE),
        seen(stored("rollback-before-next-authority", &lower), &good).expect("code", BUNDLE_ROLLBACK),
        open_at("next-authority-before-dated-ahead", &bad, &known(-31))
            .with("next-authority", hex::encode(next))
            .expect("code", MALFORMED_BUNDLE),
        open_at("next-authority-before-expiry", &bad, &known(86_401))
            .with("next-authority", hex::encode(next))
            .expect("code", MALFORMED_BUNDLE),
        stored("of-the-next-authority-without-a-hand-over", &by_next)
            .with_changed("bundle", hex::encode(by_next.sign(&next_authority_key())))
            .expect("code", WRONG_AUTHORITY),
    ]
}

fn malformed() -> Vec<Record> {
    let change = |change: fn(&mut RawBundle)| {
        let mut raw = three_issuers();
        change(&mut raw);
        raw.sign_as_authority()
    };
    type Break = fn(&mut RawBundle);
    let cases: Vec<(&str, Break)> = vec![
        ("magic-of-a-token", |raw| raw.start[1] = 0x1d),
        ("version-2", |raw| raw.start[2] = 2),
        ("flags", |raw| raw.start[3] = 1),
        ("issuers-not-sorted", |raw| raw.issuers.swap(0, 1)),
        ("issuer-twice", |raw| raw.issuers[1].key = raw.issuers[0].key),
        ("revoked-issuers-not-sorted", |raw| raw.revoked_issuers.swap(0, 1)),
        ("revoked-issuer-twice", |raw| raw.revoked_issuers[1] = raw.revoked_issuers[0]),
        ("revoked-tokens-not-sorted", |raw| raw.revoked_tokens.swap(1, 2)),
        ("revoked-token-twice", |raw| raw.revoked_tokens[1] = raw.revoked_tokens[0]),
        ("offset-into-a-record", |raw| raw.offset_error = 1),
        ("offset-beyond-the-records", |raw| raw.offset_error = 10_000),
        ("trailing-byte", |raw| raw.trailing = vec![0]),
        ("not-after-before-issued-at", |raw| raw.not_after = raw.issued_at - 1),
        ("name-empty", |raw| raw.issuers[0].name.clear()),
        ("name-with-nul", |raw| raw.issuers[1].name = b"a\0".to_vec()),
        ("project-not-utf-8", |raw| raw.issuers[2].project = vec![0xff]),
        ("ceiling-with-empty-segment", |raw| raw.issuers[0].ceiling = vec![b"read::x".to_vec()]),
        ("rules-with-bit-6", |raw| raw.issuers[0].rules = 0x40),
        ("rules-with-bit-7", |raw| raw.issuers[1].rules = 0x80),
        ("depth-5", |raw| raw.issuers[2].rules = 5 << 3),
        ("depth-7", |raw| raw.issuers[2].rules = 7 << 3),
        ("quota-without-seconds", |raw| raw.issuers[0].quota = (1, 0)),
        ("quota-without-calls", |raw| raw.issuers[1].quota = (0, 1)),
        ("quota-of-a-day-and-a-second", |raw| raw.issuers[2].quota = (1, 86_401)),
    ];
    let mut records: Vec<Record> =
        cases.into_iter().map(|(name, by)| open(name, &change(by)).expect("code", MALFORMED_BUNDLE)).collect();
    records.push(open("no-bytes", &[]).expect("code", MALFORMED_BUNDLE));
    records.push(
        open("a-token", &crate::raw::RawToken::example(NOW).sign_as_example()).expect("code", MALFORMED_BUNDLE),
    );
    // The counts stand at 92, 96, 100 and 104.
    for (name, at) in [("issuers", 92), ("record-bytes", 96), ("revoked-issuers", 100), ("revoked-tokens", 104)] {
        for (how, value) in [("one-more", None), ("all-ones", Some(u32::MAX))] {
            let mut signed = three_issuers().signed_bytes();
            let count = u32::from_be_bytes(signed[at..at + 4].try_into().expect("four bytes"));
            signed[at..at + 4].copy_from_slice(&value.unwrap_or(count + 1).to_be_bytes());
            let signature = ed25519_dalek::Signer::sign(&authority_key(), &signed).to_bytes();
            signed.extend(signature);
            records.push(open(format!("{name}-{how}"), &signed).expect("code", MALFORMED_BUNDLE));
        }
    }
    records
}

fn signed_wrongly() -> Vec<Record> {
    let raw = three_issuers();
    let other = derived_key("other", "authority", None);
    let by_other = RawBundle { authority: other.verifying_key().to_bytes(), ..three_issuers() };
    let mut flipped = raw.sign_as_authority();
    *flipped.last_mut().expect("not empty") ^= 1;
    let mut changed = raw.sign_as_authority();
    changed[11] ^= 1; // the epoch
    vec![
        open("another-authority", &by_other.sign(&other)).expect("code", WRONG_AUTHORITY),
        open("signed-by-another-key", &raw.sign(&other)).expect("code", BAD_BUNDLE_SIGNATURE),
        open("signature-flipped", &flipped).expect("code", BAD_BUNDLE_SIGNATURE),
        open("epoch-changed", &changed).expect("code", BAD_BUNDLE_SIGNATURE),
    ]
}

fn age() -> Vec<Record> {
    let raw = three_issuers();
    let forever = RawBundle { not_after: i64::MAX, ..three_issuers() };
    let brief = RawBundle { not_after: NOW, ..three_issuers() };
    let first = RawBundle { issued_at: i64::MIN, ..three_issuers() };
    let last = raw.not_after;
    let mut records = vec![
        opened(open_at("last-second", &raw, &format!("known:{last}")), &raw),
        open_at("one-second-late", &raw, &format!("known:{}", last + 1)).expect("code", BUNDLE_EXPIRED),
        opened(open_at("at-least-the-last-second", &raw, &format!("at-least:{last}")), &raw),
        open_at("at-least-one-second-late", &raw, &format!("at-least:{}", last + 1)).expect("code", BUNDLE_EXPIRED),
        opened(open_at("unknown-clock", &raw, "unknown"), &raw),
        opened(open_at("one-second-of-trust", &brief, &format!("known:{NOW}")), &brief),
        opened(open_at("never-expires", &forever, &format!("known:{}", i64::MAX)), &forever),
        opened(open_at("issued-at-the-smallest-time", &first, &format!("known:{}", i64::MIN)), &first),
    ];
    records.extend(versions());
    records.extend(dated_ahead());
    records
}

/// Bundles that may and may not open after another was seen.
fn versions() -> Vec<Record> {
    let seen = RawBundle { epoch: 5, ..three_issuers() };
    let higher = RawBundle { epoch: 6, ..three_issuers() };
    let lower = RawBundle { epoch: 4, ..three_issuers() };
    let other = RawBundle { revoked_issuers: vec![], ..seen.clone() };
    let last = RawBundle { epoch: u64::MAX, ..three_issuers() };
    let late = format!("known:{}", seen.not_after + 1);
    let too_old = open_at("rollback-beats-expiry", &lower, &late)
        .with("newest", format!("{} {}", seen.epoch, hex::encode(digest(&seen))));
    vec![
        opened(open_after("higher-epoch", &higher, &seen), &higher),
        opened(open_after("the-same-bundle-again", &seen, &seen), &seen),
        opened(open_after("the-last-epoch", &last, &seen), &last),
        open_after("lower-epoch", &lower, &seen).expect("code", BUNDLE_ROLLBACK),
        open_after("another-bundle-of-the-same-epoch", &other, &seen).expect("code", BUNDLE_ROLLBACK),
        too_old.expect("code", BUNDLE_ROLLBACK),
    ]
}

/// The skew is 30 seconds unless the vector has another.
fn dated_ahead() -> Vec<Record> {
    let raw = three_issuers();
    let milliseconds = RawBundle { issued_at: NOW * 1000, not_after: (NOW + 86_400) * 1000, ..three_issuers() };
    let other = RawBundle { revoked_issuers: vec![], ..milliseconds.clone() };
    let known = |seconds: i64| format!("known:{}", NOW - seconds);
    let newest = format!("{} {}", raw.epoch, hex::encode(digest(&raw)));
    vec![
        opened(open_at("dated-ahead-by-the-skew", &raw, &known(30)), &raw),
        open_at("dated-ahead-by-more-than-the-skew", &raw, &known(31)).expect("code", BUNDLE_DATED_AHEAD),
        opened(open_at("dated-ahead-by-no-skew", &raw, &known(0)).with("clock-skew", 0), &raw),
        open_at("dated-ahead-by-a-second-without-skew", &raw, &known(1))
            .with("clock-skew", 0)
            .expect("code", BUNDLE_DATED_AHEAD),
        open_at("dated-in-milliseconds", &milliseconds, &known(0)).expect("code", BUNDLE_DATED_AHEAD),
        open_at("dated-ahead-of-the-smallest-time", &raw, &format!("known:{}", i64::MIN))
            .expect("code", BUNDLE_DATED_AHEAD),
        opened(open_at("dated-ahead-of-a-lower-bound", &raw, &format!("at-least:{}", NOW - 31)), &raw),
        open_at("rollback-beats-dated-ahead", &other, &known(0))
            .with("newest", newest)
            .expect("code", BUNDLE_ROLLBACK),
    ]
}

/// `issuer = KEY NAME PROJECT [guessable]`
pub(super) fn tables() -> Vec<Record> {
    let guessable = example_key().verifying_key().to_bytes();
    let seeded = derived_key("research-bot", "phd-lab", Some(b"seed")).verifying_key().to_bytes();
    let issuer = |key: [u8; 32], name: &str, project: &str| {
        format!("{} {} {}", hex::encode(key), escape(name), escape(project))
    };
    let table = |name: &str, issuers: &[String], code: u8| {
        let record = Record::new(name, "table");
        issuers.iter().fold(record, |record, issuer| record.with("issuer", issuer)).expect("code", code)
    };
    let good = issuer(seeded, "research-bot", "phd-lab");
    vec![
        table("nobody", &[], OK),
        table("one-with-a-secret", std::slice::from_ref(&good), OK),
        table("guessable", &[issuer(guessable, "research-bot", "phd-lab")], GUESSABLE_ISSUER),
        table("guessable-and-allowed", &[issuer(guessable, "research-bot", "phd-lab") + " guessable"], OK),
        table("guessable-for-another-name", &[issuer(guessable, "other-bot", "phd-lab")], OK),
        table("same-key-twice", &[good.clone(), issuer(seeded, "another", "phd-lab")], DUPLICATE_ISSUER),
        table("name-empty", &[issuer(seeded, "a\0", "phd-lab")], INVALID_NAME),
        table("project-with-nul", &[issuer(seeded, "bot", "a\0")], INVALID_PROJECT),
        table("small-order-key", &[issuer([0; 32], "bot", "lab")], INVALID_PUBLIC_KEY),
    ]
}
