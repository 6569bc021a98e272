//! The name of a key in a vault. It is the only thing that names of files are made of.

use std::fmt;
use std::str::FromStr;

use agentid_nostd::{Fingerprint, PublicKey};
use serde::{Deserialize, Serialize};

use super::error::VaultError;

const PREFIX: &str = "ag:sha256:";
const FILE_PREFIX: &str = "ag_sha256_";
const FILE_SUFFIX: &str = ".key";

/// The fingerprint of a key, such as `ag:sha256:022a6b577d76ae03`: exactly that form, so that it
/// can stand in the name of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct KeyId(u64);

impl KeyId {
    /// The name of a public key.
    #[must_use]
    pub fn of(key: &PublicKey) -> Self {
        let fingerprint = Fingerprint::of(key);
        // Cannot fail: a fingerprint has this form.
        Self::from_digits(fingerprint.as_str().strip_prefix(PREFIX)).unwrap_or(Self(0))
    }

    /// The name of the key file.
    pub(super) fn file_name(self) -> String {
        format!("{FILE_PREFIX}{:016x}{FILE_SUFFIX}", self.0)
    }

    /// The key that a file of this name belongs to, if it is a key file.
    pub(super) fn of_file_name(name: &str) -> Option<Self> {
        Self::from_digits(name.strip_prefix(FILE_PREFIX)?.strip_suffix(FILE_SUFFIX))
    }

    fn from_digits(digits: Option<&str>) -> Option<Self> {
        let digits = digits?;
        let is_hex = digits.len() == 16 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_hex.then(|| u64::from_str_radix(digits, 16).ok())?.map(Self)
    }
}

impl FromStr for KeyId {
    type Err = VaultError;

    fn from_str(text: &str) -> Result<Self, VaultError> {
        let id = Self::from_digits(text.strip_prefix(PREFIX));
        id.ok_or_else(|| VaultError::InvalidFingerprint(text.escape_debug().take(80).collect()))
    }
}

impl TryFrom<String> for KeyId {
    type Error = VaultError;

    fn try_from(text: String) -> Result<Self, VaultError> {
        text.parse()
    }
}

impl From<KeyId> for String {
    fn from(id: KeyId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{PREFIX}{:016x}", self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::KeyId;

    #[test]
    fn a_fingerprint_has_one_form_and_no_path() {
        let id: KeyId = "ag:sha256:022a6b577d76ae03".parse().expect("a fingerprint");
        assert_eq!(id.to_string(), "ag:sha256:022a6b577d76ae03");
        assert_eq!(id.file_name(), "ag_sha256_022a6b577d76ae03.key");
        assert_eq!(KeyId::of_file_name(&id.file_name()), Some(id));
        for bad in [
            "",
            "ag:sha256:",
            "ag:sha256:022A6B577D76AE03",
            "ag:sha256:022a6b577d76ae0",
            "022a6b577d76ae03",
            "ag:sha256:022a6b577d76ae033",
            "ag:sha256:../../etc/passwd",
            "ag:sha256:+22a6b577d76ae03",
            "ag:sha256:é22a6b577d76ae0",
        ] {
            assert!(bad.parse::<KeyId>().is_err(), "{bad}");
        }
        for bad in [
            "ag_sha256_022a6b577d76ae03",
            "index.json",
            ".ag_sha256_022a6b577d76ae03.key",
            "ag_sha256_022a6b577d76ae03.key.next",
        ] {
            assert_eq!(KeyId::of_file_name(bad), None, "{bad}");
        }
    }
}
