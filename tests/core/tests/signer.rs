//! What signs without giving its key away, and what fails to.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use agentid_nostd::{
    AgentIdentity, Clock, Error, Fingerprint, PublicKey, Signer, SigningKey, TokenBuilder, TrustAnchor, TrustBundle,
    TrustBundleBuilder, TrustedIssuer, verify_token,
};
use agentid_test_kit::raw::{RawToken, example_key};
use agentid_test_kit::raw_bundle::authority_key;

const NOW: i64 = 1_790_000_000;

/// As a hardware key: another library has the secret, signing needs the device, and the device can
/// be gone.
struct Hardware {
    secret: ed25519_dalek::SigningKey,
    present: Cell<bool>,
    signed: RefCell<Vec<Vec<u8>>>,
}

impl Hardware {
    fn with(secret: ed25519_dalek::SigningKey) -> Self {
        Self { secret, present: Cell::new(true), signed: RefCell::default() }
    }
}

impl Signer for Hardware {
    fn public_key(&self) -> PublicKey {
        PublicKey::from_bytes(self.secret.verifying_key().as_bytes()).expect("a good key")
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], Error> {
        if !self.present.get() {
            return Err(Error::SigningFailed);
        }
        self.signed.borrow_mut().push(message.to_vec());
        Ok(ed25519_dalek::Signer::sign(&self.secret, message).to_bytes())
    }
}

#[test]
fn hardware_mints_a_token_that_verifies() {
    let hardware = Hardware::with(example_key());
    let agent = AgentIdentity::new("research-bot", "phd-lab", &hardware).expect("valid");
    let builder =
        TokenBuilder::new(&agent, NOW, 0x0123_4567_89ab_cdef).scopes(&["read:arxiv", "write:notes"]).max_calls(100);
    let mut buf = [0x55; 256];
    let token = builder.mint_into(&mut buf).expect("signed");
    assert_eq!(hex::encode(token), hex::encode(RawToken::example(NOW).sign_as_example()));
    assert!(verify_token(token, &agent.public_key(), Clock::Known(NOW)).expect("holds").permits("read:arxiv"));
    assert_eq!(*hardware.signed.borrow(), [token[..token.len() - 64].to_vec()], "once, and nothing else");
    assert_eq!(agent.fingerprint(), Fingerprint::of(&hardware.public_key()));
    let key = AgentIdentity::derive("research-bot", "phd-lab", None).expect("valid");
    assert_eq!(agent.public_key(), key.public_key());
    assert!(agent.signer().present.get());

    // Without knowing what signs.
    let any: &dyn Signer = &hardware;
    let agent = AgentIdentity::new("research-bot", "phd-lab", any).expect("valid");
    assert!(TokenBuilder::new(&agent, NOW, 7).mint_into(&mut buf).is_ok());
}

/// One token, by this signer.
fn mint(signer: impl Signer) -> Vec<u8> {
    let agent = AgentIdentity::new("research-bot", "phd-lab", signer).expect("valid");
    let mut buf = [0; 256];
    TokenBuilder::new(&agent, NOW, 7).scopes(&["read:arxiv"]).mint_into(&mut buf).expect("signed").to_vec()
}

#[test]
fn a_signer_on_the_heap_signs_as_the_one_in_it() {
    let hardware = || Hardware::with(example_key());
    let in_memory = || SigningKey::from_secret_bytes(&example_key().to_bytes()).expect("a secret");
    let expected = mint(hardware());
    let key = hardware().public_key();
    assert!(verify_token(&expected, &key, Clock::Known(NOW)).expect("holds").permits("read:arxiv"));

    let boxed: [Box<dyn Signer>; 2] = [Box::new(hardware()), Box::new(in_memory())];
    for signer in boxed {
        assert_eq!(mint(&signer), expected, "lent");
        assert_eq!(mint(signer), expected);
    }
    let shared: Arc<dyn Signer + Send + Sync> = Arc::new(in_memory());
    assert_eq!(mint(Arc::clone(&shared)), expected);
    assert_eq!((mint(&shared), shared.public_key()), (expected, key));

    let absent = hardware();
    absent.present.set(false);
    let boxed: Box<dyn Signer> = Box::new(absent);
    assert_eq!(boxed.sign(b"message"), Err(Error::SigningFailed));
}

