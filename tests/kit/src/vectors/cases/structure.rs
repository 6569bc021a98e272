use super::super::format::Record;
use super::code::*;
use super::{NOW, accept, accepted, example, present, refuse};
use crate::raw::RawToken;

/// What is put in place of the name, the project or one scope, and whether a name may be that.
const STRINGS: [(&str, &[u8], bool); 12] = [
    ("empty", b"", false),
    ("nul", b"a\0b", false),
    ("nul-alone", b"\0", false),
    ("latin-1", b"caf\xe9", false),
    ("overlong-slash", b"\xc0\xaf", false),
    ("surrogate", b"\xed\xa0\x80", false),
    ("beyond-unicode", b"\xf4\x90\x80\x80", false),
    ("cut-inside-a-character", b"caf\xc3", false),
    ("one-byte", b"x", true),
    ("accented", "café".as_bytes(), true),
    ("four-byte-character", "🤖".as_bytes(), true),
    ("with-space-and-newline", b"a b\n", true),
];

pub(super) fn records() -> Vec<Record> {
    let mut records = vec![accept("readme-example", &example(), NOW, true)];
    records.extend(lengths());
    records.extend(header());
    records.extend(prefixes());
    records.extend(strings());
    records.extend(scopes());
    records
}

fn lengths() -> Vec<Record> {
    let shortest = RawToken { name: b"n".to_vec(), project: b"p".to_vec(), scopes: vec![], ..example() };
    let token = shortest.sign_as_example();
    assert_eq!(token.len(), 133);
    vec![
        refuse("no-bytes", &[], NOW, TOO_SHORT),
        refuse("one-byte", &[0xa9], NOW, TOO_SHORT),
        refuse("one-byte-too-short", &token[..132], NOW, TOO_SHORT),
        accept("shortest-token", &shortest, NOW, false),
    ]
}

fn header() -> Vec<Record> {
    let with = |change: fn(&mut RawToken)| {
        let mut raw = example();
        change(&mut raw);
        raw.sign_as_example()
    };
    vec![
        refuse("magic-first-byte", &with(|raw| raw.magic = [0xa8, 0x1d]), NOW, BAD_MAGIC),
        refuse("magic-second-byte", &with(|raw| raw.magic = [0xa9, 0x1c]), NOW, BAD_MAGIC),
        refuse("magic-swapped", &with(|raw| raw.magic = [0x1d, 0xa9]), NOW, BAD_MAGIC),
        refuse("version-0", &with(|raw| raw.version = 0), NOW, UNSUPPORTED_VERSION),
        refuse("version-2", &with(|raw| raw.version = 2), NOW, UNSUPPORTED_VERSION),
        refuse("version-255", &with(|raw| raw.version = 255), NOW, UNSUPPORTED_VERSION),
        refuse("flags-lowest-bit", &with(|raw| raw.flags = 1), NOW, RESERVED_FLAGS),
        refuse("flags-highest-bit", &with(|raw| raw.flags = 0x80), NOW, RESERVED_FLAGS),
        refuse("expires-when-issued", &with(|raw| raw.expires_at = raw.issued_at), NOW, EMPTY_LIFETIME),
        refuse("expires-before-issued", &with(|raw| raw.expires_at = raw.issued_at - 1), NOW, EMPTY_LIFETIME),
        refuse(
            "expires-at-the-smallest-time",
            &with(|raw| (raw.issued_at, raw.expires_at) = (i64::MAX, i64::MIN)),
            NOW,
            EMPTY_LIFETIME,
        ),
        accept("max-calls-unlimited", &RawToken { max_calls: 0, ..example() }, NOW, true),
        accept("max-calls-largest", &RawToken { max_calls: u32::MAX, ..example() }, NOW, true),
        accept("token-id-zero", &RawToken { token_id: 0, ..example() }, NOW, true),
        accept("token-id-largest", &RawToken { token_id: u64::MAX, ..example() }, NOW, true),
    ]
}

