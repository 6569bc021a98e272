//! `index.json`: a public list of the keys, so that a person can see them without a password. It is
//! not authenticated. Key files are the truth: the index is made anew from them.

use agentid_nostd::PublicKey;
use serde::{Deserialize, Serialize};

use super::error::VaultError;
use super::key_id::KeyId;

const VERSION: u32 = 1;

/// A key of the vault, as the index lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VaultEntry {
    /// The agent's name. It is not authenticated before the key is unlocked.
    pub name: String,
    /// The agent's project, with the same exception.
    pub project: String,
    /// Names the key.
    pub fingerprint: KeyId,
    /// The key that verifiers trust, as 64 hexadecimal digits.
    #[serde(serialize_with = "hex_digits")]
    pub public_key: PublicKey,
    /// When the key was added, in Unix seconds.
    pub created_at: i64,
}

/// The entries that are well formed, in the order in which they were added.
#[derive(Default)]
pub(super) struct Index(pub(super) Vec<VaultEntry>);

#[derive(Deserialize)]
struct Found {
    version: u32,
    entries: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct FoundEntry {
    name: String,
    project: String,
    fingerprint: KeyId,
    public_key: String,
    created_at: i64,
}

#[derive(Serialize)]
struct Written<'i> {
    version: u32,
    entries: &'i [VaultEntry],
}

impl Index {
    /// Reads an index. Entries that are not well formed are left out, and of a damaged index all.
    pub(super) fn read(text: &[u8]) -> Self {
        let found: Option<Found> = serde_json::from_slice(text).ok().filter(|found: &Found| found.version == VERSION);
        Self(found.into_iter().flat_map(|found| found.entries).filter_map(entry).collect())
    }

    /// Writes it as the published AgentID does: two spaces of indentation, no final newline.
    pub(super) fn write(&self) -> Result<Vec<u8>, VaultError> {
        serde_json::to_vec_pretty(&Written { version: VERSION, entries: &self.0 })
            .map_err(|_| VaultError::Damaged("the index cannot be written"))
    }
}

/// An entry whose fingerprint is that of its key.
fn entry(value: serde_json::Value) -> Option<VaultEntry> {
    let found: FoundEntry = serde_json::from_value(value).ok()?;
    let mut key = [0; 32];
    hex::decode_to_slice(found.public_key, &mut key).ok()?;
    let public_key = PublicKey::from_bytes(&key).ok()?;
    (KeyId::of(&public_key) == found.fingerprint).then_some(VaultEntry {
        name: found.name,
        project: found.project,
        fingerprint: found.fingerprint,
        public_key,
        created_at: found.created_at,
    })
}

fn hex_digits<S: serde::Serializer>(key: &PublicKey, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex::encode(key.as_bytes()))
}
