//! Keys in files, encrypted under a password.
//!
//! The files are those of the published AgentID: each reads what the other writes. Changes hold a
//! lock, and are whole or not at all, whenever the program or the machine stops.

mod error;
mod folder;
mod index;
mod key_file;
mod key_id;
mod protection;
mod unlocked;

use std::path::{Path, PathBuf};

use agentid_nostd::{AgentIdentity, PublicKey, Signer, SigningKey};
use zeroize::Zeroizing;

pub use error::VaultError;
pub use index::VaultEntry;
pub use key_id::KeyId;
pub use unlocked::UnlockedKey;

use crate::clock::system_clock;
use folder::{Folder, Locked};
use index::Index;
use key_file::KeyRecord;

/// How often a key is added anew if other programs change the vault meanwhile.
const ATTEMPTS: usize = 8;

/// A folder with keys.
///
/// ```
/// use agentid_host::{AgentIdentity, TokenBuilder, Vault};
/// # let folder = tempfile::tempdir()?;
/// # let root = folder.path().join("vault");
/// let vault = Vault::init(&root)?;
/// let entry = vault.add_random("research-bot", "phd-lab", "correct horse battery staple")?;
/// let key = vault.unlock(entry.fingerprint, "correct horse battery staple")?;
/// let token = TokenBuilder::new(&key.identity()?).scopes(["read:arxiv"]).build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Vault {
    folder: Folder,
}

/// What can be seen of a vault without a password.
#[derive(Clone, Debug)]
pub struct VaultListing {
    /// The keys that the index names, in the order in which they were added.
    pub entries: Vec<VaultEntry>,
    /// Keys that have a file and that the index does not name. [`Vault::reindex`] finds out whose
    /// they are.
    pub unlisted: Vec<KeyId>,
}

impl VaultListing {
    /// Returns whether there is no key.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.unlisted.is_empty()
    }
}

impl Vault {
    /// The folder `.agentid` in the home folder.
    ///
    /// # Errors
    /// [`VaultError::NoHome`].
    pub fn default_root() -> Result<PathBuf, VaultError> {
        std::env::home_dir()
            .filter(|home| home.is_absolute())
            .map(|home| home.join(".agentid"))
            .ok_or(VaultError::NoHome)
    }

