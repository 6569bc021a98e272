//! Against the published `agentid-core` 0.1.0: what it mints holds here, what is minted here holds
//! there, and where the two disagree the difference is one that `SPEC.md` lists.

use std::num::NonZeroU32;
use std::panic::catch_unwind;

use agentid_core::{AgentClaims, AgentIdentity as Published, Scope};
use agentid_nostd::{
    AgentIdentity, Claims, Clock, Error, Policy, PublicKey, TokenBuilder, Verifier, random_token_id, verify_token,
};
use agentid_test_kit::clock::unix_now;
use agentid_test_kit::points::craft;
use agentid_test_kit::raw::{RawToken, derived_key, example_key};
use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::Identity;
use ed25519_dalek::{Signature, VerifyingKey};
use proptest::collection::vec;
use proptest::prelude::*;

fn same_claims(ours: &Claims<'_>, theirs: &AgentClaims) -> bool {
    ours.name() == theirs.name
        && ours.project() == theirs.project
        && ours.requested_scopes().eq(theirs.scopes.iter().map(String::as_str))
        && ours.issued_at() == theirs.issued_at
        && ours.expires_at() == theirs.expires_at
        && ours.max_calls().map_or(0, NonZeroU32::get) == theirs.max_calls
        && ours.token_id() == theirs.token_id
        && ours.issuer().as_bytes() == &theirs.issuer
        && ours.fingerprint().as_str() == theirs.fingerprint()
}

/// What both implementations take for a name or project.
fn agent_string() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,12}-[a-z]{1,8}", "[^\\x00]{1,60}", "[a-z]{255}"]
}

fn scope() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z*]{1,8}(:[a-z*]{1,8}){0,4}", "[^\\x00:]{1,40}(:[^\\x00:]{1,9}){0,1}", "[a-z]{255}"]
}

proptest! {
    #[test]
    fn whatever_the_published_implementation_mints_is_accepted_with_equal_claims_and_minted_identically(
        name in agent_string(),
        project in agent_string(),
        seed in proptest::option::of(vec(any::<u8>(), 0..80)),
        scopes in vec(scope(), 0..12),
        ttl in 1u64..=86_400,
        max_calls: u32,
    ) {
        let now = unix_now();
        let theirs = Published::derive(&name, &project, seed.as_deref()).expect("valid");
        let token = agentid_core::TokenBuilder::new(&theirs)
            .scopes(scopes.clone()).ttl_seconds(ttl).max_calls(max_calls).issued_at(now).build().expect("mints");
        let published = agentid_core::token::parse(&token).expect("parses");

        let key = PublicKey::from_bytes(&theirs.public_key()).expect("a good key");
        let claims = verify_token(&token, &key, Clock::Known(now)).expect("accepted");
        prop_assert!(same_claims(&claims, &published), "{claims:?} {published:?}");
        for required in scopes.iter().map(String::as_str).chain(["read:arxiv", "*", "a"]) {
            prop_assert_eq!(claims.permits(required), published.permits(required), "{}", required);
        }

        let of_the_tests = derived_key(&name, &project, seed.as_deref());
        prop_assert_eq!(of_the_tests.as_bytes(), &theirs.secret_bytes());
        let ours = AgentIdentity::derive_with_weak_seed(&name, &project, seed.as_deref().unwrap_or_default());
        let ours = ours.expect("valid");
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        let mut buf = [0; 4_096];
        let minted = TokenBuilder::new(&ours, now, published.token_id)
            .scopes(&scopes).ttl_seconds(ttl).max_calls(max_calls).mint_into(&mut buf).expect("mints");
        prop_assert_eq!(minted, token.as_slice());
    }

    #[test]
    fn whatever_is_minted_here_is_accepted_by_the_published_implementation(
        name in agent_string(),
        project in agent_string(),
        secret in any::<[u8; 32]>(),
        scopes in vec(scope(), 0..12),
        ttl in 5u64..=86_400,
        max_calls: u32,
    ) {
        let now = unix_now();
        let ours = AgentIdentity::from_secret_bytes(&name, &project, &secret).expect("valid");
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        let mut buf = [0; 4_096];
        let token = TokenBuilder::new(&ours, now, random_token_id().expect("entropy"))
            .scopes(&scopes).ttl_seconds(ttl).max_calls(max_calls).mint_into(&mut buf).expect("mints");

        let theirs = agentid_core::token::verify(token, Some(ours.public_key().as_bytes())).expect("accepted");
        let claims = verify_token(token, &ours.public_key(), Clock::Known(now)).expect("accepted");
        prop_assert!(same_claims(&claims, &theirs));
    }
}

