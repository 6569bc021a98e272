//! Issuers that are known in advance: multiples of their keys, computed once, make each check
//! shorter.

use core::fmt;

use agentid_ed25519::{self as ed25519, Comb};

use super::backend::{Backend, OfThisCrate, looks_at_the_bytes};
use super::key::PublicKey;
use crate::error::Error;
use crate::layout::{PUBLIC_KEY_LEN, SIGNATURE_LEN};

/// A multiple of a key as three numbers below 2^255 − 19, in little-endian words.
pub type PrecomputedWords = [[u32; 8]; 3];

/// Multiples of one key, as many as `SUMS`: a power of two from 4 to 128. More of them make checks
/// shorter.
///
/// One is 96 bytes, or 120 on 64-bit machines: the 16 of a device are 1.5 KB. It says nothing by
/// itself, and nothing uses it before a [`PrecomputedKey`] has compared it with its key.
pub struct PrecomputedTable<const SUMS: usize = 16>(Comb<SUMS>);

impl<const SUMS: usize> PrecomputedTable<SUMS> {
    /// Computes the multiples of a key, once, on a computer: 16 of them take as long as three
    /// checks of a signature and several times their size of stack, 128 as sixteen. For a
    /// device `agentid precompute` writes them down.
    ///
    /// # Errors
    /// [`Error::InvalidPublicKey`] for the key of a signed document that is none.
    pub fn new(key: &PublicKey) -> Result<Self, Error> {
        ed25519::comb_of(key.as_bytes()).map(Self).ok_or(Error::InvalidPublicKey)
    }

    /// Multiples that were computed before, for a constant: `agentid precompute KEY` writes
    /// them down. Whether they are right is asked when they are used for a key.
    #[must_use]
    pub const fn from_words(words: &[PrecomputedWords; SUMS]) -> Self {
        Self(Comb::from_words(words))
    }

    /// The multiples, to be kept.
    #[must_use]
    pub fn words(&self) -> [PrecomputedWords; SUMS] {
        self.0.words()
    }
}

impl<const SUMS: usize> fmt::Debug for PrecomputedTable<SUMS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrecomputedTable<{SUMS}>")
    }
}

/// Multiples of the base point of the curve, which all keys share. It is made here and from nothing
/// else, so that it is right.
pub struct PrecomputedBase<const SUMS: usize>(
    /// Never `None`: the base point is a key.
    Option<Comb<SUMS>>,
);

impl<const SUMS: usize> PrecomputedBase<SUMS> {
    /// Computes them, as [`PrecomputedTable::new`] does for a key.
    #[must_use]
    pub fn new() -> Self {
        Self(ed25519::comb_of(&ed25519::BASE))
    }
}

impl<const SUMS: usize> Default for PrecomputedBase<SUMS> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const SUMS: usize> fmt::Debug for PrecomputedBase<SUMS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrecomputedBase<{SUMS}>")
    }
}

/// A key with its multiples, which have been compared with it: there is no other way to use a
/// table.
///
/// A table of another key would make forgeries good. So every multiple is computed again here,
/// once, when the key is loaded, which takes as long as a check of a signature with 16 multiples,
/// or two with 128. The table has to lie where nobody can write, as the keys do.
#[derive(Clone, Copy)]
pub struct PrecomputedKey<'t, const SUMS: usize = 16> {
    key: PublicKey,
    of_key: &'t Comb<SUMS>,
    of_base: &'t Comb<SUMS>,
}

impl<'t> PrecomputedKey<'t> {
    /// With 16 multiples, for a device; those of the base point lie in flash once.
    ///
    /// # Errors
    /// [`Error::InvalidPublicKey`] where the table is not that of the key, or the key is none.
    pub fn new(key: &PublicKey, table: &'t PrecomputedTable) -> Result<Self, Error> {
        Self::checked(key, table, &ed25519::COMB_OF_BASE)
    }
}

impl<'t, const SUMS: usize> PrecomputedKey<'t, SUMS> {
    /// With any number of multiples, and as many of the base point.
    ///
    /// # Errors
    /// As [`new`](PrecomputedKey::new).
    pub fn with_base(
        key: &PublicKey,
        table: &'t PrecomputedTable<SUMS>,
        base: &'t PrecomputedBase<SUMS>,
    ) -> Result<Self, Error> {
        Self::checked(key, table, base.0.as_ref().ok_or(Error::InvalidPublicKey)?)
    }

    fn checked(key: &PublicKey, table: &'t PrecomputedTable<SUMS>, of_base: &'t Comb<SUMS>) -> Result<Self, Error> {
        if !ed25519::is_comb_of(&table.0, key.as_bytes()) {
            return Err(Error::InvalidPublicKey);
        }
        Ok(Self { key: *key, of_key: &table.0, of_base })
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }
}

impl<const SUMS: usize> fmt::Debug for PrecomputedKey<'_, SUMS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PrecomputedKey").field(&self.key).finish()
    }
}

/// [`Builtin`](crate::Builtin), but faster for keys that have a table; all other keys are checked
/// as by `Builtin`. It trusts nobody: that is for a [`Verifier`](crate::Verifier) or
/// [`Gate`](crate::Gate) to say. As with `Builtin`, nobody outside this project has reviewed it
/// yet.
///
/// ```
/// use agentid_nostd::{AgentIdentity, Clock, Precomputed, PrecomputedKey, PrecomputedTable, TokenBuilder, Verifier};
///
/// let now = 1_790_000_000;
/// let agent = AgentIdentity::derive("research-bot", "phd-lab", None)?;
/// let mut buf = [0; 256];
/// let token = TokenBuilder::new(&agent, now, 7).scopes(&["read:*"]).mint_into(&mut buf)?;
///
/// let trusted = [agent.public_key()];
/// let table = PrecomputedTable::new(&trusted[0])?; // or a constant, made by `agentid precompute`
/// let precomputed = [PrecomputedKey::new(&trusted[0], &table)?];
/// let verifier = Verifier::new(&trusted).with_backend(Precomputed::new(&precomputed));
/// assert_eq!(verifier.verify(token, Clock::Known(now))?.name(), "research-bot");
/// # Ok::<(), agentid_nostd::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Precomputed<'p, const SUMS: usize = 16>(&'p [PrecomputedKey<'p, SUMS>]);

impl<'p, const SUMS: usize> Precomputed<'p, SUMS> {
    /// These keys, which it goes through one by one; that they are trusted is said elsewhere.
    #[must_use]
    pub const fn new(keys: &'p [PrecomputedKey<'p, SUMS>]) -> Self {
        Self(keys)
    }

    fn precomputed(&self, key: &[u8; PUBLIC_KEY_LEN]) -> Option<&'p PrecomputedKey<'p, SUMS>> {
        self.0.iter().find(|precomputed| precomputed.key.as_bytes() == key)
    }
}

impl<const SUMS: usize> Backend for Precomputed<'_, SUMS> {
    fn is_key(&self, bytes: &[u8; PUBLIC_KEY_LEN]) -> bool {
        // What has multiples was decoded when they were compared with it.
        self.precomputed(bytes).is_some() || ed25519::is_key(bytes)
    }

    fn verifies(&self, key: &[u8; PUBLIC_KEY_LEN], message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> bool {
        match self.precomputed(key) {
            Some(PrecomputedKey { of_key, of_base, .. }) => {
                ed25519::verifies_with_combs([of_key, of_base], key, message, signature)
            }
            None => ed25519::verifies(key, message, signature),
        }
    }

    looks_at_the_bytes!();
}
