//! The bytes of a key file: a secret key, encrypted under a password. The layout is that of the
//! published AgentID, so that each reads what the other writes.

use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use pbkdf2::pbkdf2_hmac;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use super::error::VaultError;

/// PBKDF2 iterations of the files written here, as OWASP advised for HMAC-SHA256 in 2023.
pub(super) const ITERATIONS: u32 = 600_000;
/// The fewest iterations read. A file with fewer has been tampered with, or is no protection.
const MIN_ITERATIONS: u32 = 50_000;
/// The most iterations read: some 10 s of work. A file must not hang a program.
const MAX_ITERATIONS: u32 = 10_000_000;

const MAGIC: [u8; 4] = [0xA9, 0x1D, 0x56, 0x01];
const VERSION: u8 = 1;
const TAG_LEN: usize = 16;
/// More than the longest plaintext takes: no buffer with a secret is ever moved.
const PLAINTEXT_CAPACITY: usize = 8_192;

/// What a key file contains.
pub(super) struct KeyRecord {
    pub(super) name: String,
    pub(super) project: String,
    pub(super) secret: Zeroizing<[u8; 32]>,
    /// Unix seconds.
    pub(super) created_at: i64,
}

/// The fixed part in front of the ciphertext.
struct Header {
    salt: [u8; 16],
    nonce: [u8; 12],
    iterations: u32,
}

/// The plaintext, as JSON. Unknown fields are ignored.
#[derive(Serialize, Deserialize)]
struct Json {
    name: String,
    project: String,
    secret_hex: Zeroizing<String>,
    created_at: i64,
}

impl KeyRecord {
    /// Encrypts the record under a password, with a random salt and nonce.
    pub(super) fn encrypt(&self, password: &[u8]) -> Result<Vec<u8>, VaultError> {
        let mut header = Header { salt: [0; 16], nonce: [0; 12], iterations: ITERATIONS };
        getrandom::fill(&mut header.salt).map_err(|_| VaultError::NoEntropy)?;
        getrandom::fill(&mut header.nonce).map_err(|_| VaultError::NoEntropy)?;
        let json = Json {
            name: self.name.clone(),
            project: self.project.clone(),
            secret_hex: Zeroizing::new(hex::encode(self.secret.as_slice())),
            created_at: self.created_at,
        };
        let mut text = Zeroizing::new(Vec::with_capacity(PLAINTEXT_CAPACITY));
        // Cannot fail: the record is made of strings and a number, and memory grows.
        serde_json::to_writer(&mut *text, &json).map_err(|_| VaultError::Damaged("it cannot be written"))?;
        let tag = header
            .cipher(password)
            .encrypt_inout_detached(&Nonce::from(header.nonce), &[], text.as_mut_slice().into())
            .map_err(|_| VaultError::Damaged("it cannot be encrypted"))?;
        let mut file = header.to_bytes();
        file.extend_from_slice(&text);
        file.extend_from_slice(&tag);
        Ok(file)
    }

    /// Decrypts a key file.
    pub(super) fn decrypt(file: &[u8], password: &[u8]) -> Result<Self, VaultError> {
        let (header, sealed) = Header::read(file)?;
        let (ciphertext, tag) = sealed.split_last_chunk::<TAG_LEN>().ok_or(VaultError::Damaged("it is too short"))?;
        let mut text = Zeroizing::new(ciphertext.to_vec());
        header
            .cipher(password)
            .decrypt_inout_detached(&Nonce::from(header.nonce), &[], text.as_mut_slice().into(), &Tag::from(*tag))
            .map_err(|_| VaultError::WrongPassword)?;
        let json: Json =
            serde_json::from_slice(&text).map_err(|_| VaultError::Damaged("its contents are not a key record"))?;
        let mut secret = Zeroizing::new([0; 32]);
        hex::decode_to_slice(json.secret_hex.as_bytes(), secret.as_mut_slice())
            .map_err(|_| VaultError::Damaged("its secret is not 64 hexadecimal digits"))?;
        Ok(Self { name: json.name, project: json.project, secret, created_at: json.created_at })
    }
}

impl Header {
    fn to_bytes(&self) -> Vec<u8> {
        let Self { salt, nonce, iterations } = self;
        [&MAGIC[..], &[VERSION], salt, nonce, &iterations.to_be_bytes()].concat()
    }

    /// Reads the header, and returns what follows it: ciphertext and tag.
    fn read(file: &[u8]) -> Result<(Self, &[u8]), VaultError> {
        let parts = || {
            let (magic, rest) = file.split_first_chunk::<4>()?;
            let (version, rest) = rest.split_first()?;
            let (salt, rest) = rest.split_first_chunk::<16>()?;
            let (nonce, rest) = rest.split_first_chunk::<12>()?;
            let (iterations, rest) = rest.split_first_chunk::<4>()?;
            Some((
                magic,
                version,
                Self { salt: *salt, nonce: *nonce, iterations: u32::from_be_bytes(*iterations) },
                rest,
            ))
        };
        let (magic, version, header, rest) = parts().ok_or(VaultError::Damaged("it is too short"))?;
        if *magic != MAGIC {
            return Err(VaultError::Damaged("it does not begin as a key file does"));
        }
        if *version != VERSION {
            return Err(VaultError::Damaged("its version is not 1"));
        }
        if !(MIN_ITERATIONS..=MAX_ITERATIONS).contains(&header.iterations) {
            return Err(VaultError::Damaged("its number of PBKDF2 iterations is not between 50,000 and 10,000,000"));
        }
        Ok((header, rest))
    }

    /// PBKDF2-HMAC-SHA256 (RFC 8018) makes the key for AES-256-GCM.
    fn cipher(&self, password: &[u8]) -> Aes256Gcm {
        let mut key = [0; 32];
        pbkdf2_hmac::<Sha256>(password, &self.salt, self.iterations, &mut key);
        let cipher = Aes256Gcm::new(&key.into());
        key.zeroize();
        cipher
    }
}
