//! Every vector on disk is answered as it says, and the files are what the generator writes.

use std::collections::{BTreeMap, BTreeSet};

use agentid_nostd::{
    Backend, Builtin, CacheSlot, Compact, Dalek, Error, HashKey, Precomputed, PrecomputedKey, PrecomputedTable,
    PublicKey, VerifiedCache,
};
use agentid_test_kit::vectors::{Record, on_disk, parse, rendered, run_with};

fn all_records() -> Vec<(String, Record)> {
    let mut records = Vec::new();
    for (file, text) in on_disk() {
        assert!(text.is_ascii(), "{file}");
        let parsed = parse(&text).unwrap_or_else(|error| panic!("{file}: line {}", error.line));
        records.extend(parsed.into_iter().map(|record| (format!("{file}: {}", record.name), record)));
    }
    records
}

#[test]
fn every_vector_is_answered_as_expected() {
    answered_as_expected_with(Compact);
}

#[test]
#[cfg_attr(miri, ignore = "minutes there; the tests of the core go through all of its curve code")]
fn every_vector_is_answered_as_expected_by_our_own_curve_code() {
    answered_as_expected_with(Builtin);
}

#[test]
#[cfg_attr(miri, ignore = "of that library's code, not of the core's")]
fn every_vector_is_answered_as_expected_by_dalek() {
    answered_as_expected_with(Dalek);
}

/// Every key that a vector names, which is nearly every issuer and authority, is known in advance.
#[test]
#[cfg_attr(miri, ignore = "minutes there; the tests of the core use multiples as well")]
fn every_vector_is_answered_as_expected_by_multiples_of_the_keys() {
    let records = all_records();
    let words = records.iter().flat_map(|(_, record)| &record.inputs).flat_map(|(_, value)| value.split(' '));
    let keys: BTreeSet<[u8; 32]> = words.filter_map(|word| hex::decode(word).ok()?.try_into().ok()).collect();
    let keys: Vec<PublicKey> = keys.iter().filter_map(|key| PublicKey::from_bytes(key).ok()).collect();
    let tables: Vec<PrecomputedTable> = keys.iter().map(|key| PrecomputedTable::new(key).expect("a key")).collect();
    let precomputed =
        keys.iter().zip(&tables).map(|(key, table)| PrecomputedKey::new(key, table).expect("its table"));
    let precomputed: Vec<PrecomputedKey<'_>> = precomputed.collect();
    assert!(precomputed.len() > 10, "only {} keys were found", precomputed.len());
    answered_as_expected_with(Precomputed::new(&precomputed));
}

/// Each twice by one cache: the second time its signatures are remembered, and nothing else is.
#[test]
#[cfg_attr(miri, ignore = "minutes there; the cache has tests of its own")]
fn every_vector_is_answered_as_expected_by_a_cache() {
    let cache = VerifiedCache::new(Builtin, HashKey::new([3; 16]), [CacheSlot::<512>::EMPTY; 32]);
    for (name, record) in all_records() {
        for _ in 0..2 {
            assert_eq!(run_with(&cache, &record), record.outputs, "{name}");
        }
    }
}

/// For Miri, which takes many seconds for a signature: one gate that admits one call, and a few
/// others; what needs much memory is left out.
fn sample(records: Vec<(String, Record)>) -> Vec<(String, Record)> {
    let (gates, others): (Vec<_>, Vec<_>) = records.into_iter().partition(|(_, record)| is_gate(record));
    let one = gates.into_iter().find(|(name, _)| name == "gate.txt: admitted");
    let others = others.into_iter().filter(|(name, _)| !name.starts_with("long")).step_by(360);
    one.into_iter().chain(others).collect()
}

fn is_gate(record: &Record) -> bool {
    record.input("op") == Some("gate")
}

fn answered_as_expected_with(backend: impl Backend + Copy) {
    let mut records = all_records();
    if cfg!(miri) {
        records = sample(records);
    }
    let mut failures = Vec::new();
    for (name, record) in &records {
        let answer = run_with(backend, record);
        if answer != record.outputs {
            failures.push(format!("{name}\n  expected {:?}\n  answered {answer:?}", record.outputs));
        }
    }
    assert!(failures.is_empty(), "{} of {} vectors:\n{}", failures.len(), records.len(), failures.join("\n"));
    assert!(records.len() > if cfg!(miri) { 2 } else { 300 }, "only {} vectors were found", records.len());
}

#[test]
#[cfg_attr(miri, ignore = "of files, not of the core")]
fn vectors_on_disk_are_what_the_generator_writes() {
    let expected: BTreeMap<String, String> = rendered().into_iter().collect();
    let found = on_disk();
    let names: BTreeSet<_> = expected.keys().chain(found.keys()).collect();
    let stale: Vec<_> = names.into_iter().filter(|name| expected.get(*name) != found.get(*name)).collect();
    assert!(stale.is_empty(), "run `cargo xtask vectors`: {stale:?}");
}

#[test]
#[cfg_attr(miri, ignore = "of files, not of the core")]
fn names_are_unique() {
    let mut seen = BTreeSet::new();
    for (name, _) in all_records() {
        assert!(seen.insert(name.clone()), "{name} twice");
    }
}

/// No input makes the entropy source or a signer fail; everything else has at least one vector.
#[test]
#[cfg_attr(miri, ignore = "of files, not of the core")]
fn every_code_has_a_vector() {
    let mut codes = BTreeSet::new();
    for (_, record) in all_records() {
        // A call's answer is a code, or `0` and the calls left.
        for (key, value) in &record.outputs {
            if key == "code" || key == "call" {
                let code = value.split(' ').next().unwrap_or_default();
                codes.insert(code.parse::<u8>().expect("a code"));
            }
        }
    }
    let missing: Vec<_> = Error::ALL.iter().filter(|error| !codes.contains(&error.code())).collect();
    assert_eq!(missing, [&Error::EntropyUnavailable, &Error::SigningFailed]);
    assert!(codes.contains(&0));
}
