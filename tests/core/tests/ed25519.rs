//! The acceptance rule of `SPEC.md`, "Signature": S, A and R canonical, A and R not of small order,
//! the cofactored equation; asked of every backend, which must agree. The cases in which libraries
//! differ stand in `acceptance`. The vectors of RFC 8032 are unit tests of
//! `agentid-nostd/src/signature.rs`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use agentid_nostd::{
    AgentIdentity, Backend, Builtin, CacheSlot, Compact, Dalek, Error, HashKey, Precomputed, PrecomputedBase,
    PrecomputedKey, PrecomputedTable, PublicKey, VerifiedCache,
};
use agentid_test_kit::acceptance::{check, cofactored};
use agentid_test_kit::points::{
    craft, crafted_public_key, non_canonical_encodings, small_order_encodings, small_order_points,
};
use curve25519_dalek::scalar::Scalar;
use ed25519_dalek::{Signer, SigningKey};

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
    assert_eq!(by(Multiples, key, message, signature), answer, "{}", context());
    answer
}

/// [`Precomputed`] with the multiples of whatever key it is asked about, if that is one.
#[derive(Clone, Copy, Debug)]
struct Multiples;

impl Multiples {
    fn of<T>(bytes: &[u8; 32], ask: impl FnOnce(Precomputed<'_>) -> T) -> T {
        thread_local! { static TABLES: RefCell<HashMap<[u8; 32], PrecomputedTable>> = RefCell::default(); }
        let key = PublicKey::unvalidated(*bytes);
        TABLES.with_borrow_mut(|tables| {
            // A long search has many keys, and tables are kilobytes.
            if tables.len() > 1_000 {
                tables.clear();
            }
            if let Ok(table) = PrecomputedTable::new(&key) {
                tables.entry(*bytes).or_insert(table);
            }
            let precomputed = tables.get(bytes).map(|table| [PrecomputedKey::new(&key, table).expect("its table")]);
            ask(Precomputed::new(precomputed.as_ref().map_or(&[], |precomputed| &precomputed[..])))
        })
    }
}

impl Backend for Multiples {
    fn is_key(&self, bytes: &[u8; 32]) -> bool {
        Self::of(bytes, |precomputed| precomputed.is_key(bytes))
    }

    fn verifies(&self, key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
        Self::of(key, |precomputed| precomputed.verifies(key, message, signature))
    }
}

/// By every backend, and by a cache twice, which remembers what held.
#[test]
fn every_backend_applies_the_rule() {
    let cache = VerifiedCache::new(Builtin, HashKey::new([5; 16]), [CacheSlot::<256>::EMPTY; 8]);
    let backends: [(&str, &dyn Backend); 6] = [
        ("Compact", &Compact),
        ("Builtin", &Builtin),
        ("Dalek", &Dalek),
        ("Precomputed", &Multiples),
        ("VerifiedCache", &cache),
        ("VerifiedCache, again", &cache),
    ];
    for (name, backend) in backends {
        assert_eq!(check(backend), Ok(()), "{name}");
    }
}

/// What the backend answers is what its key does.
#[test]
fn a_key_says_what_its_backend_says() {
    let honest = SigningKey::from_bytes(&[7; 32]);
    let (bytes, signature) = (honest.verifying_key().to_bytes(), honest.sign(MESSAGE).to_bytes());
    let mut forged = signature;
    forged[32] ^= 1;
    for encoding in small_order_encodings().into_iter().chain(non_canonical_encodings()) {
        assert_eq!(PublicKey::from_bytes(&encoding), Err(Error::InvalidPublicKey), "{}", hex::encode(encoding));
    }
    for torsion in small_order_points() {
        let key = crafted_public_key(Scalar::from(12_345u64), torsion);
        assert_eq!(PublicKey::from_bytes(&key).expect("mixed order").as_bytes(), &key);
    }
    assert_eq!(verdict(&bytes, MESSAGE, &signature), Ok(()));
    assert_eq!(verdict(&bytes, MESSAGE, &forged), Err(Error::BadSignature));
    assert_eq!(verdict(&[0; 32], MESSAGE, &signature), Err(Error::InvalidPublicKey));
}

/// The 1,024 vectors of the Ed25519 authors, with messages of 0 to 1,023 bytes. Set-up fetches
/// them.
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
    target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target")).join("ed25519/sign.input")
}

/// y = p + 3 .. p + 18 name points of large order a second time. Whoever knew the discrete
/// logarithm of one could sign with two encodings of one key; nobody does, so the decoder itself is
/// asked.
#[test]
fn some_non_canonical_encodings_would_decode_to_points_of_large_order() {
    let decodes = |encoding: &[u8; 32]| curve25519_dalek::edwards::CompressedEdwardsY(*encoding).decompress();
    let large = non_canonical_encodings().iter().filter_map(decodes).filter(|point| !point.is_small_order()).count();
    assert!(large > 5, "{large}: then the test above would prove little");
}

/// A random search for a torsion pair that a backend and the cofactored equation of
/// curve25519-dalek judge differently; `AGENTID_SIGNATURES` says how many are tried.
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
            a = agentid_test_kit::points::challenge(&[1; 32], &[2; 32], &next().to_le_bytes());
            r = agentid_test_kit::points::challenge(&[3; 32], &[4; 32], &next().to_le_bytes());
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

fn key_of(name: &str) -> PublicKey {
    AgentIdentity::derive(name, "p", None).expect("valid").public_key()
}

#[test]
fn a_table_of_another_key_cannot_be_used() {
    let [one, other] = ["one", "other"].map(key_of);
    let table = PrecomputedTable::new(&one).expect("a key");
    assert_eq!(PrecomputedKey::new(&one, &table).expect("its table").key(), &one);
    assert_eq!(PrecomputedKey::new(&other, &table).map(drop), Err(Error::InvalidPublicKey));

    let (of_one, base) = (PrecomputedTable::<64>::new(&one).expect("a key"), PrecomputedBase::<64>::new());
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
    let (table, base) = (PrecomputedTable::<8>::new(&key).expect("a key"), PrecomputedBase::<8>::new());
    let precomputed = PrecomputedKey::with_base(&key, &table, &base).expect("its table");
    assert_eq!(
        format!("{table:?} {base:?} {precomputed:?}"),
        format!("PrecomputedTable<8> PrecomputedBase<8> PrecomputedKey({key:?})")
    );
}

/// With as many multiples as there can be; for another key than the one with a table, and for a
/// signature of another key.
#[test]
fn multiples_change_no_answer() {
    let keys = [[1; 32], [2; 32]].map(|secret| SigningKey::from_bytes(&secret));
    let [precomputed, other] =
        keys.each_ref().map(|key| PublicKey::from_bytes(key.verifying_key().as_bytes()).expect("a key"));
    fn ask<const SUMS: usize>(key: &PublicKey, asked: &PublicKey, signature: &[u8; 64]) -> Result<(), Error> {
        let (table, base) = (PrecomputedTable::<SUMS>::new(key)?, PrecomputedBase::<SUMS>::new());
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
