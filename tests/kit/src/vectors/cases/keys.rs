use curve25519_dalek::edwards::CompressedEdwardsY;
use curve25519_dalek::scalar::Scalar;

use super::super::format::{Record, escape};
use super::code::*;
use super::fingerprint;
use crate::points::{crafted_public_key, non_canonical_encodings, small_order_encodings, small_order_points};
use crate::raw::{derived_key, example_key};

pub(super) fn keys() -> Vec<Record> {
    let key = |name: String, bytes: [u8; 32], code| {
        Record::new(name, "key").with("key", hex::encode(bytes)).expect("code", code)
    };
    let mut records = vec![key("readme-agent".into(), example_key().verifying_key().to_bytes(), OK)];
    for (index, torsion) in small_order_points().into_iter().enumerate() {
        records.push(key(format!("mixed-order-{index}"), crafted_public_key(Scalar::from(77u64), torsion), OK));
    }
    for encoding in small_order_encodings() {
        records.push(key(format!("small-order-{}", hex::encode(encoding)), encoding, INVALID_PUBLIC_KEY));
    }
    for encoding in non_canonical_encodings() {
        if !small_order_encodings().contains(&encoding) {
            records.push(key(format!("not-canonical-{}", hex::encode(encoding)), encoding, INVALID_PUBLIC_KEY));
        }
    }
    // The first few y for which x² has no root.
    let off_curve = (2u8..).map(|y| {
        let mut bytes = [0; 32];
        bytes[0] = y;
        bytes
    });
    for bytes in off_curve.filter(|bytes| CompressedEdwardsY(*bytes).decompress().is_none()).take(4) {
        records.push(key(format!("off-curve-{}", bytes[0]), bytes, INVALID_PUBLIC_KEY));
    }
    records
}

pub(super) fn identities() -> Vec<Record> {
    let long = "x".repeat(255);
    let mut records = Vec::new();
    for (what, name, project, seed) in [
        ("readme-agent", "research-bot", "phd-lab", None),
        ("shortest-seed", "research-bot", "phd-lab", Some([0x5a; 16].as_slice())),
        ("seed", "research-bot", "phd-lab", Some([0x5a; 32].as_slice())),
        ("long-seed", "research-bot", "phd-lab", Some([0xa5; 200].as_slice())),
        ("names-swapped", "phd-lab", "research-bot", None),
        ("not-ascii", "café", "🤖", None),
        ("shortest", "n", "p", None),
        ("longest", &long, &long, None),
    ] {
        let key = derived_key(name, project, seed).verifying_key().to_bytes();
        records.push(
            derive(what, name, project, seed)
                .expect("code", OK)
                .expect("public-key", hex::encode(key))
                .expect("fingerprint", fingerprint(&key)),
        );
    }
    for len in [0, 1, 4, 15] {
        let (what, seed) = (format!("seed-of-{len}-bytes"), vec![0x5a; len]);
        records.push(derive(&what, "research-bot", "phd-lab", Some(&seed)).expect("code", SEED_TOO_SHORT));
        let key = derived_key("research-bot", "phd-lab", Some(&seed)).verifying_key().to_bytes();
        records.push(
            with_op("derive-with-weak-seed", format!("weak-{what}"), "research-bot", "phd-lab", Some(&seed))
                .expect("code", OK)
                .expect("public-key", hex::encode(key))
                .expect("fingerprint", fingerprint(&key)),
        );
    }
    records.push(derive("name-before-seed", "", "phd-lab", Some(b"short")).expect("code", INVALID_NAME));
    let too_long = "x".repeat(256);
    for (what, string) in [("empty", ""), ("nul", "a\0b"), ("256-bytes", &too_long)] {
        records.push(derive(format!("name-{what}"), string, "phd-lab", None).expect("code", INVALID_NAME));
        records.push(derive(format!("project-{what}"), "research-bot", string, None).expect("code", INVALID_PROJECT));
    }
    records.push(derive("name-before-project", "", "", None).expect("code", INVALID_NAME));
    records
}

fn derive(what: impl Into<String>, name: &str, project: &str, seed: Option<&[u8]>) -> Record {
    with_op("derive", what, name, project, seed)
}

fn with_op(op: &str, what: impl Into<String>, name: &str, project: &str, seed: Option<&[u8]>) -> Record {
    let record = Record::new(what, op).with("name", escape(name)).with("project", escape(project));
    match seed {
        Some(seed) => record.with("seed", hex::encode(seed)),
        None => record,
    }
}