/// Nothing is left that could be taken for a token, and nothing of a token that was there before.
#[test]
fn a_signer_that_fails_leaves_zeros() {
    let hardware = Hardware::with(example_key());
    hardware.present.set(false);
    let agent = AgentIdentity::new("research-bot", "phd-lab", &hardware).expect("valid");
    let builder = TokenBuilder::new(&agent, NOW, 7).scopes(&["read:arxiv"]);
    let len = agentid_nostd::token_len("research-bot", "phd-lab", &["read:arxiv"]);
    let mut buf = [0x55; 256];
    let error = builder.mint_into(&mut buf).expect_err("it is gone");
    assert_eq!((error.code(), error.name(), error.class().http_status()), (64, "signing-failed", 503));
    let (token, rest) = buf.split_at(len);
    assert_eq!(token, vec![0; len]);
    assert!(rest.iter().all(|byte| *byte == 0x55), "beyond the token");

    // What is refused before is not shown to the signer, and writes nothing.
    let mut buf = [0x55; 256];
    assert_eq!(builder.ttl_seconds(0).mint_into(&mut buf).err(), Some(Error::EmptyLifetime));
    assert_eq!(builder.mint_into(&mut buf[..len - 1]).err(), Some(Error::BufferTooSmall));
    assert!(buf.iter().all(|byte| *byte == 0x55));
    hardware.present.set(true);
    assert!(builder.mint_into(&mut buf).is_ok(), "it is back");
    assert_eq!(hardware.signed.borrow().len(), 1);
}

/// It has the wrong key, or answers for another message: whatever it makes, no verifier takes it.
#[test]
fn a_signature_that_is_not_one_is_refused_by_every_verifier() {
    struct Liar(PublicKey);
    impl Signer for Liar {
        fn public_key(&self) -> PublicKey {
            self.0
        }

        fn sign(&self, message: &[u8]) -> Result<[u8; 64], Error> {
            Ok(ed25519_dalek::Signer::sign(&ed25519_dalek::SigningKey::from_bytes(&[9; 32]), message).to_bytes())
        }
    }
    let key = PublicKey::from_bytes(example_key().verifying_key().as_bytes()).expect("a good key");
    let agent = AgentIdentity::new("research-bot", "phd-lab", Liar(key)).expect("valid");
    let mut buf = [0; 256];
    let token = TokenBuilder::new(&agent, NOW, 7).mint_into(&mut buf).expect("the signer answered");
    assert_eq!(verify_token(token, &key, Clock::Known(NOW)).err(), Some(Error::BadSignature));
}

#[test]
fn names_are_checked_whoever_signs() {
    let hardware = Hardware::with(example_key());
    let new = |name, project| AgentIdentity::new(name, project, &hardware).map(drop);
    assert_eq!(new("", "lab"), Err(Error::InvalidName));
    assert_eq!(new("bot", "a\0"), Err(Error::InvalidProject));
    assert_eq!(new("", ""), Err(Error::InvalidName));
    assert_eq!(new("bot", "lab"), Ok(()));
}

#[test]
fn hardware_signs_a_trust_bundle() {
    let hardware = Hardware::with(authority_key());
    let in_memory = SigningKey::from_secret_bytes(&authority_key().to_bytes()).expect("a secret");
    let issuer = AgentIdentity::derive("bot", "lab", Some(b"a seed of enough bytes")).expect("valid").public_key();
    fn write(authority: &impl Signer, issuer: PublicKey) -> Result<Vec<u8>, Error> {
        let mut issuers = [TrustedIssuer::new(issuer, "bot", "lab")];
        let mut buf = [0; 512];
        let mut builder = TrustBundleBuilder::new(authority, 3, NOW, NOW + 100).issuers(&mut issuers);
        Ok(builder.write_into(&mut buf, Clock::Known(NOW))?.to_vec())
    }
    let bytes = write(&hardware, issuer).expect("signed");
    assert_eq!(write(&in_memory, issuer), Ok(bytes.clone()));
    let bundle = TrustBundle::open(&bytes, &TrustAnchor::new(hardware.public_key()), Clock::Known(NOW));
    assert_eq!(bundle.expect("good").epoch(), 3);
    hardware.present.set(false);
    assert_eq!(write(&hardware, issuer), Err(Error::SigningFailed));
}
