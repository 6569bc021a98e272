//! Files that are read whole or not at all, and replaced whole or not at all.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use fs4::{FileExt, TryLockError};

/// How the names of temporary files begin.
pub(crate) const TEMPORARY: &str = ".agentid-tmp-";

/// How long a program waits before it asks for a lock again.
const PAUSE: Duration = Duration::from_millis(5);

/// Reads a regular file of at most `limit` bytes. It waits for nobody: what is opened is looked at,
/// so that a pipe cannot take the place of the file in between.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] for what is no regular file; [`io::ErrorKind::FileTooLarge`]; those
/// of the system.
pub fn read_at_most(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = without_waiting(OpenOptions::new().read(true)).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|len| len <= limit) {
        return Ok(bytes);
    }
    Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it is longer than {limit} bytes")))
}

/// Opens no pipe that waits for its other end.
#[cfg(unix)]
pub(crate) fn without_waiting(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    options.custom_flags(i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0))
}

#[cfg(not(unix))]
pub(crate) fn without_waiting(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// Replaces the file by these bytes. A reader sees the old or the new file, and so does the next
/// start after a loss of power. `mode` is that of Unix, such as `0o600`; without one the umask
/// decides, as for every new file.
///
/// # Errors
/// Those of the system. The old file stays.
pub fn write_atomically(path: &Path, bytes: &[u8], mode: Option<u32>) -> io::Result<()> {
    let folder = folder_of(path);
    written(folder, bytes, mode)?.persist(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// The same for a file that is not there yet: one that is there stays, and is an error.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`]; those of the system.
pub fn create_atomically(path: &Path, bytes: &[u8], mode: Option<u32>) -> io::Result<()> {
    let folder = folder_of(path);
    written(folder, bytes, mode)?.persist_noclobber(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A temporary file in the folder, with these bytes on the disk.
fn written(folder: &Path, bytes: &[u8], mode: Option<u32>) -> io::Result<tempfile::NamedTempFile> {
    let mut file = temporary_file(folder, mode)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Waits for the lock of an open file, for so long at most. Closing the file unlocks it, and so
/// does the end of the program.
///
/// # Errors
/// [`io::ErrorKind::TimedOut`] if another program holds it for longer; those of the system.
pub(crate) fn lock(file: &File, longest: Duration) -> io::Result<()> {
    let began = Instant::now();
    loop {
        match FileExt::try_lock(file) {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if began.elapsed() < longest => thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "another process holds the lock"));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

#[cfg(unix)]
fn temporary_file(folder: &Path, mode: Option<u32>) -> io::Result<tempfile::NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;
    let permissions = std::fs::Permissions::from_mode(mode.unwrap_or(0o666));
    tempfile::Builder::new().prefix(TEMPORARY).permissions(permissions).tempfile_in(folder)
}

#[cfg(not(unix))]
fn temporary_file(folder: &Path, _: Option<u32>) -> io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder)
}

/// The new name is stored only when its folder is.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Other systems cannot open a folder as a file.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::ErrorKind;

    use super::{read_at_most, write_atomically};

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        write_atomically(&path, b"first and longer", None).expect("written");
        write_atomically(&path, b"second", None).expect("written");
        assert_eq!(fs::read(&path).expect("read"), b"second");
        assert_eq!(fs::read_dir(folder.path()).expect("read").count(), 1);
        let nowhere = folder.path().join("nothing/file");
        assert_eq!(write_atomically(&nowhere, b"", None).expect_err("no folder").kind(), ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_gets_the_mode_that_was_asked_for() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        write_atomically(&path, b"secret", Some(0o600)).expect("written");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    }

    /// A pipe without a writer: whoever opens it to read waits for ever, unless told not to.
    #[cfg(unix)]
    #[test]
    fn a_pipe_is_refused_and_not_waited_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo starts");
        assert!(made.success());
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || sender.send(read_at_most(&path, 4).expect_err("a pipe").kind()));
        let kind = receiver.recv_timeout(std::time::Duration::from_secs(10)).expect("it waits");
        assert_eq!(kind, ErrorKind::InvalidInput);
    }

    #[test]
    fn a_file_is_read_up_to_the_limit_and_a_folder_is_no_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        fs::write(&path, b"1234").expect("written");
        assert_eq!(read_at_most(&path, 4).expect("read"), b"1234");
        assert_eq!(read_at_most(&path, 3).expect_err("too long").kind(), ErrorKind::FileTooLarge);
        assert_eq!(read_at_most(folder.path(), 4).expect_err("a folder").kind(), ErrorKind::InvalidInput);
        assert_eq!(read_at_most(&folder.path().join("x"), 4).expect_err("nothing").kind(), ErrorKind::NotFound);
    }
}
