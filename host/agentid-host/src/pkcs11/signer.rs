//! A key of a device, which signs.

use std::fmt;
use std::process;
use std::sync::Mutex;

use agentid_nostd::{Error, PublicKey, Signer};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;

use super::error::Pkcs11Error;
use super::location::{KeyLocation, KeyName};
use super::point;
use super::token::{Access, log_in};

/// `CKA_EC_PARAMS` of Ed25519 in DER. Devices differ in which they know.
const ED25519: [&[u8]; 3] = [
    // The object identifier 1.3.101.112 (RFC 8410).
    b"\x06\x03\x2b\x65\x70",
    // The PrintableString `edwards25519` (PKCS#11 3.0, section 2.3.5).
    b"\x13\x0cedwards25519",
    // The object identifier 1.3.6.1.4.1.11591.15.1, of the same section.
    b"\x06\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01",
];
/// The bytes of a new random `CKA_ID`.
const ID_LEN: usize = 16;
/// What a key signs when it is opened. It is the beginning of no token and of no bundle.
const PROBE: &[u8] = b"agentid: a signature that shows which key this is";

/// An Ed25519 key of a device. Threads may share it: one signs at a time.
///
/// Each signature is verified before it is returned. A device with a fault, another key in its
/// place or a process that was forked therefore gives an error and never a wrong signature.
pub struct Pkcs11Signer {
    location: KeyLocation,
    public_key: PublicKey,
    private_key: ObjectHandle,
    session: Mutex<Session>,
    process: u32,
}

impl Pkcs11Signer {
    /// Opens a key, and has it sign once. `pin` is the user's PIN, which is not kept.
    ///
    /// If this process has logged in to the token already, the module does not look at the PIN.
    ///
    /// # Errors
    /// [`Pkcs11Error`]: it has a variant for each of the things that can be wrong.
    pub fn open(location: KeyLocation, pin: &str) -> Result<Self, Pkcs11Error> {
        let session = session(&location, pin, Access::Read)?;
        Self::of(location, session)
    }

    /// Makes a new key in the token and opens it. Its secret is sensitive and cannot be extracted.
    /// A key that is named by a label gets a random id as well.
    ///
    /// # Errors
    /// [`Pkcs11Error::AlreadyThere`] if there is a key of this name, of any kind;
    /// [`Pkcs11Error::Extractable`] if the token makes no other keys; those of
    /// [`open`](Self::open).
    pub fn generate(location: KeyLocation, pin: &str) -> Result<Self, Pkcs11Error> {
        let session = session(&location, pin, Access::Write)?;
        for class in [ObjectClass::PRIVATE_KEY, ObjectClass::PUBLIC_KEY] {
            if !session.find_objects(&[Attribute::Class(class), location.key.attribute()])?.is_empty() {
                return Err(Pkcs11Error::AlreadyThere(location.key));
            }
        }
        make_pair(&session, &location.key)?;
        Self::of(location, session)
    }

    fn of(location: KeyLocation, session: Session) -> Result<Self, Pkcs11Error> {
        let key = &location.key;
        let private = find(&session, key, ObjectClass::PRIVATE_KEY, "private")?
            .ok_or_else(|| Pkcs11Error::UnknownKey(key.clone()))?;
        let public = find(&session, key, ObjectClass::PUBLIC_KEY, "public")?
            .ok_or_else(|| Pkcs11Error::NoPublicKey(key.clone()))?;
        if session.get_attributes(private, &[AttributeType::AlwaysAuthenticate])?
            == [Attribute::AlwaysAuthenticate(true)]
        {
            return Err(Pkcs11Error::AlwaysAuthenticate(location.key));
        }
        let public_key = match &session.get_attributes(public, &[AttributeType::EcPoint])?[..] {
            [Attribute::EcPoint(point)] => point::public_key(point)?,
            _ => return Err(Pkcs11Error::NoPublicKey(location.key)),
        };
        let signature = sign(&session, private, PROBE)?;
        checked(&public_key, PROBE, &signature).ok_or(Pkcs11Error::WrongSignature)?;
        let session = Mutex::new(session);
        Ok(Self { location, public_key, private_key: private, session, process: process::id() })
    }

    /// Where the key is.
    #[must_use]
    pub const fn location(&self) -> &KeyLocation {
        &self.location
    }
}

impl Signer for Pkcs11Signer {
    fn public_key(&self) -> PublicKey {
        self.public_key
    }

    /// Asks the device for a signature, and verifies it.
    ///
    /// # Errors
    /// [`Error::SigningFailed`] if the device makes none or a wrong one, and in the child of a
    /// fork, whose session is the parent's.
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], Error> {
        // First of all: a child may find the lock held for ever.
        if process::id() != self.process {
            return Err(Error::SigningFailed);
        }
        let session = self.session.lock().map_err(|_| Error::SigningFailed)?;
        let signature = sign(&session, self.private_key, message).map_err(|_| Error::SigningFailed)?;
        checked(&self.public_key, message, &signature).ok_or(Error::SigningFailed)
    }
}

impl fmt::Debug for Pkcs11Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pkcs11Signer")
            .field("location", &self.location)
            .field("public_key", &self.public_key)
            .finish_non_exhaustive()
    }
}

fn session(location: &KeyLocation, pin: &str, access: Access) -> Result<Session, Pkcs11Error> {
    if location.key.is_empty() {
        return Err(Pkcs11Error::EmptyKeyName);
    }
    log_in(&location.module, &location.token, pin, access)
}

