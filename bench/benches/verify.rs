//! The example token against the alternatives, side by side in one run. `cargo xtask bench` prints
//! the ratios.

use std::hint::black_box;

use agentid_core::token as published;
use agentid_nostd::{Clock, PublicKey, Token, Verifier};
use agentid_test_kit::clock::unix_now;
use agentid_test_kit::raw::{RawToken, example_key};
use criterion::{Criterion, criterion_group, criterion_main};
use ed25519_dalek::{Signature, VerifyingKey};

mod jwt;
mod paired;

fn parse(c: &mut Criterion) {
    let token = RawToken::example(unix_now()).sign_as_example();
    let mut group = c.benchmark_group("parse");
    group.bench_function("agentid-nostd", |b| b.iter(|| Token::parse(black_box(&token)).is_ok()));
    group.bench_function("agentid-core", |b| b.iter(|| published::parse(black_box(&token)).is_ok()));
    group.finish();
}

fn verify(c: &mut Criterion) {
    let now = unix_now();
    let token = RawToken::example(now).sign_as_example();
    let issuer = example_key().verifying_key().to_bytes();
    let trusted = [PublicKey::from_bytes(&issuer).expect("a good key")];
    let (signed, signature) = token.split_last_chunk::<64>().expect("long enough");
    let dalek = VerifyingKey::from_bytes(&issuer).expect("a good key");
    let dalek_signature = Signature::from_bytes(signature);

    let mut group = c.benchmark_group("verify");
    group.bench_function("agentid-nostd", |b| {
        let verifier = Verifier::new(&trusted);
        b.iter(|| verifier.verify(black_box(&token), Clock::Known(now)).is_ok());
    });
    group.bench_function("bare signature, ed25519-compact", |b| {
        b.iter(|| trusted[0].verify_signature(black_box(signed), black_box(signature)).is_ok());
    });
    group.bench_function("agentid-core", |b| {
        b.iter(|| published::verify(black_box(&token), Some(&issuer)).is_ok());
    });
    group.bench_function("bare signature, ed25519-dalek", |b| {
        b.iter(|| dalek.verify_strict(black_box(signed), black_box(&dalek_signature)).is_ok());
    });
    for jwt in [jwt::eddsa(now), jwt::rs256(now)] {
        group.bench_function(jwt.name, |b| b.iter(|| jwt.verify(black_box(&jwt.text))));
    }
    group.finish();

    let refused = RawToken::example(now - 3_600).sign_as_example();
    let mut group = c.benchmark_group("refuse expired");
    group.bench_function("agentid-nostd", |b| {
        let verifier = Verifier::new(&trusted);
        b.iter(|| verifier.verify(black_box(&refused), Clock::Known(now)).is_ok());
    });
    group.bench_function("agentid-core", |b| {
        b.iter(|| published::verify(black_box(&refused), Some(&issuer)).is_ok());
    });
    group.finish();
}

/// What is promised, and what is compared: each pair measured in turn.
fn ratios(_: &mut Criterion) {
    let now = unix_now();
    let token = RawToken::example(now).sign_as_example();
    let trusted = [PublicKey::from_bytes(&example_key().verifying_key().to_bytes()).expect("a good key")];
    let verifier = Verifier::new(&trusted);
    let (signed, signature) = token.split_last_chunk::<64>().expect("long enough");
    paired::ratio(
        "parse, agentid-nostd over agentid-core",
        2_000,
        || _ = black_box(Token::parse(black_box(&token)).is_ok()),
        || _ = black_box(published::parse(black_box(&token)).is_ok()),
    );
    paired::ratio(
        "full verify over the bare signature check of the same backend",
        4,
        || _ = black_box(verifier.verify(black_box(&token), Clock::Known(now)).is_ok()),
        || _ = black_box(trusted[0].verify_signature(black_box(signed), black_box(signature)).is_ok()),
    );
    let issuer = trusted[0].as_bytes();
    paired::ratio(
        "full verify, agentid-nostd over agentid-core",
        4,
        || _ = black_box(verifier.verify(black_box(&token), Clock::Known(now)).is_ok()),
        || _ = black_box(published::verify(black_box(&token), Some(issuer)).is_ok()),
    );
    for jwt in [jwt::eddsa(now), jwt::rs256(now)] {
        paired::ratio(
            &format!("full verify, agentid-nostd over {}", jwt.name),
            4,
            || _ = black_box(verifier.verify(black_box(&token), Clock::Known(now)).is_ok()),
            || _ = black_box(jwt.verify(black_box(&jwt.text))),
        );
    }
    let expired = RawToken::example(now - 3_600).sign_as_example();
    paired::ratio(
        "an expired token refused, agentid-nostd over agentid-core",
        20,
        || _ = black_box(verifier.verify(black_box(&expired), Clock::Known(now)).is_ok()),
        || _ = black_box(published::verify(black_box(&expired), Some(issuer)).is_ok()),
    );
}

fn sizes(_: &mut Criterion) {
    let now = unix_now();
    let token = RawToken::example(now).sign_as_example().len();
    println!("wire size: agentid {token} bytes, {} as base64url", agentid_nostd::text_len(token));
    for jwt in [jwt::eddsa(now), jwt::rs256(now)] {
        println!("wire size: {} {} bytes", jwt.name, jwt.text.len());
    }
}

criterion_group!(benches, sizes, ratios, parse, verify);
criterion_main!(benches);
