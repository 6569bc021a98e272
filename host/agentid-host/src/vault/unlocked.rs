//! A key that was unlocked. It signs, and does not hand its secret out.

use std::fmt;

use agentid_nostd::{AgentIdentity, Error, PublicKey, Signer, SigningKey};

use super::VaultError;
use super::key_file::KeyRecord;
use super::key_id::KeyId;

/// A key of the vault with name and project. It signs for its agent as long as it lives, and is
/// wiped when it is dropped.
pub struct UnlockedKey {
    name: String,
    project: String,
    created_at: i64,
    key: SigningKey,
}

impl UnlockedKey {
    pub(super) fn of(record: &KeyRecord) -> Result<Self, VaultError> {
        let key = SigningKey::from_secret_bytes(&record.secret)?;
        let KeyRecord { name, project, created_at, .. } = record;
        // Asks for the names as well.
        AgentIdentity::new(name, project, &key)?;
        Ok(Self { name: name.clone(), project: project.clone(), created_at: *created_at, key })
    }

    /// The agent, to mint tokens with.
    ///
    /// # Errors
    /// Never: name and project were checked when the key was unlocked.
    pub fn identity(&self) -> Result<AgentIdentity<'_, &SigningKey>, Error> {
        AgentIdentity::new(&self.name, &self.project, &self.key)
    }

    /// The agent's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The agent's project.
    #[must_use]
    pub fn project(&self) -> &str {
        &self.project
    }

    /// Names the key.
    #[must_use]
    pub fn id(&self) -> KeyId {
        KeyId::of(&self.key.public_key())
    }

    /// When the key was added, in Unix seconds.
    #[must_use]
    pub const fn created_at(&self) -> i64 {
        self.created_at
    }
}

impl Signer for UnlockedKey {
    fn public_key(&self) -> PublicKey {
        self.key.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], Error> {
        self.key.sign(message)
    }
}

impl fmt::Debug for UnlockedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnlockedKey")
            .field("name", &self.name)
            .field("project", &self.project)
            .field("fingerprint", &self.id().to_string())
            .finish_non_exhaustive()
    }
}
