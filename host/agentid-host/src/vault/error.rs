//! Why a vault refused.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::key_id::KeyId;

/// Why a vault refused. The text says what is wrong and why; [`hint`](Self::hint) says what a
/// person can do about it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VaultError {
    /// There is no vault in this folder.
    #[error("there is no vault in {}", .0.display())]
    NotInitialized(PathBuf),
    /// The home folder is not known.
    #[error("the home folder is not known, so there is no default place for a vault")]
    NoHome,
    /// The index says that the key is of one agent, and the key file says of another.
    #[error("the index gives the key {0} to another agent than its key file does")]
    OtherAgent(KeyId),
    /// The password is empty.
    #[error("the password is empty")]
    EmptyPassword,
    /// The password does not open the key, or the file was changed.
    #[error("the password is wrong, or the key file was changed")]
    WrongPassword,
    /// Another key of the vault has another password.
    #[error("the password does not open {0}, which is in the vault already")]
    PasswordDiffers(KeyId),
    /// There is no key of that fingerprint.
    #[error("the vault has no key {0}")]
    UnknownKey(KeyId),
    /// There is no key of that name and project.
    #[error("the vault has no key of {name} of {project}")]
    UnknownAgent {
        /// The name that was asked for.
        name: String,
        /// The project that was asked for.
        project: String,
    },
    /// There are several keys of that name and project.
    #[error("the vault has {} keys of {name} of {project}: {}", .keys.len(), list(.keys))]
    SeveralKeys {
        /// The name that was asked for.
        name: String,
        /// The project that was asked for.
        project: String,
        /// The keys, in the order in which they were added.
        keys: Vec<KeyId>,
    },
    /// The vault has this key already.
    #[error("the vault has the key {0} already")]
    AlreadyThere(KeyId),
    /// A text is no fingerprint.
    #[error("`{0}` is no fingerprint")]
    InvalidFingerprint(String),
    /// A key file or the index is not as it should be.
    #[error("the file is damaged: {0}")]
    Damaged(&'static str),
    /// A key file contains another key than its name says.
    #[error("the file of {expected} contains another key, {found}")]
    OtherKey {
        /// The key that the name of the file stands for.
        expected: KeyId,
        /// The key in the file.
        found: KeyId,
    },
    /// Other people may read or replace a file.
    #[error("{} is open to other users: its mode is {mode:04o}", .path.display())]
    LoosePermissions {
        /// The file or folder.
        path: PathBuf,
        /// Its mode.
        mode: u32,
        /// The mode that it should have.
        wanted: u32,
    },
    /// A file belongs to another user.
    #[error("{} belongs to another user", .0.display())]
    OtherOwner(PathBuf),
    /// A symlink stands where a file or folder of the vault should be.
    #[error("{} is a symbolic link, which a vault does not follow", .0.display())]
    Symlink(PathBuf),
    /// Something else stands where a file or folder of the vault should be.
    #[error("{} is not {wanted}", .path.display())]
    WrongKind {
        /// The path.
        path: PathBuf,
        /// What should be there.
        wanted: &'static str,
    },
    /// Another program changes the vault and does not finish.
    #[error("another program has held {} for {seconds} s", .path.display())]
    Busy {
        /// The lock file.
        path: PathBuf,
        /// How long this program waited.
        seconds: u64,
    },
    /// The vault changed while a password was being changed.
    #[error("another program changed the vault meanwhile; nothing was changed here")]
    Changed,
    /// The platform's source of randomness failed.
    #[error("the system's source of randomness failed")]
    NoEntropy,
    /// A name, project or key is refused by the core.
    #[error("{0}")]
    Refused(#[from] agentid_nostd::Error),
    /// The operating system refused.
    #[error("{} cannot be {done}: {source}", .path.display())]
    System {
        /// The file or folder.
        path: PathBuf,
        /// What was to be done, such as "read".
        done: &'static str,
        /// The system's answer.
        source: io::Error,
    },
}

impl VaultError {
    /// A stable name, such as `wrong-password`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotInitialized(_) => "no-vault",
            Self::NoHome => "no-home",
            Self::EmptyPassword => "empty-password",
            Self::WrongPassword => "wrong-password",
            Self::PasswordDiffers(_) => "password-differs",
            Self::UnknownKey(_) => "unknown-key",
            Self::UnknownAgent { .. } => "unknown-agent",
            Self::SeveralKeys { .. } => "several-keys",
            Self::AlreadyThere(_) => "already-there",
            Self::InvalidFingerprint(_) => "invalid-fingerprint",
            Self::Damaged(_) => "damaged",
            Self::OtherKey { .. } => "other-key",
            Self::OtherAgent(_) => "other-agent",
            Self::LoosePermissions { .. } => "loose-permissions",
            Self::OtherOwner(_) => "other-owner",
            Self::Symlink(_) => "symlink",
            Self::WrongKind { .. } => "wrong-kind",
            Self::Busy { .. } => "busy",
            Self::Changed => "changed",
            Self::NoEntropy => "no-entropy",
            Self::Refused(error) => error.name(),
            Self::System { .. } => "system",
        }
    }

    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotInitialized(_) => "make one with `agentid init`, or name another folder with `--root`".into(),
            Self::NoHome => "name the folder with `--root`".into(),
            Self::EmptyPassword => "choose one; `agentid keys passwd` replaces an empty one".into(),
            Self::PasswordDiffers(_) => {
                "use the password of the vault, or change it first with `agentid keys passwd`".into()
            }
            Self::UnknownKey(_) | Self::UnknownAgent { .. } => "`agentid keys list` shows the keys".into(),
            Self::SeveralKeys { .. } => {
                "choose one with `--fingerprint`, or with `--key` for `trust add`; `agentid keys list` shows them"
                    .into()
            }
            Self::AlreadyThere(_) => "`agentid keys rotate` makes the next key of an agent".into(),
            Self::InvalidFingerprint(_) => "a fingerprint is `ag:sha256:` and 16 hexadecimal digits".into(),
            Self::OtherAgent(_) => {
                "somebody has changed index.json of the vault: remove it, and `agentid keys show` makes it anew"
                    .into()
            }
            Self::Damaged(_) | Self::OtherKey { .. } => "restore the file from a backup, or remove the key".into(),
            Self::LoosePermissions { path, wanted, .. } => format!("run: chmod {wanted:o} {}", quoted(path)),
            Self::OtherOwner(path) => format!("run as its owner, or: chown \"$(id -un)\" {}", quoted(path)),
            Self::Symlink(_) => "put the folder or file itself there, or name the real folder with `--root`".into(),
            Self::WrongKind { .. } => "move it away".into(),
            Self::Busy { .. } => "end that program; the lock ends with it".into(),
            Self::Changed => "try again".into(),
            Self::WrongPassword | Self::NoEntropy | Self::Refused(_) | Self::System { .. } => return None,
        })
    }

    pub(super) fn system(path: &Path, done: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::System { path: path.to_owned(), done, source }
    }
}

fn list(keys: &[KeyId]) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The path as a shell takes it.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}
