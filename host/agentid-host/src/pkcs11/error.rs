//! Why there is no key of a device.

use std::path::PathBuf;

use cryptoki::context::Function;
use cryptoki::error::{Error, RvError};
use thiserror::Error as ThisError;

use super::location::{KeyName, TokenName};

/// The failure below: of the system's loader, or of the module.
type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why there is no key of a device. The text says what is wrong and why; [`hint`](Self::hint) says
/// what a person can do about it. No PIN is in it.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum Pkcs11Error {
    /// The module cannot be loaded, or is no PKCS#11 module.
    #[error("{} cannot be loaded as a PKCS#11 module: {source}", .path.display())]
    ModuleNotLoaded {
        /// The module.
        path: PathBuf,
        /// The loader's answer.
        source: Source,
    },
    /// The module sees no token of this name.
    #[error("the module sees no token {0}")]
    UnknownToken(TokenName),
    /// The module sees several tokens of this name.
    #[error("the module sees {count} tokens {token}")]
    SeveralTokens {
        /// The name.
        token: TokenName,
        /// How many there are.
        count: usize,
    },
    /// The PIN is empty. It was not tried.
    #[error("the PIN is empty")]
    EmptyPin,
    /// The PIN is wrong.
    #[error("the token refuses the PIN")]
    WrongPin,
    /// The PIN is locked, or was never set.
    #[error("the token lets nobody log in: its PIN is locked, expired or not set")]
    PinUnusable,
    /// The name of a key is empty, so that it would stand for every key without one.
    #[error("the label or id of the key is empty")]
    EmptyKeyName,
    /// The token has no key of this name.
    #[error("the token has no private key {0}")]
    UnknownKey(KeyName),
    /// The token has no public half beside the private one.
    #[error("the token has no public key beside the private key {0}")]
    NoPublicKey(KeyName),
    /// The token has several keys of this name.
    #[error("the token has {count} {half} keys {key}")]
    SeveralKeys {
        /// The name.
        key: KeyName,
        /// `private` or `public`.
        half: &'static str,
        /// How many there are.
        count: usize,
    },
    /// The token has a key of this name already.
    #[error("the token has a key {0} already")]
    AlreadyThere(KeyName),
    /// The key is of another kind.
    #[error("the key {0} is no Ed25519 key")]
    NotEd25519(KeyName),
    /// The point of the public key has neither of the two forms that are read.
    #[error("the public key is written in {0} bytes that are neither a DER OCTET STRING of 32 bytes nor 32 bytes")]
    UnknownPoint(usize),
    /// The token does not know Ed25519.
    #[error("the token does not know Ed25519: it lacks the mechanism that was asked for")]
    NoMechanism,
    /// The token wants the PIN for each signature.
    #[error("the token asks for the PIN again before each signature of {0}, which is not supported")]
    AlwaysAuthenticate(KeyName),
    /// The token made a key whose secret can leave it. The key was removed.
    #[error("the token makes only keys whose secret can be read out; the new key was removed")]
    Extractable,
    /// The two halves do not belong together, or the token signs in another way.
    #[error("the signature of the key does not verify as Ed25519 under its public key")]
    WrongSignature,
    /// The public key is refused by the core.
    #[error("{0}")]
    Refused(#[from] agentid_nostd::Error),
    /// The module refused.
    #[error("the PKCS#11 module refused: {source}")]
    Module {
        /// The module's answer.
        source: Source,
    },
}

impl Pkcs11Error {
    /// A stable name, such as `wrong-pin`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ModuleNotLoaded { .. } => "module-not-loaded",
            Self::UnknownToken(_) => "unknown-pkcs11-token",
            Self::SeveralTokens { .. } => "several-pkcs11-tokens",
            Self::EmptyPin => "empty-pin",
            Self::WrongPin => "wrong-pin",
            Self::PinUnusable => "pin-unusable",
            Self::EmptyKeyName => "empty-key-name",
            Self::UnknownKey(_) => "unknown-key",
            Self::NoPublicKey(_) => "no-public-key",
            Self::SeveralKeys { .. } => "several-keys",
            Self::AlreadyThere(_) => "already-there",
            Self::NotEd25519(_) => "not-ed25519",
            Self::UnknownPoint(_) => "unknown-point",
            Self::NoMechanism => "no-mechanism",
            Self::AlwaysAuthenticate(_) => "always-authenticate",
            Self::Extractable => "extractable",
            Self::WrongSignature => "wrong-signature",
            Self::Refused(error) => error.name(),
            Self::Module { .. } => "pkcs11-module",
        }
    }

    /// What a person can do about it.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::ModuleNotLoaded { .. } => "name the shared library of the device's vendor by its path",
            Self::UnknownToken(_) => "`pkcs11-tool --module FILE --list-token-slots` lists labels and serial numbers",
            Self::SeveralTokens { .. } => "name the token by its serial number",
            Self::WrongPin => "do not guess: a token locks itself after a few wrong PINs",
            Self::PinUnusable => "unlock or set the PIN with the tool of the device's vendor",
            Self::UnknownKey(_) => "`agentid pkcs11 generate` makes a key",
            Self::NoPublicKey(_) => "write the public key to the token as well, with the same label and id",
            Self::SeveralKeys { .. } => "name the key by an id that no other key has",
            Self::AlreadyThere(_) => "choose another label or id, or remove that key with the vendor's tool",
            Self::NotEd25519(_) => "name another key; `agentid pkcs11 generate` makes one",
            Self::NoMechanism => "it needs CKM_EDDSA, and CKM_EC_EDWARDS_KEY_PAIR_GEN to make a key",
            Self::AlwaysAuthenticate(_) => "use a key of the token that is unlocked by one login",
            Self::EmptyPin
            | Self::EmptyKeyName
            | Self::UnknownPoint(_)
            | Self::Extractable
            | Self::WrongSignature
            | Self::Refused(_)
            | Self::Module { .. } => return None,
        })
    }
}

impl From<Error> for Pkcs11Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Pkcs11(RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange, Function::Login) => {
                Self::WrongPin
            }
            Error::Pkcs11(
                RvError::PinLocked | RvError::PinExpired | RvError::UserPinNotInitialized,
                Function::Login,
            ) => Self::PinUnusable,
            Error::Pkcs11(RvError::MechanismInvalid, _) => Self::NoMechanism,
            error => Self::Module { source: error.into() },
        }
    }
}
