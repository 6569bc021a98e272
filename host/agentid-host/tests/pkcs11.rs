//! Keys of a device, asked of SoftHSM: a PKCS#11 module whose tokens are files. What SoftHSM cannot
//! show, such as a device that signs wrongly, the unit tests of `src/pkcs11/` show.
#![cfg(all(unix, feature = "pkcs11"))]

mod softhsm;

use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::thread;

use agentid_host::pkcs11::{KeyLocation, KeyName, Pkcs11Error, Pkcs11Signer, TokenName};
use agentid_host::{AgentIdentity, Error, Signer, TokenBuilder, verify_token};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass};
use cryptoki::session::Session;
use softhsm::{KEY, PIN, TOKENS, alone, location, new_token, open, session, softhsm, token_with_key};

/// The stable name of a refusal.
fn refusal(result: Result<Pkcs11Signer, Pkcs11Error>) -> &'static str {
    result.expect_err("a refusal").name()
}

fn names(label: &str) -> [Attribute; 2] {
    [Attribute::Token(true), Attribute::Label(label.as_bytes().to_vec())]
}

/// Makes a key pair with this mechanism.
fn make(session: &Session, mechanism: &Mechanism<'_>, label: &str, public: &[Attribute]) {
    let public = [&names(label), public].concat();
    let private = [&names(label)[..], &[Attribute::Sign(true)]].concat();
    session.generate_key_pair(mechanism, &public, &private).expect("a key pair");
}

fn ed25519() -> Attribute {
    Attribute::EcParams(vec![0x06, 0x03, 0x2b, 0x65, 0x70])
}

fn destroy(session: &Session, class: ObjectClass) {
    for object in session.find_objects(&[Attribute::Class(class)]).expect("objects") {
        session.destroy_object(object).expect("destroyed");
    }
}

/// Puts another public half in the place of the one that is there.
fn replace_public_half(session: &Session, point: Vec<u8>) {
    destroy(session, ObjectClass::PUBLIC_KEY);
    let public = [
        Attribute::Class(ObjectClass::PUBLIC_KEY),
        Attribute::KeyType(KeyType::EC_EDWARDS),
        ed25519(),
        Attribute::EcPoint(point),
        Attribute::Verify(true),
    ];
    session.create_object(&[&names(KEY)[..], &public].concat()).expect("a public key");
}

#[test]
fn a_key_of_a_token_mints_what_verifies() {
    let _alone = alone();
    let made = token_with_key("mints");
    let key = open("mints").expect("opened");
    assert_eq!(key.public_key(), made.public_key());
    let agent = AgentIdentity::new("research-bot", "phd-lab", &key).expect("an identity");
    let token = TokenBuilder::new(&agent).scopes(["read:arxiv"]).build().expect("minted");
    let claims = verify_token(&token, &key.public_key()).expect("verified");
    assert!(claims.permits("read:arxiv"));
    assert_eq!((claims.name(), claims.project()), ("research-bot", "phd-lab"));
}

#[test]
fn the_secret_of_a_new_key_stays_in_the_token() {
    let _alone = alone();
    drop(token_with_key("stays"));
    let session = session("stays");
    let private = session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY)]).expect("objects");
    let facts = session.get_attributes(
        private[0],
        &[
            AttributeType::Private,
            AttributeType::Sensitive,
            AttributeType::AlwaysSensitive,
            AttributeType::Extractable,
            AttributeType::NeverExtractable,
            AttributeType::Value,
        ],
    );
    let expected = [
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::AlwaysSensitive(true),
        Attribute::Extractable(false),
        Attribute::NeverExtractable(true),
    ];
    assert_eq!(facts.expect("attributes"), expected);
}

#[test]
fn a_key_is_found_by_id_and_a_token_by_serial_number() {
    let _alone = alone();
    new_token("by-id");
    let by_id = |key: &[u8]| KeyLocation { key: KeyName::Id(key.to_vec()), ..location("by-id", "") };
    let made = Pkcs11Signer::generate(by_id(&[7]), PIN).expect("a key");
    assert_eq!(refusal(Pkcs11Signer::open(by_id(&[8]), PIN)), "unknown-key");
    let softhsm = softhsm();
    let infos = softhsm.get_slots_with_initialized_token().expect("slots").into_iter();
    let info = infos.map(|slot| softhsm.get_token_info(slot).expect("a token")).find(|info| info.label() == "by-id");
    let token = TokenName::Serial(info.expect("the token").serial_number().to_owned());
    let key = Pkcs11Signer::open(KeyLocation { token, ..by_id(&[7]) }, PIN).expect("opened");
    assert_eq!(key.public_key(), made.public_key());
    let token = TokenName::Serial("by-id".into());
    assert_eq!(refusal(Pkcs11Signer::open(KeyLocation { token, ..by_id(&[7]) }, PIN)), "unknown-pkcs11-token");
}