/// Length prefixes and the scope count that say too much or too little.
fn prefixes() -> Vec<Record> {
    // Offsets in the example: name at 64 (12 bytes), project at 77 (7), count at 85, scopes at 86 (10)
    // and 97 (11).
    let mut records = Vec::new();
    let patched = |at: usize, value: u8| {
        let mut signed = example().signed_bytes();
        signed[at] = value;
        let signature = ed25519_dalek::Signer::sign(&crate::raw::example_key(), &signed).to_bytes();
        signed.extend(signature);
        signed
    };
    let cases = [
        ("name-reaches-the-signature", 64, 45, TRUNCATED),
        ("name-reaches-beyond-the-signed-bytes", 64, 46, TRUNCATED),
        ("name-length-255", 64, 255, TRUNCATED),
        ("project-reaches-beyond-the-signed-bytes", 77, 32, TRUNCATED),
        ("first-scope-reaches-beyond-the-signed-bytes", 86, 23, TRUNCATED),
        ("last-scope-one-byte-too-long", 97, 12, TRUNCATED),
        ("last-scope-one-byte-too-short", 97, 10, TRAILING_BYTES),
        ("one-scope-more-than-there-are", 85, 3, TRUNCATED),
        ("255-scopes-announced", 85, 255, TRUNCATED),
        ("one-scope-fewer-than-there-are", 85, 1, TRAILING_BYTES),
        ("no-scope-announced", 85, 0, TRAILING_BYTES),
    ];
    for (name, at, value, code) in cases {
        records.push(refuse(name, &patched(at, value), NOW, code));
    }
    let trailing = RawToken { trailing: vec![0], ..example() };
    records.push(refuse("trailing-byte", &trailing.sign_as_example(), NOW, TRAILING_BYTES));
    let mut appended = example().sign_as_example();
    appended.push(0);
    records.push(refuse("byte-after-the-signature", &appended, NOW, TRAILING_BYTES));
    let cut = &example().sign_as_example()[..172];
    records.push(refuse("last-byte-missing", cut, NOW, TRUNCATED));
    records
}

fn strings() -> Vec<Record> {
    let mut records = Vec::new();
    for (what, string, valid) in STRINGS {
        let named = RawToken { name: string.to_vec(), ..example() };
        let in_project = RawToken { project: string.to_vec(), ..example() };
        for (field, raw, code) in [("name", named, INVALID_NAME), ("project", in_project, INVALID_PROJECT)] {
            let name = format!("{field}-{what}");
            records.push(if valid {
                accept(name, &raw, NOW, true)
            } else {
                refuse(name, &raw.sign_as_example(), NOW, code)
            });
        }
    }
    for (what, len) in [("127-bytes", 127), ("128-bytes", 128), ("255-bytes", 255)] {
        records.push(accept(format!("name-{what}"), &RawToken { name: vec![b'n'; len], ..example() }, NOW, true));
        records.push(accept(
            format!("project-{what}"),
            &RawToken { project: vec![b'p'; len], ..example() },
            NOW,
            true,
        ));
    }
    records
}

fn scopes() -> Vec<Record> {
    let mut records = Vec::new();
    let with = |scopes: Vec<Vec<u8>>| RawToken { scopes, ..example() };
    for (what, string, _) in STRINGS.iter().filter(|(_, _, valid)| !valid) {
        for (place, scopes) in [
            ("first", vec![string.to_vec(), b"read:arxiv".to_vec()]),
            ("last", vec![b"read:arxiv".to_vec(), string.to_vec()]),
        ] {
            let token = with(scopes).sign_as_example();
            records.push(refuse(format!("scope-{place}-{what}"), &token, NOW, INVALID_SCOPE));
        }
    }
    for (what, scope) in [
        ("colon-alone", ":"),
        ("leading-colon", ":read"),
        ("trailing-colon", "read:"),
        ("double-colon", "read::arxiv"),
        ("wildcard-then-colon", "*:"),
    ] {
        let token = with(vec![scope.into()]).sign_as_example();
        records.push(refuse(format!("scope-{what}"), &token, NOW, INVALID_SCOPE));
    }
    // One of these lengths puts the colons behind the last multiple of eight bytes, wherever it lies.
    for len in 4..12 {
        let scope = format!("{}::b", "a".repeat(len - 3));
        let token = with(vec![scope.into()]).sign_as_example();
        records.push(refuse(format!("scope-double-colon-near-its-end-{len}-bytes"), &token, NOW, INVALID_SCOPE));
    }
    for (what, scopes, permits) in [
        ("none", vec![], false),
        ("bare-wildcard", vec![b"*".to_vec()], true),
        ("wildcard-segment", vec![b"read:*".to_vec()], true),
        ("other", vec![b"write:notes".to_vec()], false),
        ("second-of-two", vec![b"write:notes".to_vec(), b"*:arxiv".to_vec()], true),
        ("the-same-twice", vec![b"read:arxiv".to_vec(), b"read:arxiv".to_vec()], true),
        ("not-ascii", vec!["lesen:bücher".into()], false),
        ("255-bytes", vec![vec![b's'; 255]], false),
        ("255-of-them", (0..255u8).map(|i| format!("s{i}").into()).collect(), false),
    ] {
        records.push(accept(format!("scopes-{what}"), &with(scopes), NOW, permits));
    }
    records
}

pub(super) fn long() -> Vec<Record> {
    let longest =
        RawToken { name: vec![b'n'; 255], project: vec![b'p'; 255], scopes: vec![vec![b's'; 255]; 255], ..example() };
    let mut token = longest.sign_as_example();
    assert_eq!(token.len(), 65_921);
    let present = |name, token: &[u8]| present(name, token, &[longest.issuer], NOW).with("max-token-len", 70_000);
    let record = accepted(present("longest-token", &token), &longest, false);
    token.push(0);
    vec![record, present("one-byte-too-long", &token).expect("code", TOO_LONG)]
}
