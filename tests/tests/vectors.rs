//! Every vector on disk is answered as it says, and the files are what the generator writes.

use std::collections::{BTreeMap, BTreeSet};

use agentid_nostd::{Backend, Compact, Dalek, Edge, Error};
use agentid_tests::vectors::{Record, on_disk, parse, rendered, run_with};

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
fn every_vector_is_answered_as_expected_by_our_own_curve_code() {
    answered_as_expected_with(Edge);
}

#[test]
#[cfg_attr(miri, ignore = "of that library's code, not of the core's")]
fn every_vector_is_answered_as_expected_by_dalek() {
    answered_as_expected_with(Dalek);
}

fn is_gate(record: &Record) -> bool {
    record.input("op") == Some("gate")
}

fn answered_as_expected_with(backend: impl Backend) {
    let mut records = all_records();
    if cfg!(miri) {
        // A signature check takes it many seconds, of which a gate has several; what needs much memory is left out.
        let (mut gates, mut others): (Vec<_>, Vec<_>) = records
            .into_iter()
            .filter(|(name, _)| !name.starts_with("long"))
            .partition(|(_, record)| is_gate(record));
        gates.truncate(1);
        others = others.into_iter().step_by(360).collect();
        records = [gates, others].concat();
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

/// No input makes the entropy source fail; everything else has at least one vector.
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
    assert_eq!(missing, [&Error::EntropyUnavailable]);
    assert!(codes.contains(&0));
}
