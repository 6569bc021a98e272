//! The example token's claims as JSON Web Tokens (RFC 7519), verified by `jsonwebtoken` over
//! AWS-LC.

use agentid_nostd::{encode_text, text_len};
use agentid_test_kit::raw::{RawToken, example_key};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use ed25519_dalek::Signer;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;

/// The same claims as the example token; `iss` is the same public key, as base64url.
#[derive(Deserialize)]
#[expect(dead_code, reason = "read by the verifier under test, as an application would")]
struct Claims {
    iss: String,
    name: String,
    project: String,
    scopes: Vec<String>,
    iat: i64,
    exp: i64,
    max_calls: u32,
    jti: String,
}

/// A token and what verifies it.
pub(crate) struct Jwt {
    pub(crate) name: &'static str,
    pub(crate) text: String,
    key: DecodingKey,
    validation: Validation,
}

impl Jwt {
    fn new(name: &'static str, text: String, key: DecodingKey, algorithm: Algorithm) -> Self {
        let mut validation = Validation::new(algorithm);
        validation.set_issuer(&[base64url(example_key().verifying_key().as_bytes())]);
        let jwt = Self { name, text, key, validation };
        assert!(jwt.verify(&jwt.text), "{name} is not accepted");
        assert!(!jwt.verify(&jwt.text.replacen("ey", "eX", 1)), "{name} accepts anything");
        jwt
    }

    pub(crate) fn verify(&self, text: &str) -> bool {
        jsonwebtoken::decode::<Claims>(text, &self.key, &self.validation).is_ok()
    }
}

pub(crate) fn eddsa(now: i64) -> Jwt {
    let key = example_key();
    let text = signed("EdDSA", now, |message| key.sign(message).to_bytes().to_vec());
    let public = DecodingKey::from_ed_der(key.verifying_key().as_bytes());
    Jwt::new("jsonwebtoken, EdDSA", text, public, Algorithm::EdDSA)
}

pub(crate) fn rs256(now: i64) -> Jwt {
    let key = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key of 2,048 bits");
    let text = signed("RS256", now, |message| {
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).expect("signs");
        signature
    });
    let public = key.public_key();
    let modulus = public.modulus().big_endian_without_leading_zero().to_vec();
    let exponent = public.exponent().big_endian_without_leading_zero().to_vec();
    let public = DecodingKey::from_rsa_raw_components(&modulus, &exponent);
    Jwt::new("jsonwebtoken, RS256", text, public, Algorithm::RS256)
}

fn signed(algorithm: &str, now: i64, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let raw = RawToken::example(now);
    let header = format!(r#"{{"typ":"JWT","alg":"{algorithm}"}}"#);
    let payload = format!(
        r#"{{"iss":"{}","name":"research-bot","project":"phd-lab","scopes":["read:arxiv","write:notes"],"iat":{},"exp":{},"max_calls":{},"jti":"{:016x}"}}"#,
        base64url(&raw.issuer),
        raw.issued_at,
        raw.expires_at,
        raw.max_calls,
        raw.token_id,
    );
    let message = format!("{}.{}", base64url(header.as_bytes()), base64url(payload.as_bytes()));
    let signature = base64url(&sign(message.as_bytes()));
    format!("{message}.{signature}")
}

fn base64url(bytes: &[u8]) -> String {
    let mut text = vec![0; text_len(bytes.len())];
    encode_text(bytes, &mut text).expect("fits").to_owned()
}
