//! The files of a vault: which may be read, and how they are changed.
//!
//! Every path is made of the root and a [`KeyId`]. Files are replaced whole or not at all, under a
//! lock. No symbolic link is followed below the root, and the root is none.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::VaultError;
use super::key_id::KeyId;
use super::protection;
use crate::files::{TEMPORARY, create_atomically, lock, sync_folder, write_atomically};

const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
/// The longest file that is read, in bytes: an index of some thousand keys.
const MAX_LEN: u64 = 4_194_304;
/// How long a program waits for the lock. Programs hold it for milliseconds.
const WAIT: Duration = Duration::from_secs(60);
/// A new key file that is not in force yet ends so.
const NEXT: &str = ".next";

/// The folder of a vault, with private permissions.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    keys: PathBuf,
}

/// The right to change the vault. Closing the file gives it back, and so does the end of the
/// program.
pub(super) struct Locked<'f> {
    folder: &'f Folder,
    _lock: File,
}

impl Folder {
    /// Makes the folder where there is none, and checks it.
    pub(super) fn create(root: &Path) -> Result<Self, VaultError> {
        for folder in [root, &root.join("keys")] {
            match protection::create_folder(folder, FOLDER_MODE) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(VaultError::system(folder, "created")(error));
                }
                _ => {}
            }
        }
        Self::open(root)
    }

    /// Checks the folder.
    pub(super) fn open(root: &Path) -> Result<Self, VaultError> {
        let keys = root.join("keys");
        for folder in [root, &keys] {
            match fs::symlink_metadata(folder) {
                Ok(found) if found.is_symlink() => return Err(VaultError::Symlink(folder.to_owned())),
                Ok(found) if !found.is_dir() => {
                    return Err(VaultError::WrongKind { path: folder.to_owned(), wanted: "a folder" });
                }
                Ok(found) => protection::check(folder, &found, FOLDER_MODE)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Err(VaultError::NotInitialized(root.to_owned()));
                }
                Err(error) => return Err(VaultError::system(folder, "read")(error)),
            }
        }
        Ok(Self { root: root.to_owned(), keys })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Reads a key file.
    pub(super) fn key(&self, id: KeyId) -> Result<Vec<u8>, VaultError> {
        read(&self.key_path(id))?.ok_or(VaultError::UnknownKey(id))
    }

    /// Reads the index, if there is one.
    pub(super) fn index(&self) -> Result<Option<Vec<u8>>, VaultError> {
        read(&self.index_path())
    }

    /// The keys that have a file, in ascending order.
    pub(super) fn keys(&self) -> Result<Vec<KeyId>, VaultError> {
        let mut keys: Vec<KeyId> = names(&self.keys)?.iter().filter_map(|name| KeyId::of_file_name(name)).collect();
        keys.sort_unstable();
        Ok(keys)
    }

    /// Waits for the lock, then brings a change of passwords that was interrupted to its end.
    pub(super) fn lock(&self) -> Result<Locked<'_>, VaultError> {
        let path = self.root.join("lock");
        let file = protection::no_follow(OpenOptions::new().write(true).create(true).truncate(false), FILE_MODE)
            .open(&path)
            .map_err(|error| refused(&path, "opened", error))?;
        lock(&file, WAIT).map_err(|error| match error.kind() {
            io::ErrorKind::TimedOut => VaultError::Busy { path, seconds: WAIT.as_secs() },
            _ => VaultError::system(&path, "locked")(error),
        })?;
        let locked = Locked { folder: self, _lock: file };
        locked.recover()?;
        Ok(locked)
    }

    /// Returns whether a change of passwords was decided and not carried out.
    pub(super) fn is_rekeying(&self) -> bool {
        fs::symlink_metadata(self.decided_path()).is_ok()
    }

    fn key_path(&self, id: KeyId) -> PathBuf {
        self.keys.join(id.file_name())
    }

    fn next_path(&self, id: KeyId) -> PathBuf {
        self.keys.join(id.file_name() + NEXT)
    }

    fn index_path(&self) -> PathBuf {
        self.root.join("index.json")
    }

    /// Stands as long as the new key files must take the place of the old ones.
    fn decided_path(&self) -> PathBuf {
        self.root.join("rekey-decided")
    }
}

