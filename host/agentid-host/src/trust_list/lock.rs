//! One program at a time changes a list.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::path::Path;
use std::time::Duration;

use super::error::TrustListError;
use crate::files::{lock, without_waiting};

/// How long a program waits for the lock. Programs hold it for milliseconds.
const LONGEST: Duration = Duration::from_secs(10);

/// The right to change a list. Dropping it gives the right back.
#[derive(Debug)]
pub struct ListLock(#[expect(dead_code, reason = "closing the file is what unlocks it")] File);

impl ListLock {
    /// Waits until no other program changes the list, for 10 s at most. Read the list behind this, and
    /// hold the lock until it is written: what another program writes in between would be lost. The
    /// lock is a file beside the list, `.trust.toml.lock` for `trust.toml`.
    ///
    /// # Errors
    /// [`TrustListError::Read`] if another program holds the lock for longer; those of the system.
    pub fn of(path: &Path) -> Result<Self, TrustListError> {
        let mut name = OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(".lock");
        let beside = path.with_file_name(name);
        let mut options = OpenOptions::new();
        let locked = without_waiting(options.create(true).truncate(false).write(true)).open(&beside);
        locked
            .and_then(|file| lock(&file, LONGEST).map(|()| Self(file)))
            .map_err(|source| TrustListError::Read { path: beside, source })
    }
}