/// Bytes that are interesting inside a name or scope.
fn awkward_string() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        12 => prop::sample::select(b"abc".to_vec()),
        2 => Just(b':'),
        1 => prop::sample::select(vec![b'*', 0, 0xff, 0xc3, b' ']),
    ];
    vec(byte, 0..9)
}

/// A token signed by the README's agent whose fields are right, nearly right or wrong.
fn awkward_token(now: i64) -> impl Strategy<Value = RawToken> {
    let time = prop_oneof![20 => -40i64..40, 4 => -90_000i64..90_000, 1 => Just(i64::MIN), 1 => Just(i64::MAX)];
    let lifetime = prop_oneof![20 => 1i64..1_000, 2 => -2i64..2, 2 => 86_399i64..86_403, 1 => any::<i64>()];
    let flags = prop_oneof![12 => Just(0u8), 1 => any::<u8>()];
    let scopes = vec(awkward_string(), 0..4);
    let string = || prop_oneof![4 => Just(b"bot".to_vec()), 1 => awkward_string()];
    (time, lifetime, flags, string(), string(), scopes, any::<(u32, u64)>()).prop_map(
        move |(time, lifetime, flags, name, project, scopes, (max_calls, token_id))| {
            let issued_at = now.saturating_add(time);
            let expires_at = issued_at.saturating_add(lifetime);
            RawToken {
                issued_at,
                expires_at,
                flags,
                name,
                project,
                scopes,
                max_calls,
                token_id,
                ..RawToken::example(0)
            }
        },
    )
}

/// Where `agentid-core` accepts and we refuse: is it a difference that `SPEC.md` lists? Judged on
/// the claims that the published parser read, not on ours.
fn is_listed(error: Error, token: &[u8], theirs: &AgentClaims) -> bool {
    let bad = |string: &str| string.is_empty() || string.contains('\0');
    let lifetime = i128::from(theirs.expires_at) - i128::from(theirs.issued_at);
    match error {
        Error::TooShort => theirs.name.is_empty() || theirs.project.is_empty(),
        Error::ReservedFlags => token[3] != 0,
        Error::InvalidName => bad(&theirs.name),
        Error::InvalidProject => bad(&theirs.project),
        Error::InvalidScope => theirs.scopes.iter().any(|scope| Scope::parse(scope).is_err()),
        Error::EmptyLifetime => lifetime <= 0,
        Error::LifetimeTooLong => lifetime > 86_400,
        _ => false,
    }
}

/// Both verdicts on one token, or `None` where the second changed in between: `agentid-core` reads
/// the clock.
fn both(token: &[u8]) -> Option<(Option<AgentClaims>, Result<Claims<'_>, Error>, i64)> {
    let issuer = example_key().verifying_key().to_bytes();
    let now = unix_now();
    // Its skew arithmetic overflows near the smallest time: a panic accepts nobody.
    let theirs = catch_unwind(|| agentid_core::token::verify(token, Some(&issuer)).ok()).unwrap_or(None);
    let unchanged = unix_now() == now;
    let ours = verify_token(token, &PublicKey::from_bytes(&issuer).expect("good"), Clock::Known(now));
    unchanged.then_some((theirs, ours, now))
}

