//! The file with the state of the newest trust bundle: after a restart no older bundle opens, and no
//! hand-over is undone.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use agentid_nostd::{BundleVersion, Error, PublicKey, TrustState};
use serde::{Deserialize, Serialize};

use super::error::TrustError;
use crate::files::{lock, read_at_most, write_atomically};

/// The longest file that is read. It has about 350 bytes.
const MAX_LEN: u64 = 4_096;
/// Another process holds the lock for the check of one bundle.
const WAIT: Duration = Duration::from_secs(5);

/// Where the state is kept. Processes that share the file never lower its epoch.
pub(super) struct NewestFile {
    path: PathBuf,
    /// The authority that the gate was built with.
    pinned: PublicKey,
}

/// The file, while no other process may change it.
pub(super) struct Locked<'f> {
    path: &'f Path,
    pinned: PublicKey,
    /// Closing the file unlocks it.
    _lock: File,
}

/// `{"epoch":3,"sha256":"…","authority":"…","next_authority":"…","pinned":"…"}`
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    epoch: u64,
    sha256: String,
    authority: String,
    next_authority: Option<String>,
    /// The authority that a gate was built with when this was stored. The one in force is another
    /// after a hand-over.
    pinned: String,
}

impl NewestFile {
    pub(super) const fn new(path: PathBuf, pinned: PublicKey) -> Self {
        Self { path, pinned }
    }

    /// Waits for other processes, for five seconds at most. The lock is a file of its own, because
    /// the file itself is replaced.
    pub(super) fn lock(&self) -> Result<Locked<'_>, TrustError> {
        let mut path = self.path.clone().into_os_string();
        path.push(".lock");
        let path = PathBuf::from(path);
        let lock = open_locked(&path).map_err(|source| TrustError::NewestUnreadable { path, source })?;
        Ok(Locked { path: &self.path, pinned: self.pinned, _lock: lock })
    }
}

impl Locked<'_> {
    /// Returns the state; `None` if the file does not exist, as at the first start.
    ///
    /// # Errors
    /// [`TrustError::AnotherAuthority`] if it is the state of a gate with another pinned authority.
    pub(super) fn read(&self) -> Result<Option<TrustState>, TrustError> {
        let bytes = match read_at_most(self.path, MAX_LEN) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(TrustError::NewestUnreadable { path: self.path.into(), source }),
        };
        let (pinned, state) =
            parse(&bytes).map_err(|reason| TrustError::NewestMalformed { path: self.path.into(), reason })?;
        // With the new authority pinned, a hand-over to it stays.
        if ![pinned, state.authority].contains(&self.pinned) {
            return Err(TrustError::AnotherAuthority { path: self.path.into() });
        }
        Ok(Some(state))
    }

    /// Stores a state, so that it outlives a loss of power.
    pub(super) fn store(&self, state: &TrustState) -> Result<(), TrustError> {
        let text = |key: &PublicKey| hex::encode(key.as_bytes());
        let stored = Stored {
            epoch: state.version.epoch,
            sha256: hex::encode(state.version.digest),
            authority: text(&state.authority),
            next_authority: state.next_authority.as_ref().map(text),
            pinned: text(&self.pinned),
        };
        let text = serde_json::to_string(&stored).map_err(io::Error::from);
        text.and_then(|text| write_atomically(self.path, format!("{text}\n").as_bytes(), None))
            .map_err(|source| TrustError::NotStored { path: self.path.into(), source })
    }
}

/// The pinned authority and the state.
fn parse(bytes: &[u8]) -> Result<(PublicKey, TrustState), String> {
    let stored: Stored = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let bytes = |field: &str, digits: &str| {
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).map_err(|error| format!("{field}: {error}"))?;
        Ok::<_, String>(bytes)
    };
    let key = |field: &str, digits: &str| {
        PublicKey::from_bytes(&bytes(field, digits)?).map_err(|error: Error| format!("{field}: {error}"))
    };
    let next = stored.next_authority.as_deref().map(|digits| bytes("next_authority", digits)).transpose()?;
    let state = TrustState {
        authority: key("authority", &stored.authority)?,
        // As the authority wrote it: it may be no key.
        next_authority: next.map(PublicKey::unvalidated),
        version: BundleVersion { epoch: stored.epoch, digest: bytes("sha256", &stored.sha256)? },
    };
    Ok((key("pinned", &stored.pinned)?, state))
}

