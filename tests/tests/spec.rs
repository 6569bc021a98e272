//! What `SPEC.md` and the README state about this crate is what the crate does.

use std::fs;
use std::path::PathBuf;

use agentid_nostd::{
    DEFAULT_CLOCK_SKEW_SECONDS, DEFAULT_MAX_LIFETIME_SECONDS, Error, MAX_TEXT_LEN, MAX_TOKEN_LEN, MIN_TOKEN_LEN,
};

fn document(name: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    fs::read_to_string(root.join(name)).expect(name)
}

/// Rows such as ``| 3 | `bad-magic` | ... |``, as (code, name).
fn codes(text: &str) -> Vec<(u8, String)> {
    let row = |line: &str| {
        let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
        let code = cells.next()?.parse().ok()?;
        let name = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
        Some((code, name.to_owned()))
    };
    text.lines().filter_map(row).collect()
}

#[test]
fn the_specification_lists_every_code_once_and_in_order() {
    let ours: Vec<_> = Error::ALL.iter().map(|error| (error.code(), error.name().to_owned())).collect();
    assert_eq!(codes(&document("SPEC.md")), ours);
}

#[test]
fn codes_are_unique_and_sentences_are_sentences() {
    for (index, error) in Error::ALL.iter().enumerate() {
        assert!(Error::ALL[..index].iter().all(|other| other.code() != error.code() && other.name() != error.name()));
        assert!(error.to_string().len() > 20, "{error}");
    }
}

#[test]
fn numbers_in_the_specification_are_those_of_the_code() {
    let spec = document("SPEC.md");
    for (what, value) in [
        ("| longest token | bytes | ", MAX_TOKEN_LEN as u64),
        ("| longest lifetime | seconds | ", DEFAULT_MAX_LIFETIME_SECONDS),
        ("| clock skew | seconds, at most 2³² − 1 | ", u64::from(DEFAULT_CLOCK_SKEW_SECONDS)),
        ("The shortest well-formed token has ", MIN_TOKEN_LEN as u64),
        ("1. A text of more than ", MAX_TEXT_LEN as u64),
    ] {
        let at = spec.find(what).unwrap_or_else(|| panic!("{what}")) + what.len();
        let digits: String =
            spec[at..].chars().take_while(|c| c.is_ascii_digit() || *c == ',').filter(char::is_ascii_digit).collect();
        assert_eq!(digits.parse(), Ok(value), "{what}");
    }
}
