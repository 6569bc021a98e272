//! The short, human-readable form of a public key.

use core::fmt;

use crate::layout::PUBLIC_KEY_LEN;
use crate::signature::PublicKey;
use crate::token::Token;
use agentid_hash::sha256;

const PREFIX: &[u8; 10] = b"ag:sha256:";
const HEX_DIGITS: usize = 16;
const LEN: usize = PREFIX.len() + HEX_DIGITS;

/// `ag:sha256:` and the first 16 hexadecimal digits of SHA-256 over the 32 bytes of the key, for
/// people and logs.
///
/// 64 bits are enough to tell agents apart in a log and too few to authorise: trust keys, not
/// fingerprints.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; LEN]);

impl Fingerprint {
    /// The fingerprint of a key.
    #[must_use]
    pub fn of(key: &PublicKey) -> Self {
        Self::of_bytes(key.as_bytes())
    }

    /// The fingerprint of the key that a token names as its issuer, for the log line of a refused
    /// call. Nobody has verified it: whoever wrote the token chose it.
    #[must_use]
    pub fn claimed_by(token: &Token<'_>) -> Self {
        Self::of_bytes(&token.issuer_bytes())
    }

    fn of_bytes(key: &[u8; PUBLIC_KEY_LEN]) -> Self {
        let digest = sha256(&[key]);
        let (shown, _) = digest.split_at(HEX_DIGITS / 2);
        let mut text = [0; LEN];
        let (prefix, hex) = text.split_at_mut(PREFIX.len());
        prefix.copy_from_slice(PREFIX);
        // Cannot fail: eight bytes make sixteen digits.
        let _ = base16ct::lower::encode(shown, hex);
        Self(text)
    }

    /// The 26 ASCII characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Always ASCII; the empty string is never taken.
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Fingerprint {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "{=str}", self.as_str());
    }
}