/// Finds the one key of this name and checks its kind. It looks at keys of every kind, so that a
/// name stands for one key and not for the first that fits.
fn find(
    session: &Session,
    key: &KeyName,
    class: ObjectClass,
    half: &'static str,
) -> Result<Option<ObjectHandle>, Pkcs11Error> {
    let found = session.find_objects(&[Attribute::Class(class), key.attribute()])?;
    let &[handle] = found.as_slice() else {
        let several = Pkcs11Error::SeveralKeys { key: key.clone(), half, count: found.len() };
        return if found.is_empty() { Ok(None) } else { Err(several) };
    };
    if session.get_attributes(handle, &[AttributeType::KeyType])? != [Attribute::KeyType(KeyType::EC_EDWARDS)] {
        return Err(Pkcs11Error::NotEd25519(key.clone()));
    }
    Ok(Some(handle))
}

/// Makes a key pair whose secret stays in the token, or none.
fn make_pair(session: &Session, key: &KeyName) -> Result<(), Pkcs11Error> {
    let mut names = vec![key.attribute()];
    if let KeyName::Label(_) = key {
        // Other programs tell keys apart by their ids.
        let mut id = vec![0; ID_LEN];
        getrandom::fill(&mut id).map_err(|_| Error::EntropyUnavailable)?;
        names.push(Attribute::Id(id));
    }
    let public = [Attribute::Token(true), Attribute::Private(false), Attribute::Verify(true)];
    let private = [
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
    ];
    let (public, private) = first_that_works(ED25519, |curve| {
        session.generate_key_pair(
            &Mechanism::EccEdwardsKeyPairGen,
            &[&names[..], &public, &[Attribute::EcParams(curve.to_vec())]].concat(),
            &[&names[..], &private].concat(),
        )
    })?;
    let facts = session.get_attributes(private, &[AttributeType::Sensitive, AttributeType::Extractable])?;
    if keeps_its_secret(&facts) {
        return Ok(());
    }
    session.destroy_object(private)?;
    session.destroy_object(public)?;
    Err(Pkcs11Error::Extractable)
}

/// Makes something of the first choice that works. Returns the error of the first otherwise.
fn first_that_works<'c, T, E>(
    [first, others @ ..]: [&'c [u8]; 3],
    with: impl Fn(&'c [u8]) -> Result<T, E>,
) -> Result<T, E> {
    with(first).or_else(|error| others.iter().find_map(|choice| with(choice).ok()).ok_or(error))
}

/// Says whether a token has taken both wishes seriously.
fn keeps_its_secret(facts: &[Attribute]) -> bool {
    facts.contains(&Attribute::Sensitive(true)) && facts.contains(&Attribute::Extractable(false))
}

/// A signature of pure Ed25519: `CKM_EDDSA` without parameters.
fn sign(session: &Session, key: ObjectHandle, message: &[u8]) -> Result<Vec<u8>, cryptoki::error::Error> {
    session.sign(&Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Ed25519)), key, message)
}

/// Returns a signature that verifies.
fn checked(key: &PublicKey, message: &[u8], signature: &[u8]) -> Option<[u8; 64]> {
    let signature = signature.try_into().ok()?;
    key.verify_signature(message, &signature).ok().map(|()| signature)
}

#[cfg(test)]
mod tests {
    use agentid_nostd::{Signer, SigningKey};
    use cryptoki::object::Attribute;

    use super::{ED25519, checked, first_that_works, keeps_its_secret};

    #[test]
    fn a_signature_that_does_not_verify_is_not_returned() {
        let key = SigningKey::from_secret_bytes(&[7; 32]).expect("a secret");
        let signature = key.sign(b"message").expect("signed");
        assert_eq!(checked(&key.public_key(), b"message", &signature), Some(signature));
        assert_eq!(checked(&key.public_key(), b"another message", &signature), None);
        let other = SigningKey::from_secret_bytes(&[8; 32]).expect("a secret").public_key();
        assert_eq!(checked(&other, b"message", &signature), None);
        assert_eq!(checked(&key.public_key(), b"message", &signature[..63]), None);
        assert_eq!(checked(&key.public_key(), b"message", &[&signature[..], &[0]].concat()), None);
    }

    #[test]
    fn a_prehashed_signature_is_not_returned() {
        // RFC 8032, section 7.3: Ed25519ph of `abc`, as a device signs with other parameters.
        let (mut key, mut signature) = ([0; 32], [0; 64]);
        hex::decode_to_slice("ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf", &mut key)
            .expect("hex");
        hex::decode_to_slice(
            "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41\
             31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406",
            &mut signature,
        )
        .expect("hex");
        let key = agentid_nostd::PublicKey::from_bytes(&key).expect("a key");
        assert_eq!(checked(&key, b"abc", &signature), None);
    }

    #[test]
    fn only_a_key_that_is_sensitive_and_stays_is_kept() {
        let (sensitive, extractable) = (Attribute::Sensitive, Attribute::Extractable);
        assert!(keeps_its_secret(&[sensitive(true), extractable(false)]));
        for facts in [
            &[sensitive(false), extractable(false)][..],
            &[sensitive(true), extractable(true)],
            &[sensitive(true)],
            &[extractable(false)],
            &[],
        ] {
            assert!(!keeps_its_secret(facts), "{facts:?}");
        }
    }

    #[test]
    fn a_device_is_asked_by_each_name_of_the_curve() {
        for known in ED25519 {
            assert_eq!(first_that_works(ED25519, |name| (name == known).then_some(name).ok_or(name)), Ok(known));
        }
        assert_eq!(first_that_works(ED25519, |name| Err::<(), _>(name.to_vec())), Err(ED25519[0].to_vec()));
    }
}
