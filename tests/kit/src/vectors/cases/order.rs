use super::super::format::Record;
use super::code::*;
use super::{NOW, example, present};
use crate::raw::{RawToken, example_key};

/// A fault that can be put into a token, and the code it is answered with when it is the only one.
struct Fault {
    name: &'static str,
    code: u8,
    /// Faults that share a letter exclude each other.
    excludes: &'static str,
    break_it: fn(&mut RawToken),
}

/// In the order of the checks.
const FAULTS: [Fault; 13] = [
    Fault { name: "magic", code: BAD_MAGIC, excludes: "", break_it: |raw| raw.magic = [0, 0] },
    Fault { name: "version", code: UNSUPPORTED_VERSION, excludes: "", break_it: |raw| raw.version = 2 },
    Fault { name: "flags", code: RESERVED_FLAGS, excludes: "", break_it: |raw| raw.flags = 1 },
    Fault { name: "truncated", code: TRUNCATED, excludes: "l", break_it: |raw| raw.scope_count = Some(9) },
    Fault { name: "trailing", code: TRAILING_BYTES, excludes: "l", break_it: |raw| raw.trailing = vec![0] },
    Fault {
        name: "empty-lifetime",
        code: EMPTY_LIFETIME,
        excludes: "t",
        break_it: |raw| raw.expires_at = raw.issued_at,
    },
    Fault { name: "issuer", code: UNTRUSTED_ISSUER, excludes: "", break_it: |raw| raw.issuer[0] ^= 1 },
    Fault { name: "name", code: INVALID_NAME, excludes: "", break_it: |raw| raw.name = b"\xff".to_vec() },
    Fault { name: "project", code: INVALID_PROJECT, excludes: "", break_it: |raw| raw.project = vec![0] },
    Fault { name: "scope", code: INVALID_SCOPE, excludes: "", break_it: |raw| raw.scopes[1] = b"a:".to_vec() },
    Fault {
        name: "long-lifetime",
        code: LIFETIME_TOO_LONG,
        excludes: "",
        // Towards the side that keeps an expired token expired and a future one in the future.
        break_it: |raw| if raw.issued_at > NOW { raw.expires_at += 86_400 } else { raw.issued_at -= 86_400 },
    },
    Fault { name: "expired", code: EXPIRED, excludes: "te", break_it: |raw| raw.expires_at = NOW },
    Fault {
        name: "future",
        code: NOT_YET_VALID,
        excludes: "e",
        break_it: |raw| (raw.issued_at, raw.expires_at) = (NOW + 31, NOW + 800),
    },
];

pub(super) fn records() -> Vec<Record> {
    let mut records = Vec::new();
    for (index, first) in FAULTS.iter().enumerate() {
        records.push(faulty(first.name, &[first], false, first.code));
        records.push(faulty(format!("{}-and-signature", first.name), &[first], true, first.code));
        let too_long = faulty(format!("too-long-and-{}", first.name), &[first], true, TOO_LONG);
        records.push(too_long.with("max-token-len", 133));
        for second in &FAULTS[index + 1..] {
            let together = !second.excludes.chars().any(|c| first.excludes.contains(c));
            if together {
                let name = format!("{}-and-{}", first.name, second.name);
                records.push(faulty(name, &[first, second], true, first.code));
            }
        }
    }
    records.push(faulty("signature", &[], true, BAD_SIGNATURE));
    records.push(short_and_wrong());
    records
}

/// The example with these faults, the later ones put in first so that the earlier ones find what
/// they expect.
fn faulty(name: impl Into<String>, faults: &[&Fault], bad_signature: bool, code: u8) -> Record {
    let mut raw = RawToken { issued_at: NOW - 10, ..example() };
    for fault in faults.iter().rev() {
        (fault.break_it)(&mut raw);
    }
    let mut token = raw.sign(&example_key());
    if bad_signature {
        *token.last_mut().expect("tokens are not empty") ^= 1;
    }
    present(name, &token, &[example().issuer], NOW).expect("code", code)
}

fn short_and_wrong() -> Record {
    present("short-and-magic", &[0; 132], &[example().issuer], NOW).expect("code", TOO_SHORT)
}
