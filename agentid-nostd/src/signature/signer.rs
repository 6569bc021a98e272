//! What signs. `ed25519-compact` does so for keys in memory.

use core::fmt;

#[cfg(feature = "backend-compact")]
use ed25519_compact as curve;

use super::key::PublicKey;
use crate::error::Error;
use crate::layout::SIGNATURE_LEN;

/// What signs: a key in memory, a vault, a hardware key. The secret need not be given away.
///
/// A signature that does not belong to the key is no danger: every verifier refuses it.
pub trait Signer {
    /// The key that verifiers trust.
    fn public_key(&self) -> PublicKey;

    /// Signs these bytes (RFC 8032, section 5.1.6): R, then S.
    ///
    /// # Errors
    /// [`Error::SigningFailed`] if there is no signature: the hardware is gone, the vault is
    /// locked.
    fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_LEN], Error>;
}

/// A signer that is lent.
impl<S: Signer + ?Sized> Signer for &S {
    fn public_key(&self) -> PublicKey {
        (**self).public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_LEN], Error> {
        (**self).sign(message)
    }
}

/// An Ed25519 signing key in memory: of an agent, or of the authority that signs trust bundles. It
/// is wiped when it is dropped, cannot be cloned or compared, and does not hand its secret out
/// again.
#[cfg(feature = "backend-compact")]
pub struct SigningKey(curve::SecretKey);

/// Without the feature `backend-compact` there is no such key: sign with a [`Signer`] of your own.
#[cfg(not(feature = "backend-compact"))]
pub enum SigningKey {}

#[cfg(feature = "backend-compact")]
impl SigningKey {
    /// Expands a 32-byte secret key (the seed of RFC 8032, section 5.1.5): 32 random bytes. The
    /// caller's copy is the caller's to wipe.
    ///
    /// # Errors
    /// [`Error::InvalidSecretKey`] if it is all zero.
    pub fn from_secret_bytes(secret: &[u8; 32]) -> Result<Self, Error> {
        let mut seed = curve::Seed::new(*secret);
        let pair = curve::KeyPair::try_from_seed(seed);
        seed.wipe_mut();
        match pair {
            Ok(pair) => Ok(Self(pair.sk)),
            Err(_) => Err(Error::InvalidSecretKey),
        }
    }
}

#[cfg(not(feature = "backend-compact"))]
impl Signer for SigningKey {
    fn public_key(&self) -> PublicKey {
        match *self {}
    }

    fn sign(&self, _: &[u8]) -> Result<[u8; SIGNATURE_LEN], Error> {
        match *self {}
    }
}

#[cfg(feature = "backend-compact")]
impl Signer for SigningKey {
    fn public_key(&self) -> PublicKey {
        PublicKey::unvalidated(*self.0.public_key())
    }

    /// Deterministic, and never an error.
    fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_LEN], Error> {
        Ok(*self.0.sign(message, None))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&self.public_key()).finish()
    }
}

#[cfg(test)]
#[cfg(feature = "backend-compact")]
mod tests {
    use super::{Signer, SigningKey};
    use crate::error::Error;
    use crate::signature::PublicKey;

    fn bytes<const N: usize>(hex: &str) -> [u8; N] {
        let mut bytes = [0; N];
        assert_eq!(base16ct::lower::decode(hex, &mut bytes).expect("hex").len(), N);
        bytes
    }

    /// One vector of RFC 8032, section 7.1: seed, public key, message, signature.
    fn rfc8032(seed: &str, public: &str, message: &[u8], signature: &str) {
        let key = SigningKey::from_secret_bytes(&bytes(seed)).expect("seed");
        let public = PublicKey::from_bytes(&bytes(public)).expect("public key");
        let signature = bytes(signature);
        assert_eq!(key.public_key(), public);
        assert_eq!(key.sign(message), Ok(signature));
        assert_eq!(public.verify_signature(message, &signature), Ok(()));
        assert_eq!(public.verify_signature(b"another message", &signature), Err(Error::BadSignature));
    }

    #[test]
    fn rfc8032_section_7_1_test_1_empty_message() {
        rfc8032(
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            b"",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        );
    }

    #[test]
    #[cfg_attr(miri, ignore = "slow there, and the same code as for the empty message")]
    fn rfc8032_section_7_1_test_2_one_byte() {
        rfc8032(
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            &[0x72],
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        );
    }

    #[test]
    #[cfg_attr(miri, ignore = "slow there, and the same code as for the empty message")]
    fn rfc8032_section_7_1_test_3_two_bytes() {
        rfc8032(
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            &[0xaf, 0x82],
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        );
    }

    #[test]
    #[cfg_attr(miri, ignore = "slow there, and the same code as for the empty message")]
    fn rfc8032_section_7_1_test_sha_abc() {
        rfc8032(
            "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
            "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
            &bytes::<64>(
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            ),
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
        );
    }

    #[test]
    fn slices_of_another_length_are_no_keys() {
        let key = SigningKey::from_secret_bytes(&[1; 32]).expect("seed").public_key();
        assert_eq!(PublicKey::try_from(key.as_bytes().as_slice()), Ok(key));
        for len in [0, 31] {
            assert_eq!(PublicKey::try_from(&key.as_bytes()[..len]), Err(Error::InvalidPublicKey));
        }
    }

    #[test]
    fn all_zero_secret_is_rejected() {
        assert_eq!(SigningKey::from_secret_bytes(&[0; 32]).err(), Some(Error::InvalidSecretKey));
    }
}