    /// Says in a sentence what this system does not protect, if there is such a thing.
    #[must_use]
    pub const fn unprotected() -> Option<&'static str> {
        protection::gap()
    }

    /// Makes a vault in this folder, or opens the one that is there.
    ///
    /// # Errors
    /// As [`open`](Self::open); [`VaultError::System`] if the folder cannot be made.
    pub fn init(root: &Path) -> Result<Self, VaultError> {
        let vault = Self { folder: Folder::create(root)? };
        let locked = vault.folder.lock()?;
        if vault.folder.index()?.is_none() {
            locked.write_index(&Index::default().write()?)?;
        }
        drop(locked);
        Ok(vault)
    }

    /// Opens a vault.
    ///
    /// # Errors
    /// [`VaultError::NotInitialized`]; [`VaultError::Symlink`], [`VaultError::LoosePermissions`]
    /// and [`VaultError::OtherOwner`] if other users could read or replace its files.
    pub fn open(root: &Path) -> Result<Self, VaultError> {
        Ok(Self { folder: Folder::open(root)? })
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.folder.root()
    }

    /// Lists the keys. It needs no password, and the names are not authenticated.
    ///
    /// # Errors
    /// Those of reading files.
    pub fn list(&self) -> Result<VaultListing, VaultError> {
        let mut entries = self.index()?.0;
        let mut unlisted = self.folder.keys()?;
        entries.retain(|entry| unlisted.contains(&entry.fingerprint));
        unlisted.retain(|id| !entries.iter().any(|entry| entry.fingerprint == *id));
        Ok(VaultListing { entries, unlisted })
    }

    /// Finds the one key of an agent.
    ///
    /// # Errors
    /// [`VaultError::UnknownAgent`]; [`VaultError::SeveralKeys`].
    pub fn find(&self, name: &str, project: &str) -> Result<KeyId, VaultError> {
        let entries = self.list()?.entries;
        let found = entries.iter().filter(|entry| entry.name == name && entry.project == project);
        let keys: Vec<KeyId> = found.map(|entry| entry.fingerprint).collect();
        let (name, project) = (name.to_owned(), project.to_owned());
        match *keys {
            [] => Err(VaultError::UnknownAgent { name, project }),
            [id] => Ok(id),
            _ => Err(VaultError::SeveralKeys { name, project, keys }),
        }
    }

    /// Unlocks the key of an agent. The index is not authenticated, so what it says of the key is
    /// compared with what the key file says.
    ///
    /// # Errors
    /// As [`find`](Self::find) and [`unlock`](Self::unlock); [`VaultError::OtherAgent`].
    pub fn unlock_named(&self, name: &str, project: &str, password: &str) -> Result<UnlockedKey, VaultError> {
        let id = self.find(name, project)?;
        let key = self.unlock(id, password)?;
        if (key.name(), key.project()) == (name, project) { Ok(key) } else { Err(VaultError::OtherAgent(id)) }
    }

    /// Adds an agent with a random key, which nobody can derive.
    ///
    /// # Errors
    /// As [`add_secret`](Self::add_secret).
    pub fn add_random(&self, name: &str, project: &str, password: &str) -> Result<VaultEntry, VaultError> {
        let mut secret = Zeroizing::new([0; 32]);
        getrandom::fill(secret.as_mut_slice()).map_err(|_| VaultError::NoEntropy)?;
        self.add_secret(name, project, &secret, password)
    }

    /// Adds an agent whose key is derived from a seed, as [`AgentIdentity::derive`] does. **Without
    /// a seed everybody who knows name and project has the key.**
    ///
    /// # Errors
    /// As [`add_secret`](Self::add_secret); those of the derivation.
    pub fn add_derived(
        &self,
        name: &str,
        project: &str,
        seed: Option<&[u8]>,
        password: &str,
    ) -> Result<VaultEntry, VaultError> {
        self.add_secret(name, project, &*AgentIdentity::derive_secret_bytes(name, project, seed)?, password)
    }

    /// Adds an agent with an existing 32-byte Ed25519 secret key.
    ///
    /// # Errors
    /// [`VaultError::EmptyPassword`]; [`VaultError::PasswordDiffers`] if the vault has keys and the
    /// password opens none of them; [`VaultError::AlreadyThere`]; the core's code for a bad name,
    /// project or key; those of files.
    pub fn add_secret(
        &self,
        name: &str,
        project: &str,
        secret: &[u8; 32],
        password: &str,
    ) -> Result<VaultEntry, VaultError> {
        let password = not_empty(password)?;
        let public_key = AgentIdentity::new(name, project, SigningKey::from_secret_bytes(secret)?)?.public_key();
        let id = KeyId::of(&public_key);
        if self.folder.keys()?.contains(&id) {
            return Err(VaultError::AlreadyThere(id));
        }
        let mut witness = self.witness(password)?;
        let created_at = system_clock().lower_bound().unwrap_or(0);
        let (name, project) = (name.to_owned(), project.to_owned());
        let record = KeyRecord { name, project, secret: Zeroizing::new(*secret), created_at };
        let file = record.encrypt(password)?;
        let entry = entry(&record, public_key);
        let mut listed = self.unlisted_entries(password)?;
        listed.push(entry.clone());
        // The lock is held for the files alone: encryption takes most of the time.
        for _ in 0..ATTEMPTS {
            let locked = self.folder.lock()?;
            if self.is_as_seen(witness.as_ref())? {
                locked.add_key(id, &file)?;
                self.put_into_index(&locked, listed)?;
                return Ok(entry);
            }
            drop(locked);
            // Another program added the first key, or changed the password.
            witness = self.witness(password)?;
        }
        Err(VaultError::Changed)
    }

    /// Unlocks a key.
    ///
    /// # Errors
    /// [`VaultError::UnknownKey`]; [`VaultError::WrongPassword`]; [`VaultError::OtherKey`] if the
    /// file contains another key; [`VaultError::Damaged`]; those of files.
    pub fn unlock(&self, id: KeyId, password: &str) -> Result<UnlockedKey, VaultError> {
        UnlockedKey::of(&self.record(id, not_empty(password)?)?)
    }

    /// Hands out the secret of a key. Whoever has it is the agent.
    ///
    /// # Errors
    /// As [`unlock`](Self::unlock).
    pub fn export(&self, id: KeyId, password: &str) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        Ok(self.record(id, not_empty(password)?)?.secret)
    }

    /// Removes a key for ever.
    ///
    /// # Errors
    /// [`VaultError::UnknownKey`]; those of files.
    pub fn remove(&self, id: KeyId) -> Result<(), VaultError> {
        let locked = self.folder.lock()?;
        // The secret goes first: an entry without a file is no key any more.
        locked.remove_key(id)?;
        self.put_into_index(&locked, Vec::new())
    }

    /// Changes the password of every key, or of none. The old one may be empty, as those of other
    /// programs can be. Returns how many keys there are.
    ///
    /// # Errors
    /// [`VaultError::EmptyPassword`]; [`VaultError::PasswordDiffers`] if the old one does not open
    /// every key; [`VaultError::Changed`] if another program changed a key meanwhile.
    pub fn change_password(&self, old: &str, new: &str) -> Result<usize, VaultError> {
        let new = not_empty(new)?;
        self.settle()?;
        let mut before = Vec::new();
        let mut after = Vec::new();
        for id in self.folder.keys()? {
            let file = self.folder.key(id)?;
            let record = opened(id, &file, old.as_bytes()).map_err(|error| match error {
                VaultError::WrongPassword => VaultError::PasswordDiffers(id),
                other => other,
            })?;
            after.push((id, record.encrypt(new)?));
            before.push((id, file));
        }
        let locked = self.folder.lock()?;
        let now: Result<Vec<_>, VaultError> =
            self.folder.keys()?.into_iter().map(|id| Ok((id, self.folder.key(id)?))).collect();
        if now? != before {
            return Err(VaultError::Changed);
        }
        locked.replace_keys(&after)?;
        Ok(after.len())
    }

    /// Makes the index anew: entries whose key is gone are left out, and keys that it does not name
    /// are added as far as the password opens them. Returns the new list.
    ///
    /// # Errors
    /// Those of files.
    pub fn reindex(&self, password: &str) -> Result<VaultListing, VaultError> {
        let found = self.unlisted_entries(password.as_bytes())?;
        let locked = self.folder.lock()?;
        self.put_into_index(&locked, found)?;
        drop(locked);
        self.list()
    }

    /// The keys that the index does not name, as far as the password opens them.
    fn unlisted_entries(&self, password: &[u8]) -> Result<Vec<VaultEntry>, VaultError> {
        let mut found = Vec::new();
        for id in self.list()?.unlisted {
            if let Ok(record) = self.record(id, password) {
                let key = SigningKey::from_secret_bytes(&record.secret)?.public_key();
                found.push(entry(&record, key));
            }
        }
        Ok(found)
    }

    fn index(&self) -> Result<Index, VaultError> {
        Ok(self.folder.index()?.map_or_else(Index::default, |text| Index::read(&text)))
    }

    /// Writes the index with these entries at its end, without those whose key is gone.
    fn put_into_index(&self, locked: &Locked<'_>, added: Vec<VaultEntry>) -> Result<(), VaultError> {
        let (mut index, keys) = (self.index()?, self.folder.keys()?);
        index.0.retain(|entry| !added.iter().any(|new| new.fingerprint == entry.fingerprint));
        index.0.extend(added);
        index.0.retain(|entry| keys.contains(&entry.fingerprint));
        locked.write_index(&index.write()?)
    }

    /// A password that opens none of the keys is most likely mistyped.
    fn witness(&self, password: &[u8]) -> Result<Option<(KeyId, Vec<u8>)>, VaultError> {
        self.settle()?;
        let mut first = None;
        for id in self.folder.keys()? {
            let file = self.folder.key(id);
            match file.and_then(|file| opened(id, &file, password).map(|_| file)) {
                Ok(file) => return Ok(Some((id, file))),
                Err(VaultError::WrongPassword) => first = first.or(Some(id)),
                // A damaged key does not stand in the way of a new one.
                Err(_) => {}
            }
        }
        first.map_or(Ok(None), |id| Err(VaultError::PasswordDiffers(id)))
    }

    /// Returns whether the witness is as it was: the password is still that of the vault.
    fn is_as_seen(&self, witness: Option<&(KeyId, Vec<u8>)>) -> Result<bool, VaultError> {
        let keys = self.folder.keys()?;
        Ok(match witness {
            None => keys.is_empty(),
            Some((id, file)) => keys.contains(id) && self.folder.key(*id)? == *file,
        })
    }

    fn record(&self, id: KeyId, password: &[u8]) -> Result<KeyRecord, VaultError> {
        self.settle()?;
        opened(id, &self.folder.key(id)?, password)
    }

    /// Brings an interrupted change of passwords to its end, so that all keys have one password.
    fn settle(&self) -> Result<(), VaultError> {
        if self.folder.is_rekeying() {
            self.folder.lock()?;
        }
        Ok(())
    }
}

/// Decrypts a key file, which must contain the key that it is named after.
fn opened(id: KeyId, file: &[u8], password: &[u8]) -> Result<KeyRecord, VaultError> {
    let record = KeyRecord::decrypt(file, password)?;
    let found = KeyId::of(&SigningKey::from_secret_bytes(&record.secret)?.public_key());
    if found == id { Ok(record) } else { Err(VaultError::OtherKey { expected: id, found }) }
}

fn entry(record: &KeyRecord, public_key: PublicKey) -> VaultEntry {
    let KeyRecord { name, project, created_at, .. } = record;
    let (name, project, fingerprint) = (name.clone(), project.clone(), KeyId::of(&public_key));
    VaultEntry { name, project, fingerprint, public_key, created_at: *created_at }
}

fn not_empty(password: &str) -> Result<&[u8], VaultError> {
    if password.is_empty() { Err(VaultError::EmptyPassword) } else { Ok(password.as_bytes()) }
}
