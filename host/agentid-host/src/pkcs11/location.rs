//! Where a key is: module, token and name.

use std::fmt;
use std::path::PathBuf;

use cryptoki::object::Attribute;

/// Where a key is. It has no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyLocation {
    /// The PKCS#11 module of the device's vendor, a shared library.
    pub module: PathBuf,
    /// The PKCS#11 token.
    pub token: TokenName,
    /// The key on it.
    pub key: KeyName,
}

/// Names a PKCS#11 token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenName {
    /// By its label, which its owner has chosen.
    Label(String),
    /// By its serial number.
    Serial(String),
}

/// Names a key pair: both halves have this label or id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyName {
    /// By its label, `CKA_LABEL`.
    Label(String),
    /// By its id, `CKA_ID`.
    Id(Vec<u8>),
}

impl KeyName {
    /// The attribute that both halves have.
    pub(super) fn attribute(&self) -> Attribute {
        match self {
            Self::Label(label) => Attribute::Label(label.as_bytes().to_vec()),
            Self::Id(id) => Attribute::Id(id.clone()),
        }
    }

    /// An empty name would stand for every key without one.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Label(label) => label.is_empty(),
            Self::Id(id) => id.is_empty(),
        }
    }
}

impl fmt::Display for TokenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Label(label) => write!(f, "`{}`", label.escape_debug()),
            Self::Serial(serial) => write!(f, "of serial number `{}`", serial.escape_debug()),
        }
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Label(label) => write!(f, "`{}`", label.escape_debug()),
            Self::Id(id) => write!(f, "of id {}", hex::encode(id)),
        }
    }
}
