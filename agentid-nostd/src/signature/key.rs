//! Public keys.

use core::fmt;

use super::backend::{Backend, OfThisCrate};
use super::default::DEFAULT;
use crate::error::Error;
use crate::layout::{PUBLIC_KEY_LEN, SIGNATURE_LEN};

/// An Ed25519 public key (verifying key). A key from [`from_bytes`](Self::from_bytes) is canonical,
/// on the curve and not of small order.
///
/// Holding one says nothing about whose it is. Names are bound to keys by the verifier, never by
/// the token.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PublicKey([u8; PUBLIC_KEY_LEN]);

impl PublicKey {
    /// Checks 32 bytes (RFC 8032, section 5.1.2) and keeps them.
    ///
    /// # Errors
    /// [`Error::InvalidPublicKey`] where the bytes are not a point of the curve, not its canonical
    /// encoding, or a point of small order, for which anybody can write signatures.
    ///
    /// ```
    /// use agentid_nostd::{Error, PublicKey};
    /// assert_eq!(PublicKey::from_bytes(&[0; 32]), Err(Error::InvalidPublicKey));
    /// ```
    ///
    /// This decodes a curve point: make your keys once, when the program starts.
    pub fn from_bytes(bytes: &[u8; PUBLIC_KEY_LEN]) -> Result<Self, Error> {
        Self::from_bytes_with(DEFAULT, bytes)
    }

    /// The same by the code of another backend, so that an image need not have two.
    ///
    /// # Errors
    /// As [`from_bytes`](Self::from_bytes).
    pub fn from_bytes_with(backend: impl Backend, bytes: &[u8; PUBLIC_KEY_LEN]) -> Result<Self, Error> {
        // A backend of others may break its contract. What bytes decide, it does not decide.
        if backend.may_be_key(bytes, OfThisCrate::YES) && backend.is_key(bytes) {
            Ok(Self(*bytes))
        } else {
            Err(Error::InvalidPublicKey)
        }
    }

    /// Keeps 32 bytes without a check: for long lists of trusted keys, of which a token names one.
    /// Bytes that are no key are safe to trust: the acceptance rule, which every [`Backend`] keeps,
    /// checks A every time and rejects every signature under them.
    #[must_use]
    pub const fn unvalidated(bytes: [u8; PUBLIC_KEY_LEN]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes of the key.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; PUBLIC_KEY_LEN] {
        &self.0
    }

    /// Checks one bare Ed25519 signature, R then S, of `message`. It knows nothing of tokens.
    ///
    /// # Errors
    /// [`Error::BadSignature`] where the acceptance rule does not hold.
    pub fn verify_signature(&self, message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> Result<(), Error> {
        self.verify_signature_with(DEFAULT, message, signature)
    }

    /// The same by the code of another backend.
    ///
    /// # Errors
    /// As [`verify_signature`](Self::verify_signature).
    pub fn verify_signature_with(
        &self,
        backend: impl Backend,
        message: &[u8],
        signature: &[u8; SIGNATURE_LEN],
    ) -> Result<(), Error> {
        // As above: no backend makes a key of small order good.
        if backend.may_be_signature(&self.0, signature, OfThisCrate::YES)
            && backend.verifies(&self.0, message, signature)
        {
            Ok(())
        } else {
            Err(Error::BadSignature)
        }
    }
}

/// The same for a slice, which must have 32 bytes.
impl TryFrom<&[u8]> for PublicKey {
    type Error = Error;

    fn try_from(bytes: &[u8]) -> Result<Self, Error> {
        Self::from_bytes(bytes.try_into().map_err(|_| Error::InvalidPublicKey)?)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:x})", base16ct::HexDisplay(&self.0))
    }
}