/// Compares the two verdicts; says which of the four outcomes it was.
fn compare(token: &[u8]) -> Result<Option<(bool, bool)>, TestCaseError> {
    let Some((theirs, ours, now)) = both(token) else { return Ok(None) };
    match (&theirs, &ours) {
        (None, Ok(claims)) => prop_assert!(false, "refused there, accepted here at {now}: {claims:?}"),
        (Some(theirs), Ok(claims)) => prop_assert!(same_claims(claims, theirs)),
        (Some(theirs), Err(error)) => prop_assert!(is_listed(*error, token, theirs), "{error:?} {theirs:?}"),
        (None, Err(_)) => {}
    }
    Ok(Some((theirs.is_some(), ours.is_ok())))
}

/// Mutated before signing, so that the signature is good and the structure decides; every outcome
/// must occur.
#[test]
fn signed_but_awkward_tokens_differ_only_where_listed() {
    let mut seen = std::collections::BTreeMap::new();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(3_000));
    let outcomes = std::cell::RefCell::new(&mut seen);
    let strategy =
        (awkward_token(unix_now()), proptest::option::weighted(0.3, (any::<prop::sample::Index>(), any::<u8>())));
    runner
        .run(&strategy, |(raw, patch)| {
            let mut signed = raw.signed_bytes();
            if let Some((at, byte)) = patch {
                let at = at.index(signed.len());
                signed[at] = byte;
            }
            let signature = ed25519_dalek::Signer::sign(&example_key(), &signed).to_bytes();
            let token = [signed.as_slice(), &signature].concat();
            if let Some(outcome) = compare(&token)? {
                *outcomes.borrow_mut().entry(outcome).or_insert(0) += 1;
            }
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
    for outcome in [(true, true), (true, false), (false, false)] {
        assert!(seen.get(&outcome).is_some_and(|count| *count > 50), "{outcome:?} is rare: {seen:?}");
    }
}

/// Mutated after signing: cut, extended, spliced, flipped.
#[test]
fn tokens_mutated_after_signing_are_refused_by_both() {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(1_500));
    let edit = (any::<prop::sample::Index>(), any::<u8>(), 0u8..4);
    runner
        .run(&vec(edit, 1..4), |edits| {
            let original = RawToken::example(unix_now()).sign_as_example();
            let mut token = original.clone();
            for (at, byte, kind) in edits {
                let at = at.index(token.len());
                match kind {
                    0 => token[at] ^= byte,
                    1 => token.insert(at, byte),
                    2 => drop(token.remove(at)),
                    _ => token.truncate(at.max(4)),
                }
            }
            prop_assume!(token != original);
            if let Some(outcome) = compare(&token)? {
                prop_assert_eq!(outcome, (false, false));
            }
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

/// Listed in `SPEC.md`: the identity point as issuer, signed by nobody.
#[test]
fn a_signature_that_nobody_made_is_accepted_there_and_refused_here() {
    let mut identity = [0; 32];
    identity[0] = 1;
    let raw = RawToken { issuer: identity, ..RawToken::example(unix_now()) };
    // R is the identity and S is zero: 0·B = R + k·A for every k, whatever the token says.
    let token = [raw.signed_bytes().as_slice(), &identity, &[0; 32]].concat();
    assert!(agentid_core::token::verify(&token, None).is_ok());
    assert!(agentid_core::token::verify(&token, Some(&identity)).is_ok());
    assert_eq!(PublicKey::from_bytes(&identity), Err(Error::InvalidPublicKey));
}

/// Listed in `SPEC.md`: `issued_at - 30` overflows there. A debug build panics, a release build
/// wraps around and refuses a token that is valid.
#[test]
fn the_smallest_time_overflows_there_and_is_ordinary_here() {
    let raw = RawToken { expires_at: i64::MIN + 900, ..RawToken::example(0) };
    let raw = RawToken { issued_at: i64::MIN, ..raw };
    let token = raw.sign_as_example();
    let issuer = example_key().verifying_key().to_bytes();
    let key = PublicKey::from_bytes(&issuer).expect("good");
    assert!(verify_token(&token, &key, Clock::Known(i64::MIN + 1)).is_ok());

    let alive = RawToken { issued_at: i64::MIN, expires_at: i64::MAX, ..RawToken::example(0) }.sign_as_example();
    let theirs = catch_unwind(|| agentid_core::token::verify(&alive, Some(&issuer)).is_ok());
    assert!(!matches!(theirs, Ok(true)), "it overflows no more");
    assert!(
        Verifier::new(&[key])
            .policy(Policy::new().max_lifetime_seconds(u64::MAX))
            .verify(&alive, Clock::Known(unix_now()))
            .is_ok()
    );
}

/// Listed in `SPEC.md`, the difference that runs the other way: only the holder of the key can make
/// it.
#[test]
fn a_small_order_part_in_r_is_accepted_here_and_refused_by_a_cofactorless_verifier() {
    let key = example_key();
    let raw = RawToken::example(unix_now());
    let crafted = craft(
        key.to_scalar(),
        curve25519_dalek::EdwardsPoint::identity(),
        Scalar::from(99u64),
        EIGHT_TORSION[1],
        &raw.signed_bytes(),
    );
    assert_eq!(crafted.public_key, raw.issuer);
    let token = [raw.signed_bytes().as_slice(), &crafted.signature].concat();

    let ours = PublicKey::from_bytes(&raw.issuer).expect("good");
    assert!(verify_token(&token, &ours, Clock::Known(raw.issued_at)).is_ok());
    assert!(agentid_core::token::verify(&token, Some(&raw.issuer)).is_err());
    let dalek = VerifyingKey::from_bytes(&raw.issuer).expect("good");
    let signature = Signature::from_bytes(&crafted.signature);
    assert!(dalek.verify_strict(&raw.signed_bytes(), &signature).is_err());
}

/// Listed in `SPEC.md`: NUL separates the fields of the derivation, so two agents can share one key
/// there.
#[test]
fn names_with_nul_are_minted_there_and_refused_here() {
    let left = Published::derive("a\0b", "c", None).expect("derived there");
    let right = Published::derive("a", "b\0c", None).expect("derived there");
    assert_eq!(left.public_key(), right.public_key());
    let key = PublicKey::from_bytes(&left.public_key()).expect("a good key");
    for (agent, error) in [(left, Error::InvalidName), (right, Error::InvalidProject)] {
        let token = agentid_core::TokenBuilder::new(&agent).build().expect("minted there");
        assert!(agentid_core::token::verify(&token, Some(key.as_bytes())).is_ok());
        assert_eq!(verify_token(&token, &key, Clock::Known(unix_now())).err(), Some(error));
        assert_eq!(AgentIdentity::derive(&agent.name, &agent.project, None).err(), Some(error));
    }
}

/// Listed in `SPEC.md`: where we cover nothing, they cover empty segments.
#[test]
fn malformed_scopes_are_covered_there_and_not_here() {
    for (granted, required) in [("*", ""), ("*", "a::b"), ("a:*", "a:"), ("a:", "a:"), ("*", "a\0")] {
        assert!(Scope::matches(granted, required), "{granted} {required}");
        assert!(!agentid_nostd::scope_covers(granted, required), "{granted} {required}");
    }
}

/// Listed in `SPEC.md`: `ed25519-compact` refuses the one seed that no generator should ever give.
#[test]
fn the_all_zero_secret_is_accepted_there_and_refused_here() {
    assert!(Published::from_secret_bytes("bot", "lab", &[0; 32]).is_ok());
    assert_eq!(AgentIdentity::from_secret_bytes("bot", "lab", &[0; 32]).err(), Some(Error::InvalidSecretKey));
}
