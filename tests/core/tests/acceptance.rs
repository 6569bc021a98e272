//! The kit that tests backends: it passes one that a user wrote, and names what is wrong with four
//! others.

use agentid_nostd::{Backend, Error, PublicKey, may_be_accepted};
use agentid_test_kit::acceptance::{check, cofactored, halves};
use agentid_test_kit::points::challenge;
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

/// A backend that breaks its contract and finds everything good.
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

#[test]
fn what_bytes_decide_no_backend_decides() {
    let identity = [1, 0].map(|first| {
        let mut bytes = [0; 32];
        bytes[0] = first;
        bytes
    });
    for small in identity {
        assert!(PublicKey::from_bytes_with(SaysYes, &small).is_err());
        let key = PublicKey::unvalidated(small);
        let mut signature = [0; 64];
        signature[0] = 3;
        assert_eq!(key.verify_signature_with(SaysYes, b"anything", &signature), Err(Error::BadSignature));
    }
    let key = PublicKey::from_bytes(ED25519_BASEPOINT_POINT.compress().as_bytes()).expect("of large order");
    // S is not below L; R has small order.
    for signature in [[0xff; 64], [0; 64]] {
        assert_eq!(key.verify_signature_with(SaysYes, b"anything", &signature), Err(Error::BadSignature));
    }
}
