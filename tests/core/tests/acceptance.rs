//! The kit that tests backends: it passes one that a user wrote, and names what is wrong with four
//! others. And what a backend that breaks its contract cannot admit.

use agentid_nostd::{
    Backend, Call, Clock, CountedElsewhere, Error, Gate, PublicKey, Since, TrustAnchor, TrustBundle, TrustTable,
    TrustedIssuer, Verifier, may_be_accepted,
};
use agentid_test_kit::acceptance::{check, cofactored, halves};
use agentid_test_kit::points::{challenge, join, non_canonical_encodings, plus_l, small_order_encodings};
use agentid_test_kit::raw::{RawToken, example_key};
use agentid_test_kit::raw_bundle::{RawBundle, authority_key};
use agentid_test_kit::seeded::NOW;
use curve25519_dalek::EdwardsPoint;
use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::CompressedEdwardsY;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::Identity;

fn point(bytes: &[u8; 32]) -> Option<EdwardsPoint> {
    CompressedEdwardsY(*bytes).decompress()
}

/// S B − R − k A, with S taken modulo L.
fn difference(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> Option<EdwardsPoint> {
    let (r, s) = halves(signature);
    let s = Scalar::from_bytes_mod_order(s);
    Some(ED25519_BASEPOINT_POINT * s - point(&r)? - point(key)? * challenge(&r, key, message))
}

fn is_key(bytes: &[u8; 32]) -> bool {
    // Bytes of which R and S are good say whether the key is.
    let mut signature = [0; 64];
    signature[0] = 2;
    may_be_accepted(bytes, &signature) && point(bytes).is_some()
}

/// As a user would write it: another library for the curve, and this crate's function for what
/// bytes decide.
#[derive(Debug)]
struct OfAUser;

impl Backend for OfAUser {
    fn is_key(&self, bytes: &[u8; 32]) -> bool {
        is_key(bytes)
    }

    fn verifies(&self, key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
        let small = difference(key, message, signature).is_some_and(|difference| difference.is_small_order());
        may_be_accepted(key, signature) && small
    }
}

#[test]
fn the_kit_passes_a_backend_of_a_user() {
    assert_eq!(check(&OfAUser), Ok(()));
    let key = ed25519_dalek::SigningKey::from_bytes(&[3; 32]);
    let signature = ed25519_dalek::Signer::sign(&key, b"message").to_bytes();
    let key = PublicKey::from_bytes_with(OfAUser, key.verifying_key().as_bytes()).expect("a good key");
    assert_eq!(key.verify_signature_with(&OfAUser, b"message", &signature), Ok(()));
    assert!(cofactored(key.as_bytes(), b"message", &signature));
}

/// What a wrong backend does in place of the rule.
#[derive(Clone, Copy, Debug)]
enum Wrong {
    /// S B = R + k A: refuses what only differs by a point of small order.
    Cofactorless,
    /// Anybody can sign for a key of small order.
    SmallOrder,
    /// S and S + L are the same number.
    SPlusL,
    /// Two encodings of one key.
    NotCanonical,
}

impl Backend for Wrong {
    fn is_key(&self, bytes: &[u8; 32]) -> bool {
        match self {
            Self::SmallOrder => point(bytes).is_some_and(|point| point.compress().as_bytes() == bytes),
            Self::NotCanonical => point(bytes).is_some_and(|point| !point.is_small_order()),
            _ => is_key(bytes),
        }
    }

    fn verifies(&self, key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
        let Some(difference) = difference(key, message, signature) else { return false };
        let (r, s) = halves(signature);
        let s_is_good = Option::<Scalar>::from(Scalar::from_canonical_bytes(s)).is_some();
        match self {
            Self::Cofactorless => may_be_accepted(key, signature) && difference == EdwardsPoint::identity(),
            Self::SmallOrder | Self::NotCanonical => {
                s_is_good && self.is_key(key) && self.is_key(&r) && difference.is_small_order()
            }
            Self::SPlusL => is_key(key) && is_key(&r) && difference.is_small_order(),
        }
    }
}

#[test]
fn the_kit_names_what_is_wrong_with_a_backend() {
    for (backend, refused) in [
        (Wrong::Cofactorless, "refuses A and R of mixed order"),
        (Wrong::SmallOrder, "accepts as a key a point of small order"),
        (Wrong::SPlusL, "of Wycheproof"),
        (Wrong::NotCanonical, "accepts as a key an encoding that is not canonical"),
    ] {
        let answer = check(&backend).expect_err("it is wrong");
        assert!(answer.contains(refused), "{backend:?}: {answer}");
    }
}

/// Breaks the contract: it finds everything good.
#[derive(Debug)]
struct SaysYes;

impl Backend for SaysYes {
    fn is_key(&self, _: &[u8; 32]) -> bool {
        true
    }

    fn verifies(&self, _: &[u8; 32], _: &[u8], _: &[u8; 64]) -> bool {
        true
    }
}

/// The last 64 bytes with another S, or with another R.
fn with_halves(signed: &[u8], change: impl FnOnce([u8; 32], [u8; 32]) -> [u8; 64]) -> Vec<u8> {
    let (message, signature) = signed.split_last_chunk().expect("a signature");
    let (r, s) = halves(signature);
    [message, &change(r, s)].concat()
}

#[test]
fn a_backend_that_accepts_everything_gets_no_key_of_small_order() {
    for bytes in small_order_encodings().iter().chain(&non_canonical_encodings()) {
        assert_eq!(PublicKey::from_bytes_with(SaysYes, bytes), Err(Error::InvalidPublicKey), "{bytes:02x?}");
        let unvalidated = PublicKey::unvalidated(*bytes);
        let signature = join(*example_key().verifying_key().as_bytes(), [1; 32]);
        let answer = unvalidated.verify_signature_with(SaysYes, b"message", &signature);
        assert_eq!(answer, Err(Error::BadSignature), "{bytes:02x?}");
        let mut token = RawToken::example(NOW);
        token.issuer = *bytes;
        let verifier = Verifier::new(core::slice::from_ref(&unvalidated)).with_backend(SaysYes);
        assert_eq!(verifier.verify(&token.sign_as_example(), Clock::Known(NOW)).err(), Some(Error::BadSignature));
    }
}

#[test]
fn a_backend_that_accepts_everything_gets_no_token_whose_signature_bytes_break_the_rule() {
    let key = PublicKey::from_bytes(example_key().verifying_key().as_bytes()).expect("a good key");
    let token = RawToken::example(NOW).sign_as_example();
    let verifier = Verifier::new(core::slice::from_ref(&key)).with_backend(SaysYes);
    let verify = |token: &[u8]| verifier.verify(token, Clock::Known(NOW)).map(drop);
    assert_eq!(verify(&token), Ok(()));
    assert_eq!(verify(&with_halves(&token, |r, _| join(r, [1; 32]))), Ok(()), "for this, the backend answers");

    let with_l = |r, s| join(r, plus_l(s));
    assert_eq!(verify(&with_halves(&token, with_l)), Err(Error::BadSignature));
    for r in small_order_encodings().iter().chain(&non_canonical_encodings()) {
        assert_eq!(verify(&with_halves(&token, |_, s| join(*r, s))), Err(Error::BadSignature), "{r:02x?}");
    }

    let issuers = [TrustedIssuer::new(key, "research-bot", "phd-lab").allow_guessable()];
    let trust = TrustTable::new(&issuers).expect("valid");
    let gate = Gate::new(trust, CountedElsewhere(Since::Beginning)).with_backend(SaysYes);
    let check = |token: &[u8]| gate.check(token, &Call::new(&[]), Clock::Known(NOW)).map(drop);
    assert_eq!(check(&token), Ok(()));
    assert_eq!(check(&with_halves(&token, with_l)), Err(Error::BadSignature));
}

#[test]
fn a_backend_that_accepts_everything_opens_no_bundle_whose_signature_bytes_break_the_rule() {
    let bundle = RawBundle::new(NOW).sign(&authority_key());
    let authority = PublicKey::from_bytes(authority_key().verifying_key().as_bytes()).expect("a good key");
    let open = |bytes: &[u8]| {
        TrustBundle::open_with(SaysYes, bytes, &TrustAnchor::new(authority), Clock::Known(NOW)).map(drop)
    };
    assert_eq!(open(&bundle), Ok(()));
    assert_eq!(open(&with_halves(&bundle, |r, s| join(r, plus_l(s)))), Err(Error::BadBundleSignature));
}
