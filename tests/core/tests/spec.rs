//! The tables and numbers of `SPEC.md` are those of the crate.

use std::fs;
use std::path::PathBuf;

use agentid_nostd::{
    DEFAULT_CLOCK_SKEW_SECONDS, DEFAULT_MAX_LIFETIME_SECONDS, DEFAULT_MAX_TOKEN_LEN, DEFAULT_TTL_SECONDS, Error,
    MAX_TEXT_LEN, MAX_TOKEN_LEN, MAX_TTL_SECONDS, MIN_TOKEN_LEN,
};

fn document(name: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(name)).expect(name)
}

/// Two neighbouring cells of a table such as ``| 3 | `bad-magic` |``, as (code, name).
fn codes(text: &str) -> Vec<(u8, String)> {
    let mut codes = Vec::new();
    for line in text.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        for pair in cells.windows(2) {
            let name = pair[1].strip_prefix('`').and_then(|name| name.strip_suffix('`'));
            if let (Ok(code), Some(name)) = (pair[0].parse(), name) {
                codes.push((code, name.to_owned()));
            }
        }
    }
    codes.sort();
    codes
}

#[test]
fn the_specification_lists_every_code_once() {
    let ours: Vec<_> = Error::ALL.iter().map(|error| (error.code(), error.name().to_owned())).collect();
    assert_eq!(codes(&document("SPEC.md")), ours);
}

/// A retired code never means anything else.
#[test]
fn retired_codes_stay_retired() {
    assert!(document("SPEC.md").contains("\nCodes 21 and 22 are retired: "));
    assert!(Error::ALL.iter().all(|error| ![21, 22].contains(&error.code())));
}

/// Rows such as `| forbidden | 403 | 32, 33 |`.
#[test]
fn the_specification_gives_every_code_the_class_it_has() {
    let spec = document("SPEC.md");
    let mut listed = std::collections::BTreeMap::new();
    for line in spec.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, _, status, ranges, _] = cells[..] else { continue };
        let Ok(status) = status.parse::<u16>() else { continue };
        for range in ranges.split(", ") {
            let (first, last) = range.split_once(" to ").unwrap_or((range, range));
            let (Ok(first), Ok(last)) = (first.parse::<u8>(), last.parse::<u8>()) else { continue };
            for code in first..=last {
                assert_eq!(listed.insert(code, status), None, "code {code} twice");
            }
        }
    }
    for error in Error::ALL {
        assert_eq!(listed.remove(&error.code()), Some(error.class().http_status()), "{error:?}");
    }
    assert!(listed.is_empty(), "codes that nothing answers: {listed:?}");
}

/// The codes that HTTP adapters hide stand in section 7: "for the codes 8 to 10, 12, ...".
#[test]
fn the_specification_names_the_codes_that_callers_are_not_told() {
    let spec = document("SPEC.md").replace('\n', " ");
    let (_, behind) = spec.split_once("one sentence for the codes ").expect("section 7");
    let (listed, _) = behind.split_once(", and log").expect("section 7");
    let mut hidden = Vec::new();
    for range in listed.split(',').flat_map(|part| part.split(" and ")).map(str::trim) {
        let (first, last) = range.split_once(" to ").unwrap_or((range, range));
        hidden.extend(first.parse::<u8>().expect("a code")..=last.parse().expect("a code"));
    }
    for error in Error::ALL {
        assert_eq!(error.is_disclosable(), !hidden.contains(&error.code()), "{error:?}");
        assert!(error.is_disclosable() || error.class().http_status() == 401, "{error:?}");
    }
    assert_eq!(hidden, [8, 9, 10, 12, 13, 16, 26, 27, 28, 29, 30]);
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
        ("| longest token | bytes | ", DEFAULT_MAX_TOKEN_LEN as u64),
        ("133 bytes, the longest ", MAX_TOKEN_LEN as u64),
        ("| longest lifetime | seconds | ", DEFAULT_MAX_LIFETIME_SECONDS),
        ("| clock skew | seconds, at most 2³² − 1 | ", u64::from(DEFAULT_CLOCK_SKEW_SECONDS)),
        ("The shortest well-formed token has ", MIN_TOKEN_LEN as u64),
        ("1. A text of more than ", MAX_TEXT_LEN as u64),
        ("a lifetime in seconds (default ", DEFAULT_TTL_SECONDS),
        ("lifetime above ", MAX_TTL_SECONDS),
    ] {
        let at = spec.find(what).unwrap_or_else(|| panic!("{what}")) + what.len();
        let digits: String =
            spec[at..].chars().take_while(|c| c.is_ascii_digit() || *c == ',').filter(char::is_ascii_digit).collect();
        assert_eq!(digits.parse(), Ok(value), "{what}");
    }
}