#[test]
fn threads_share_a_key() {
    let _alone = alone();
    let key = Arc::new(token_with_key("threads"));
    let threads: Vec<_> = (0..8_u8)
        .map(|number| {
            let key = Arc::clone(&key);
            thread::spawn(move || {
                for round in 0..50 {
                    let signature = key.sign(&[number, round]).expect("signed");
                    key.public_key().verify_signature(&[number, round], &signature).expect("its signature");
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("a thread");
    }
}

#[test]
fn threads_open_a_key_at_once() {
    let _alone = alone();
    let made = token_with_key("openings");
    let threads: Vec<_> = (0..8)
        .map(|_| {
            thread::spawn(|| {
                for _ in 0..20 {
                    let key = open("openings").expect("opened");
                    key.sign(b"message").expect("signed");
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("a thread");
    }
    made.sign(b"message").expect("signed");
}

#[test]
fn a_wrong_pin_is_refused() {
    let _alone = alone();
    drop(token_with_key("pin"));
    for pin in ["another PIN", "1"] {
        assert_eq!(refusal(Pkcs11Signer::open(location("pin", KEY), pin)), "wrong-pin", "{pin}");
        assert_eq!(refusal(Pkcs11Signer::generate(location("pin", "new"), pin)), "wrong-pin", "{pin}");
    }
    assert_eq!(refusal(Pkcs11Signer::open(location("pin", KEY), "")), "empty-pin");
    open("pin").expect("the right PIN");
}

#[test]
fn a_module_or_token_that_is_not_there_is_refused() {
    let _alone = alone();
    new_token("there");
    let with_module = |module: &Path| KeyLocation { module: module.to_owned(), ..location("there", KEY) };
    let text = TOKENS.path().join("softhsm2.conf");
    // Not there; in no folder that was named; no library; a library that is no module.
    for bad in
        ["/nowhere/module.so", "libsofthsm2.so", text.to_str().expect("UTF-8"), "/lib/x86_64-linux-gnu/libm.so.6"]
    {
        assert_eq!(refusal(Pkcs11Signer::open(with_module(Path::new(bad)), PIN)), "module-not-loaded", "{bad}");
    }
    for bad in ["elsewhere", "", "ther", "there "] {
        assert_eq!(refusal(open(bad)), "unknown-pkcs11-token", "`{bad}`");
    }
}

#[test]
fn two_tokens_of_one_label_are_refused() {
    let _alone = alone();
    drop(token_with_key("twins"));
    new_token("twins");
    assert_eq!(refusal(open("twins")), "several-pkcs11-tokens");
}

#[test]
fn a_key_that_is_not_there_is_refused() {
    let _alone = alone();
    drop(token_with_key("missing"));
    for bad in ["other", "authorit", "authority "] {
        assert_eq!(refusal(Pkcs11Signer::open(location("missing", bad), PIN)), "unknown-key", "{bad}");
    }
    for bad in [KeyName::Label(String::new()), KeyName::Id(Vec::new())] {
        let location = KeyLocation { key: bad, ..location("missing", KEY) };
        assert_eq!(refusal(Pkcs11Signer::open(location.clone(), PIN)), "empty-key-name");
        assert_eq!(refusal(Pkcs11Signer::generate(location, PIN)), "empty-key-name");
    }
    destroy(&session("missing"), ObjectClass::PUBLIC_KEY);
    assert_eq!(refusal(open("missing")), "no-public-key");
    assert_eq!(refusal(Pkcs11Signer::generate(location("missing", KEY), PIN)), "already-there");
}

#[test]
fn two_keys_of_one_label_are_refused() {
    let _alone = alone();
    drop(token_with_key("double"));
    assert_eq!(refusal(Pkcs11Signer::generate(location("double", KEY), PIN)), "already-there");
    make(&session("double"), &Mechanism::EccEdwardsKeyPairGen, KEY, &[ed25519()]);
    assert_eq!(refusal(open("double")), "several-keys");
    // Of one private half, too.
    let session = session("double");
    let private = session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY)]).expect("objects");
    session.destroy_object(private[1]).expect("destroyed");
    assert_eq!(refusal(open("double")), "several-keys");
}

#[test]
fn a_key_of_another_kind_is_refused() {
    let _alone = alone();
    new_token("kinds");
    let session = session("kinds");
    let p256 = vec![0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    make(&session, &Mechanism::EccKeyPairGen, "p256", &[Attribute::EcParams(p256)]);
    let rsa = [Attribute::ModulusBits(2048.into()), Attribute::PublicExponent(vec![1, 0, 1])];
    make(&session, &Mechanism::RsaPkcsKeyPairGen, "rsa", &rsa);
    for kind in ["p256", "rsa"] {
        assert_eq!(refusal(Pkcs11Signer::open(location("kinds", kind), PIN)), "not-ed25519", "{kind}");
    }
    // The same kind, on the other curve.
    make(
        &session,
        &Mechanism::EccEdwardsKeyPairGen,
        "ed448",
        &[Attribute::EcParams(vec![0x06, 0x03, 0x2b, 0x65, 0x71])],
    );
    assert_eq!(refusal(Pkcs11Signer::open(location("kinds", "ed448"), PIN)), "unknown-point");
    // An RSA key of the same label makes two keys.
    make(&session, &Mechanism::EccEdwardsKeyPairGen, "rsa", &[ed25519()]);
    assert_eq!(refusal(Pkcs11Signer::open(location("kinds", "rsa"), PIN)), "several-keys");
}

#[test]
fn a_key_that_wants_the_pin_for_each_signature_is_refused() {
    let _alone = alone();
    new_token("each");
    let private = [&names(KEY)[..], &[Attribute::Sign(true), Attribute::AlwaysAuthenticate(true)]].concat();
    let public = [&names(KEY)[..], &[ed25519()]].concat();
    session("each").generate_key_pair(&Mechanism::EccEdwardsKeyPairGen, &public, &private).expect("a key pair");
    assert_eq!(refusal(open("each")), "always-authenticate");
}

#[test]
fn a_public_half_is_read_in_both_forms_and_checked() {
    let _alone = alone();
    let made = token_with_key("halves");
    let session = session("halves");
    let own = made.public_key();
    replace_public_half(&session, own.as_bytes().to_vec());
    assert_eq!(open("halves").expect("32 bytes as they are").public_key(), own);
    replace_public_half(&session, [&[0x04, 0x20], &own.as_bytes()[..]].concat());
    assert_eq!(open("halves").expect("an octet string").public_key(), own);
    replace_public_half(&session, [&[0x03, 0x21, 0x00], &own.as_bytes()[..]].concat());
    assert_eq!(refusal(open("halves")), "unknown-point");
    replace_public_half(&session, vec![0xff; 32]);
    assert_eq!(refusal(open("halves")), "invalid-public-key");
    // The public half of somebody else.
    let other = agentid_host::SigningKey::from_secret_bytes(&[9; 32]).expect("a secret").public_key();
    replace_public_half(&session, other.as_bytes().to_vec());
    assert_eq!(refusal(open("halves")), "wrong-signature");
}

#[test]
fn a_key_that_was_removed_signs_no_more() {
    let _alone = alone();
    let key = token_with_key("removed-key");
    key.sign(b"message").expect("signed");
    destroy(&session("removed-key"), ObjectClass::PRIVATE_KEY);
    assert_eq!(key.sign(b"message"), Err(Error::SigningFailed));
    assert_eq!(key.sign(b"message"), Err(Error::SigningFailed));
}

#[test]
fn a_session_that_is_gone_gives_no_signature() {
    let _alone = alone();
    let key = token_with_key("logged-out");
    session("logged-out").logout().expect("logged out");
    assert_eq!(key.sign(b"message"), Err(Error::SigningFailed));
    // A new key is a new login.
    let again = open("logged-out").expect("opened");
    again.sign(b"message").expect("signed");
}

#[test]
fn the_child_of_a_fork_gets_no_signature() {
    let _alone = alone();
    let key = Arc::new(token_with_key("fork"));
    let in_child = Arc::clone(&key);
    let mut command = Command::new("true");
    let code = |result: Result<[u8; 64], Error>| match result {
        Err(Error::SigningFailed) => 42,
        _ => 43,
    };
    // SAFETY: the closure runs in the child, after the fork. It allocates nothing if `sign` returns
    // before it asks the module, which is what this test is about.
    unsafe { command.pre_exec(move || Err(io::Error::from_raw_os_error(code(in_child.sign(b"message"))))) };
    let error = command.spawn().expect_err("the closure ends the child");
    assert_eq!(error.raw_os_error(), Some(42));
    key.sign(b"message").expect("the parent signs");
}

#[test]
fn no_pin_is_shown() {
    let _alone = alone();
    let key = token_with_key("debug");
    let wrong = Pkcs11Signer::open(location("debug-elsewhere", KEY), PIN).expect_err("no token");
    for text in [format!("{key:?}"), format!("{wrong:?}"), wrong.to_string()] {
        assert!(!text.contains(PIN), "{text}");
    }
    fn shared<T: Send + Sync>(_: &T) {}
    shared(&key);
}
