//! The signature of the example token, by every backend and by other libraries: all take turns, so
//! that a noisy machine is noisy for all. One process is one run, and `cargo xtask bench` makes
//! several: the position of the stack moves some times by a third. The others accept other
//! signatures: `SPEC.md`, section 4.

use std::hint::black_box;
use std::time::Instant;

use agentid_nostd::{
    Backend, Builtin, Compact, Dalek, Precomputed, PrecomputedBase, PrecomputedKey, PrecomputedTable, PublicKey,
};
use agentid_test_kit::raw::{RawToken, example_key};
use ed25519_dalek::{Signature, VerifyingKey};

/// One check of the signature.
type Check<'a> = Box<dyn Fn() -> bool + 'a>;

/// Odd, so that there is one in the middle.
const ROUNDS: usize = 501;

fn main() {
    let token = RawToken::example(1_790_000_000).sign_as_example();
    let (message, signature) = token.split_last_chunk::<64>().expect("long enough");
    let bytes = example_key().verifying_key().to_bytes();
    let key = PublicKey::from_bytes(&bytes).expect("a good key");

    let small = PrecomputedTable::<16>::new(&key).expect("a good key");
    let small = [PrecomputedKey::new(&key, &small).expect("its table")];
    let (large, base) = (PrecomputedTable::<128>::new(&key), PrecomputedBase::<128>::new());
    let large = large.expect("a good key");
    let large = [PrecomputedKey::with_base(&key, &large, &base).expect("its table")];

    let dalek = VerifyingKey::from_bytes(&bytes).expect("a good key");
    let dalek_signature = Signature::from_bytes(signature);
    let ring = ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, &bytes);
    let aws_lc = aws_lc_rs::signature::UnparsedPublicKey::new(&aws_lc_rs::signature::ED25519, &bytes);

    fn ours<'a>(
        backend: impl Backend + 'a,
        key: &'a PublicKey,
        message: &'a [u8],
        signature: &'a [u8; 64],
    ) -> Check<'a> {
        Box::new(move || key.verify_signature_with(&backend, black_box(message), black_box(signature)).is_ok())
    }
    let contestants: [(&str, Check<'_>); 9] = [
        ("`Dalek`: curve25519-dalek 5.0", ours(Dalek, &key, message, signature)),
        ("`Compact`: ed25519-compact 2.6", ours(Compact, &key, message, signature)),
        ("`Builtin`", ours(Builtin, &key, message, signature)),
        ("`Precomputed`, 16 multiples, 2 KB", ours(Precomputed::new(&small), &key, message, signature)),
        ("`Precomputed`, 128 multiples, 15 KB", ours(Precomputed::new(&large), &key, message, signature)),
        (
            "ed25519-dalek 2.2, `verify_strict`",
            Box::new(|| dalek.verify_strict(black_box(message), &dalek_signature).is_ok()),
        ),
        (
            "agentid-core 0.1.0",
            Box::new(|| agentid_core::identity::verify_signature(&bytes, black_box(message), signature).is_ok()),
        ),
        ("ring 0.17", Box::new(|| ring.verify(black_box(message), black_box(signature)).is_ok())),
        ("aws-lc-rs 1.19", Box::new(|| aws_lc.verify(black_box(message), black_box(signature)).is_ok())),
    ];
    let mut times = vec![Vec::with_capacity(ROUNDS); contestants.len()];
    for _ in 0..ROUNDS {
        for ((_, contestant), times) in contestants.iter().zip(&mut times) {
            let started = Instant::now();
            let good = contestant();
            times.push(started.elapsed().as_nanos());
            assert!(good);
        }
    }
    let medians: Vec<f64> = times
        .iter_mut()
        .map(|times| {
            times.sort_unstable();
            times[ROUNDS / 2] as f64
        })
        .collect();
    println!("| one signature | median | `Dalek` = 1 |\n|---|---:|---:|");
    for ((name, _), median) in contestants.iter().zip(&medians) {
        println!("| {name} | {:.2} µs | {:.4} |", median / 1e3, median / medians[0]);
    }
}
