//! The file with the newest version of a trust bundle: no older bundle opens after a restart.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use agentid_nostd::BundleVersion;
use serde::{Deserialize, Serialize};

use super::error::TrustError;
use crate::files::{lock, read_at_most, without_waiting, write_atomically};

/// The longest file that is read. It has about 100 bytes.
const MAX_LEN: u64 = 4_096;
/// Another process holds the lock for the check of one bundle.
const WAIT: Duration = Duration::from_secs(5);

/// Where the newest version is kept. Processes that share the file never lower it.
pub(super) struct NewestFile {
    path: PathBuf,
}

/// The file, while no other process may change it.
pub(super) struct Locked<'f> {
    path: &'f Path,
    /// Closing the file unlocks it.
    _lock: File,
}

/// `{"epoch":3,"sha256":"…"}`
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    epoch: u64,
    sha256: String,
}

impl NewestFile {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Waits for other processes, for five seconds at most. The lock is a file of its own, because
    /// the file itself is replaced.
    pub(super) fn lock(&self) -> Result<Locked<'_>, TrustError> {
        let mut path = self.path.clone().into_os_string();
        path.push(".lock");
        let path = PathBuf::from(path);
        let lock = open_locked(&path).map_err(|source| TrustError::NewestUnreadable { path, source })?;
        Ok(Locked { path: &self.path, _lock: lock })
    }
}

impl Locked<'_> {
    /// Returns the newest version; `None` if the file does not exist, as at the first start.
    pub(super) fn read(&self) -> Result<Option<BundleVersion>, TrustError> {
        let bytes = match read_at_most(self.path, MAX_LEN) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(TrustError::NewestUnreadable { path: self.path.into(), source }),
        };
        parse(&bytes).map(Some).map_err(|reason| TrustError::NewestMalformed { path: self.path.into(), reason })
    }

    /// Stores a version, so that it outlives a loss of power.
    pub(super) fn store(&self, version: &BundleVersion) -> Result<(), TrustError> {
        let stored = Stored { epoch: version.epoch, sha256: hex::encode(version.digest) };
        let text = serde_json::to_string(&stored).map_err(io::Error::from);
        text.and_then(|text| write_atomically(self.path, format!("{text}\n").as_bytes(), None))
            .map_err(|source| TrustError::NotStored { path: self.path.into(), source })
    }
}

fn parse(bytes: &[u8]) -> Result<BundleVersion, String> {
    let Stored { epoch, sha256 } = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let mut digest = [0; 32];
    hex::decode_to_slice(&sha256, &mut digest).map_err(|error| format!("sha256: {error}"))?;
    Ok(BundleVersion { epoch, digest })
}

fn open_locked(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let file = without_waiting(options.create(true).truncate(false).write(true)).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    lock(&file, WAIT)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use agentid_nostd::BundleVersion;

    use super::{NewestFile, TrustError, parse};

    #[test]
    fn a_stored_version_is_read_again_and_looks_as_documented() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("newest");
        let file = NewestFile::new(path.clone());
        let version = BundleVersion { epoch: u64::MAX, digest: [0xab; 32] };
        let locked = file.lock().expect("free");
        assert_eq!(locked.read().expect("a first start"), None);
        locked.store(&version).expect("stored");
        assert_eq!(locked.read().expect("readable"), Some(version));
        let text = std::fs::read_to_string(path).expect("there");
        assert_eq!(text, format!("{{\"epoch\":18446744073709551615,\"sha256\":\"{}\"}}\n", "ab".repeat(32)));
    }

    #[test]
    fn a_version_that_cannot_be_stored_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = folder.path().join("state");
        std::fs::create_dir(&state).expect("made");
        let file = NewestFile::new(state.join("newest"));
        let locked = file.lock().expect("free");
        std::fs::remove_dir_all(state).expect("removed");
        let error = locked.store(&BundleVersion { epoch: 1, digest: [0; 32] }).expect_err("no folder");
        assert!(matches!(error, TrustError::NotStored { .. }), "{error}");
    }

    #[test]
    fn another_holder_waits_for_the_lock() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = NewestFile::new(folder.path().join("newest"));
        let locked = file.lock().expect("free");
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| file.lock().expect("free by then").read().expect("readable"));
            std::thread::sleep(std::time::Duration::from_millis(50));
            let version = BundleVersion { epoch: 7, digest: [1; 32] };
            locked.store(&version).expect("stored");
            drop(locked);
            assert_eq!(waiting.join().expect("ended"), Some(version));
        });
    }

    #[test]
    fn anything_but_a_version_is_malformed() {
        let digest = "0".repeat(64);
        for text in [
            String::new(),
            "{}".into(),
            format!("{{\"epoch\":-1,\"sha256\":\"{digest}\"}}"),
            format!("{{\"epoch\":1,\"sha256\":\"{digest}00\"}}"),
            format!("{{\"epoch\":1,\"sha256\":\"{}\"}}", "g".repeat(64)),
            format!("{{\"epoch\":1,\"sha256\":\"{digest}\",\"more\":1}}"),
            format!("{{\"epoch\":1,\"sha256\":\"{digest}\"}}{{}}"),
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
