//! Stands in for the curve library: the same functions as far as the core calls them, and nothing
//! behind them.
//!
//! The real library has branches that panic, such as slices of its own tables by an index that it
//! has just computed. They cannot be reached, but the optimiser does not see it, and one of them is
//! enough to fail the link. So they are looked at separately, in the full images, and here is put
//! what cannot panic: every function reads all of its input and gives an answer that the optimiser
//! cannot foresee. So it can neither leave out a call nor what depends on it.
//!
//! Nothing here is cryptography.
#![no_std]
#![forbid(unsafe_code)]

use core::hint::black_box;
use core::ops::Deref;

/// Reads every byte and yields one that could be any.
fn fold(parts: &[&[u8]]) -> u8 {
    black_box(parts.iter().flat_map(|part| part.iter()).fold(0, |sum, byte| sum ^ byte))
}

/// Good or bad, as it may be.
fn verdict(parts: &[&[u8]]) -> Result<(), Error> {
    if fold(parts) == 0 { Ok(()) } else { Err(Error) }
}

/// Why something was refused; the core never asks.
#[derive(Clone, Copy, Debug)]
pub struct Error;

/// A public key.
#[derive(Clone, Copy, Debug)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Takes the bytes as they are.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Whether it is good.
    ///
    /// # Errors
    /// Perhaps.
    pub fn validate(&self) -> Result<(), Error> {
        verdict(&[&self.0])
    }

    /// Whether the signature is good.
    ///
    /// # Errors
    /// Perhaps.
    pub fn verify(&self, message: impl AsRef<[u8]>, signature: &Signature) -> Result<(), Error> {
        verdict(&[&self.0, message.as_ref(), &signature.0])
    }
}

impl Deref for PublicKey {
    type Target = [u8; 32];

    fn deref(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A signature.
#[derive(Clone, Copy, Debug)]
pub struct Signature([u8; 64]);

impl Signature {
    /// Takes the bytes as they are.
    pub fn new(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }
}

impl Deref for Signature {
    type Target = [u8; 64];

    fn deref(&self) -> &[u8; 64] {
        &self.0
    }
}

/// A secret seed.
#[derive(Clone, Copy, Debug)]
pub struct Seed([u8; 32]);

impl Seed {
    /// Takes the bytes as they are.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Overwrites it.
    pub fn wipe_mut(&mut self) {
        self.0 = black_box([0; 32]);
    }
}

/// A secret key, wiped when it is dropped.
#[derive(Clone, Debug)]
pub struct SecretKey([u8; 32]);

impl SecretKey {
    /// The key that belongs to it.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(black_box([fold(&[&self.0]); 32]))
    }

    /// Signs, in the real library with randomness if there is any.
    pub fn sign(&self, message: impl AsRef<[u8]>, noise: Option<Noise>) -> Signature {
        let noise: &[u8] = noise.as_ref().map_or(&[], |noise| &noise.0);
        Signature(black_box([fold(&[&self.0, message.as_ref(), noise]); 64]))
    }
}

impl Drop for SecretKey {
    fn drop(&mut self) {
        self.0 = black_box([0; 32]);
    }
}

/// Randomness for signing; the core gives none.
#[derive(Clone, Copy, Debug)]
pub struct Noise([u8; 16]);

impl Noise {
    /// Takes the bytes as they are.
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

/// Both keys.
#[derive(Clone, Debug)]
pub struct KeyPair {
    /// The public one.
    pub pk: PublicKey,
    /// The secret one.
    pub sk: SecretKey,
}

impl KeyPair {
    /// Makes both from a seed.
    ///
    /// # Errors
    /// Perhaps.
    pub fn try_from_seed(seed: Seed) -> Result<Self, Error> {
        verdict(&[&seed.0])?;
        let sk = SecretKey(black_box(seed.0));
        Ok(Self { pk: sk.public_key(), sk })
    }
}
