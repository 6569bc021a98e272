//! An agent's identity: name, project and signing key.

use core::fmt;

use agentid_hash::hkdf;
#[cfg(feature = "backend-compact")]
use zeroize::Zeroizing;

use crate::error::Error;
use crate::fingerprint::Fingerprint;
use crate::grammar::check_strings;
use crate::signature::{PublicKey, Signer, SigningKey};

const HKDF_SALT: &[u8; 10] = b"agentid-v1";
const HKDF_INFO: &[u8] = b"ed25519-signing-key";
/// The shortest seed that [`AgentIdentity::derive`] takes, in bytes.
#[cfg(feature = "backend-compact")]
const MIN_SEED_LEN: usize = 16;

/// Who mints tokens: a name, a project, and what signs for them, a [`SigningKey`] in memory unless
/// told otherwise.
///
/// ```
/// use agentid_nostd::AgentIdentity;
/// let agent = AgentIdentity::derive("research-bot", "phd-lab", None)?;
/// assert_eq!(agent.fingerprint().as_str(), "ag:sha256:022a6b577d76ae03");
/// # Ok::<(), agentid_nostd::Error>(())
/// ```
pub struct AgentIdentity<'a, S = SigningKey> {
    name: &'a str,
    project: &'a str,
    signer: S,
}

#[cfg(feature = "backend-compact")]
impl<'a> AgentIdentity<'a> {
    /// Derives the identity of an agent: HKDF-SHA256 (RFC 5869) over name, project and seed. The
    /// same inputs give the same key everywhere.
    ///
    /// The seed is 32 random bytes that stay secret. **With `None` the key is no secret**: name and
    /// project stand in every token, and a reader of one can derive the same key.
    ///
    /// # Errors
    /// [`Error::InvalidName`] or [`Error::InvalidProject`] if one is empty, longer than 255 bytes
    /// or contains NUL; [`Error::SeedTooShort`] if there is a seed of fewer than 16 bytes. It
    /// cannot check how random a longer one is.
    pub fn derive(name: &'a str, project: &'a str, seed: Option<&[u8]>) -> Result<Self, Error> {
        let secret = Self::derive_secret_bytes(name, project, seed)?;
        Ok(Self { name, project, signer: SigningKey::from_secret_bytes(&secret)? })
    }

    /// Returns the 32-byte secret key that [`derive`](Self::derive) makes, for a vault to keep. It
    /// is wiped when it is dropped.
    ///
    /// # Errors
    /// As [`derive`](Self::derive).
    pub fn derive_secret_bytes(name: &str, project: &str, seed: Option<&[u8]>) -> Result<Zeroizing<[u8; 32]>, Error> {
        check_strings(name, project)?;
        match seed {
            Some(seed) if seed.len() < MIN_SEED_LEN => Err(Error::SeedTooShort),
            seed => Ok(Zeroizing::new(derived_secret(name, project, seed.unwrap_or_default()))),
        }
    }

    /// [`derive`](Self::derive) as `agentid-core` 0.1.0 does it. It takes a seed of any length,
    /// even one that can be guessed; an empty seed is the same as none. For identities that exist
    /// already.
    ///
    /// # Errors
    /// [`Error::InvalidName`] or [`Error::InvalidProject`], as for [`derive`](Self::derive).
    pub fn derive_with_weak_seed(name: &'a str, project: &'a str, seed: &[u8]) -> Result<Self, Error> {
        check_strings(name, project)?;
        let secret = Zeroizing::new(derived_secret(name, project, seed));
        Ok(Self { name, project, signer: SigningKey::from_secret_bytes(&secret)? })
    }

    /// Takes an existing 32-byte Ed25519 secret key, as [`SigningKey::from_secret_bytes`] does.
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`Error::InvalidSecretKey`] if the secret is all zero.
    pub fn from_secret_bytes(name: &'a str, project: &'a str, secret: &[u8; 32]) -> Result<Self, Error> {
        check_strings(name, project)?;
        Ok(Self { name, project, signer: SigningKey::from_secret_bytes(secret)? })
    }
}

impl<'a, S: Signer> AgentIdentity<'a, S> {
    /// An agent whose tokens are signed by this signer.
    ///
    /// # Errors
    /// [`Error::InvalidName`] or [`Error::InvalidProject`] if one is empty, longer than 255 bytes
    /// or contains NUL.
    pub fn new(name: &'a str, project: &'a str, signer: S) -> Result<Self, Error> {
        check_strings(name, project)?;
        Ok(Self { name, project, signer })
    }

    /// The agent's name.
    #[must_use]
    pub const fn name(&self) -> &'a str {
        self.name
    }

    /// The agent's project.
    #[must_use]
    pub const fn project(&self) -> &'a str {
        self.project
    }

    /// The key that verifiers trust.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        self.signer.public_key()
    }

    /// The short form of the public key, for people and logs.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.public_key())
    }

    /// What signs for the agent.
    #[must_use]
    pub const fn signer(&self) -> &S {
        &self.signer
    }
}

/// The secret key of an agent, which everybody can compute if the seed is empty.
pub(crate) fn derived_secret(name: &str, project: &str, seed: &[u8]) -> [u8; 32] {
    hkdf(HKDF_SALT, &[name.as_bytes(), &[0], project.as_bytes(), &[0], seed], HKDF_INFO)
}

impl<S: Signer> fmt::Debug for AgentIdentity<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentIdentity")
            .field("name", &self.name)
            .field("project", &self.project)
            .field("fingerprint", &self.fingerprint())
            .finish_non_exhaustive()
    }
}