impl Locked<'_> {
    /// Writes the file of a key that has none.
    pub(super) fn add_key(&self, id: KeyId, file: &[u8]) -> Result<(), VaultError> {
        let path = self.folder.key_path(id);
        create_atomically(&path, file, Some(FILE_MODE)).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => VaultError::AlreadyThere(id),
            _ => VaultError::system(&path, "written")(error),
        })
    }

    /// Replaces the files of several keys, all or none.
    pub(super) fn replace_keys(&self, files: &[(KeyId, Vec<u8>)]) -> Result<(), VaultError> {
        for (id, file) in files {
            let path = self.folder.next_path(*id);
            write_atomically(&path, file, Some(FILE_MODE)).map_err(VaultError::system(&path, "written"))?;
        }
        let decided = self.folder.decided_path();
        write_atomically(&decided, b"", Some(FILE_MODE)).map_err(VaultError::system(&decided, "written"))?;
        self.recover()
    }

    /// Removes the file of a key.
    pub(super) fn remove_key(&self, id: KeyId) -> Result<(), VaultError> {
        let path = self.folder.key_path(id);
        fs::remove_file(&path).and_then(|()| sync_folder(&self.folder.keys)).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => VaultError::UnknownKey(id),
            _ => VaultError::system(&path, "removed")(error),
        })
    }

    pub(super) fn write_index(&self, text: &[u8]) -> Result<(), VaultError> {
        let path = self.folder.index_path();
        write_atomically(&path, text, Some(FILE_MODE)).map_err(VaultError::system(&path, "written"))
    }

    /// Puts new key files in force if that was decided, and otherwise removes what an interrupted
    /// program left.
    fn recover(&self) -> Result<(), VaultError> {
        let (folder, decided) = (self.folder, self.folder.decided_path());
        let is_decided = folder.is_rekeying();
        for name in names(&folder.keys)? {
            let path = folder.keys.join(&name);
            let result = match name.strip_suffix(NEXT).and_then(KeyId::of_file_name) {
                Some(id) if is_decided => fs::rename(&path, folder.key_path(id)),
                Some(_) => fs::remove_file(&path),
                None if name.starts_with(TEMPORARY) && path.is_file() => fs::remove_file(&path),
                None => Ok(()),
            };
            result.map_err(VaultError::system(&path, "replaced"))?;
        }
        for name in names(&folder.root)?.iter().filter(|name| name.starts_with(TEMPORARY)) {
            let path = folder.root.join(name);
            if !path.is_file() {
                continue;
            }
            fs::remove_file(&path).map_err(VaultError::system(&path, "removed"))?;
        }
        if is_decided {
            // The new names are on the disk before the decision is taken back.
            sync_folder(&folder.keys).map_err(VaultError::system(&folder.keys, "written"))?;
            fs::remove_file(&decided).map_err(VaultError::system(&decided, "removed"))?;
            sync_folder(&folder.root).map_err(VaultError::system(&folder.root, "written"))?;
        }
        Ok(())
    }
}

/// Reads a file of the vault, or finds none.
fn read(path: &Path) -> Result<Option<Vec<u8>>, VaultError> {
    let mut file = match protection::no_follow(OpenOptions::new().read(true), FILE_MODE).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refused(path, "read", error)),
    };
    let found = file.metadata().map_err(VaultError::system(path, "read"))?;
    if !found.is_file() {
        return Err(VaultError::WrongKind { path: path.to_owned(), wanted: "a file" });
    }
    protection::check(path, &found, FILE_MODE)?;
    if found.len() > MAX_LEN {
        return Err(VaultError::Damaged("it is longer than any file of a vault"));
    }
    let mut bytes = Vec::new();
    (&mut file).take(MAX_LEN).read_to_end(&mut bytes).map_err(VaultError::system(path, "read"))?;
    Ok(Some(bytes))
}

/// A symbolic link gives an error of its own.
fn refused(path: &Path, done: &'static str, error: io::Error) -> VaultError {
    if fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) {
        VaultError::Symlink(path.to_owned())
    } else {
        VaultError::system(path, done)(error)
    }
}

/// The names in a folder that are Unicode: others are not ours.
fn names(folder: &Path) -> Result<Vec<String>, VaultError> {
    let entries = fs::read_dir(folder).map_err(VaultError::system(folder, "read"))?;
    let name = |entry: io::Result<fs::DirEntry>| entry.map(|entry| entry.file_name().into_string().ok());
    let names: io::Result<Vec<Option<String>>> = entries.map(name).collect();
    Ok(names.map_err(VaultError::system(folder, "read"))?.into_iter().flatten().collect())
}
