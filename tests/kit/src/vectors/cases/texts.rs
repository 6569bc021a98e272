use super::super::format::{Record, escape};
use super::code::*;
use super::example;

/// Text and the bytes it stands for.
const READ: [(&str, &str, &str); 14] = [
    ("empty", "", ""),
    ("base64url-three-bytes", "qR0B", "a91d01"),
    ("base64url-two-bytes", "qR0", "a91d"),
    ("base64url-one-byte", "qQ", "a9"),
    ("base64url-padded", "qR0=", "a91d"),
    ("base64url-padded-twice", "qQ==", "a9"),
    ("base64url-own-letters", "-_-_", "fbffbf"),
    ("base64-own-letters", "+/+/", "fbffbf"),
    ("base64-own-letters-padded", "+/8=", "fbff"),
    ("hex-lower", "a91d01", "a91d01"),
    ("hex-upper", "A91D01", "a91d01"),
    ("hex-mixed", "a91D01", "a91d01"),
    ("hex-one-byte", "a9", "a9"),
    ("not-a-token", "Zm9v", "666f6f"),
];

const REFUSED: [(&str, &str); 19] = [
    ("one-letter", "q"),
    ("five-letters", "qR0BA"),
    ("stray-bits-after-one-byte", "qR"),
    ("stray-bits-after-two-bytes", "qR1"),
    ("both-alphabets", "-_+/"),
    ("padding-missing-one", "qQ="),
    ("padding-one-too-many", "qR0=="),
    ("padding-after-whole-groups", "qR0B===="),
    ("padding-alone", "===="),
    ("padding-inside", "qQ==qQ=="),
    ("space-before", " qR0B"),
    ("space-after", "qR0B "),
    ("space-inside", "qR 0B"),
    ("newline", "qR0B\n"),
    ("nul", "qR0\0"),
    ("not-ascii", "qR0é"),
    ("hex-odd", "a91d0"),
    ("hex-letter-beyond-f", "a91g"),
    ("hex-with-prefix", "0xa91d01"),
];

pub(super) fn records() -> Vec<Record> {
    let mut records = Vec::new();
    for (name, text, bytes) in READ {
        records.push(read(name, text, bytes));
    }
    let token = example().sign_as_example();
    records.push(read("readme-example-hex", &hex::encode(&token), &hex::encode(&token)));
    records.push(read("readme-example-base64url", &base64url(&token), &hex::encode(&token)));
    for (name, text) in REFUSED {
        // "0xa91d01" is good base64url by its letters.
        if name == "hex-with-prefix" {
            records.push(read("hex-with-prefix-is-base64url", text, "d316bdd5dd35"));
        } else {
            records.push(present(name, text).expect("code", INVALID_TEXT));
        }
    }
    for (name, text, fits) in [("hex", "a91d01", 3), ("base64url", "qR0B", 3), ("base64", "+/+/", 3)] {
        let name = format!("{name}-buffer-one-byte-too-small");
        records.push(present(name, text).with("buffer", fits - 1).expect("code", BUFFER_TOO_SMALL));
    }
    for (name, text) in [("hex", "a91g"), ("base64url", "qR0B!"), ("base64", "+/+/+"), ("stray-bits", "qR0BqR")] {
        let name = format!("{name}-invalid-beats-buffer-too-small");
        records.push(present(name, text).with("buffer", 0).expect("code", INVALID_TEXT));
    }
    let behind_a_piece = "qR0B".repeat(16) + "!";
    records.push(present("invalid-behind-64-digits", &behind_a_piece).with("buffer", 1).expect("code", INVALID_TEXT));
    records
}

/// Values of the `Authorization` header.
pub(super) fn authorization() -> Vec<Record> {
    let of = |name: &str, value: &str| Record::new(name, "authorization").with("value", escape(value));
    let mut records = Vec::new();
    for (name, value) in [
        ("plain", "AgentID qR0B"),
        ("lower-case", "agentid qR0B"),
        ("upper-case", "AGENTID qR0B"),
        ("several-spaces", "AgentID   qR0B"),
        ("bearer", "Bearer qR0B"),
        ("bearer-in-lower-case", "bearer qR0B"),
    ] {
        records.push(of(name, value).expect("code", OK).expect("text", "qR0B"));
    }
    records.push(of("empty", "").expect("code", MISSING_CREDENTIALS));
    for (name, value) in [
        ("no-scheme", "qR0B"),
        ("another-scheme", "Basic qR0B"),
        ("another-scheme-alone", "Basic"),
        ("scheme-with-more-letters", "AgentIDs qR0B"),
        ("bearer-with-fewer-letters", "Beare qR0B"),
        ("tab-for-a-space", "AgentID\tqR0B"),
        ("space-before", " AgentID qR0B"),
        ("space-alone", " "),
    ] {
        records.push(of(name, value).expect("code", UNSUPPORTED_SCHEME));
    }
    for (name, value) in [
        ("scheme-alone", "AgentID"),
        ("scheme-and-space", "AgentID "),
        ("bearer-alone", "Bearer"),
        ("space-after", "AgentID qR0B "),
        ("line-break-after", "AgentID qR0B\r\n"),
        ("two-texts", "AgentID qR0B qR0B"),
        ("several-schemes", "AgentID qR0B, Bearer x"),
    ] {
        records.push(of(name, value).expect("code", INVALID_TEXT));
    }
    records
}

/// Texts that need much memory.
pub(super) fn long() -> Vec<Record> {
    let longest = "a9".repeat(65_921);
    let longer = "A".repeat(2 * 65_921 + 1);
    vec![
        present("longest-text", &longest).with("buffer", 65_920).expect("code", BUFFER_TOO_SMALL),
        present("text-longer-than-any-token", &longer).expect("code", TOO_LONG),
    ]
}

fn present(name: impl Into<String>, text: &str) -> Record {
    Record::new(name, "text").with("text", escape(text))
}

fn read(name: &str, text: &str, bytes: &str) -> Record {
    let decoded = hex::decode(bytes).expect("hex");
    present(name, text).expect("code", OK).expect("bytes", bytes).expect("base64url", base64url(&decoded))
}

/// RFC 4648, section 5, without padding, one bit group at a time.
fn base64url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for letter in 0..=group.len() {
            text.push(ALPHABET[(bits >> (18 - 6 * letter) & 63) as usize] as char);
        }
    }
    text
}
