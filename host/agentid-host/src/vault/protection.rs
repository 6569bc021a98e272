//! Who may read the files of a vault, as far as the system can say.

use std::fs::{Metadata, OpenOptions};
use std::io;
use std::path::Path;

use super::error::VaultError;

/// What the system does not protect, in a sentence; `None` if files are as private as promised.
#[must_use]
pub(super) const fn gap() -> Option<&'static str> {
    if cfg!(unix) {
        None
    } else {
        Some("this system has no file modes: the vault relies on the permissions of the folder that it lies in")
    }
}

/// Refuses a file or folder that other users may read or write, or that belongs to another user.
#[cfg(unix)]
pub(super) fn check(path: &Path, found: &Metadata, wanted: u32) -> Result<(), VaultError> {
    use std::os::unix::fs::MetadataExt;
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(VaultError::OtherOwner(path.to_owned()));
    }
    let mode = found.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(VaultError::LoosePermissions { path: path.to_owned(), mode, wanted });
    }
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn check(_: &Path, _: &Metadata, _: u32) -> Result<(), VaultError> {
    Ok(())
}

#[cfg(unix)]
pub(super) fn create_folder(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().mode(mode).create(path)
}

#[cfg(not(unix))]
pub(super) fn create_folder(path: &Path, _: u32) -> io::Result<()> {
    std::fs::create_dir(path)
}

/// Opens no symbolic link, waits for no pipe, and gives a new file this mode.
#[cfg(unix)]
pub(super) fn no_follow(options: &mut OpenOptions, mode: u32) -> &mut OpenOptions {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    options.mode(mode).custom_flags(i32::try_from(flags.bits()).unwrap_or(0))
}

#[cfg(not(unix))]
pub(super) fn no_follow(options: &mut OpenOptions, _: u32) -> &mut OpenOptions {
    options
}