fn open_locked(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
    lock(&file, WAIT)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use agentid_nostd::{BundleVersion, PublicKey, Signer, SigningKey, TrustState};

    use super::{NewestFile, TrustError, parse};

    fn key(number: u8) -> PublicKey {
        SigningKey::from_secret_bytes(&[number; 32]).expect("a secret").public_key()
    }

    fn text(number: u8) -> String {
        hex::encode(key(number).as_bytes())
    }

    fn state(authority: u8, next: Option<u8>) -> TrustState {
        let version = BundleVersion { epoch: u64::MAX, digest: [0xab; 32] };
        TrustState { authority: key(authority), next_authority: next.map(key), version }
    }

    #[test]
    fn a_stored_state_is_read_again_and_looks_as_documented() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("newest");
        let file = NewestFile::new(path.clone(), key(1));
        let locked = file.lock().expect("free");
        assert_eq!(locked.read().expect("a first start"), None);
        for (next, shown) in [(None, "null".to_owned()), (Some(3), format!("\"{}\"", text(3)))] {
            locked.store(&state(2, next)).expect("stored");
            assert_eq!(locked.read().expect("readable"), Some(state(2, next)));
            let written = std::fs::read_to_string(&path).expect("there");
            let expected = format!(
                "{{\"epoch\":18446744073709551615,\"sha256\":\"{}\",\"authority\":\"{}\",\
                 \"next_authority\":{shown},\"pinned\":\"{}\"}}\n",
                "ab".repeat(32),
                text(2),
                text(1),
            );
            assert_eq!(written, expected);
        }
    }

    /// Whoever replaces the pinned key by hand says so by removing the file.
    #[test]
    fn a_state_belongs_to_the_pinned_authority_and_to_the_one_that_took_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("newest");
        NewestFile::new(path.clone(), key(1)).lock().expect("free").store(&state(2, Some(3))).expect("stored");
        let read = |pinned| NewestFile::new(path.clone(), key(pinned)).lock().expect("free").read();
        assert_eq!(read(1).expect("pinned first"), Some(state(2, Some(3))));
        assert_eq!(read(2).expect("in force"), Some(state(2, Some(3))));
        for other in [3, 4] {
            let error = read(other).expect_err("never in force");
            assert!(matches!(error, TrustError::AnotherAuthority { .. }), "{error}");
        }
    }

    #[test]
    fn a_state_that_cannot_be_stored_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("state");
        std::fs::create_dir(&place).expect("made");
        let file = NewestFile::new(place.join("newest"), key(1));
        let locked = file.lock().expect("free");
        std::fs::remove_dir_all(place).expect("removed");
        let error = locked.store(&state(1, None)).expect_err("no folder");
        assert!(matches!(error, TrustError::NotStored { .. }), "{error}");
    }

    #[test]
    fn another_holder_waits_for_the_lock() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = NewestFile::new(folder.path().join("newest"), key(1));
        let locked = file.lock().expect("free");
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| file.lock().expect("free by then").read().expect("readable"));
            std::thread::sleep(std::time::Duration::from_millis(50));
            locked.store(&state(1, None)).expect("stored");
            drop(locked);
            assert_eq!(waiting.join().expect("ended"), Some(state(1, None)));
        });
    }

    #[test]
    fn anything_but_a_state_is_malformed() {
        let good = format!(
            "{{\"epoch\":1,\"sha256\":\"{}\",\"authority\":\"{}\",\"next_authority\":null,\"pinned\":\"{}\"}}",
            "0".repeat(64),
            text(2),
            text(1),
        );
        assert!(parse(good.as_bytes()).is_ok());
        let erased = "0".repeat(64);
        for text in [
            String::new(),
            "{}".into(),
            good.replace("\"epoch\":1", "\"epoch\":-1"),
            good.replace("\"epoch\":1,", ""),
            good.replace(&erased, &format!("{erased}00")),
            good.replace(&erased, &"g".repeat(64)),
            good.replace(&text(1), &erased),
            good.replace(&text(2), &erased),
            good.replace("null", "\"00\""),
            good.replace("}", ",\"more\":1}"),
            format!("{good}{{}}"),
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
