//! What can go wrong with the trust of a gate, and with its settings.

use std::io;
use std::path::PathBuf;

use agentid_nostd::{Error, Explanation};

/// Why a trust bundle did not take effect. The bundle that was in force before stays.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The bundle was refused. The explanation has the code, and the numbers behind it.
    #[error("the trust bundle is refused: {0} ({code})", code = .0.error().code())]
    Refused(Explanation),
    /// The trust file cannot be read: it is not there, not readable, or longer than 64 MiB.
    #[error("the trust file {} cannot be read: {source}", path.display())]
    Unreadable {
        /// The trust file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file with the newest state cannot be read or locked.
    #[error("the file of the newest state, {}, cannot be read: {source}", path.display())]
    NewestUnreadable {
        /// The file, or its lock.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file with the newest state is of a gate with another pinned authority.
    #[error("the file of the newest state, {}, is of another authority; remove it to begin anew with the pinned one", path.display())]
    AnotherAuthority {
        /// The file.
        path: PathBuf,
    },
    /// The file with the newest state has other content than a state.
    #[error("the file of the newest state, {}, is malformed: {reason}", path.display())]
    NewestMalformed {
        /// The file.
        path: PathBuf,
        /// The first fault in it.
        reason: String,
    },
    /// The state of the bundle cannot be stored, so that an older one could come back later.
    #[error("the newest state cannot be stored in {}: {source}", path.display())]
    NotStored {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// `reload` was called, and the gate has no trust file.
    #[error("this gate has no trust file: its trust is replaced with `set_trust`")]
    NoFile,
    /// `set_trust` was called, and the trust of the gate comes from a file.
    #[error("the trust of this gate comes from a file: replace the file")]
    FromFile,
}

impl TrustError {
    /// The code of a refused bundle; `None` if no bundle could be judged.
    #[must_use]
    pub const fn code(&self) -> Option<Error> {
        match self {
            Self::Refused(explanation) => Some(explanation.error()),
            _ => None,
        }
    }

    /// The same text for the same failure, as time goes by.
    pub(super) fn key(&self) -> String {
        self.code().map_or_else(|| self.to_string(), |error| error.name().to_owned())
    }

    /// Returns whether the same bytes are refused with the same code at any time.
    pub(super) const fn is_final(&self) -> bool {
        // Not that of a wrong authority: another process may store that it is the next one.
        use Error::{BadBundleSignature, BundleRollback, MalformedBundle};
        matches!(self.code(), Some(MalformedBundle | BadBundleSignature | BundleRollback))
    }
}

/// Why a gate was not built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GateError {
    /// Neither `trust_file` nor `trust_bytes` was called, or both.
    #[error("a gate needs one source of trust: `trust_file` or `trust_bytes`")]
    TrustSource,
    /// A setting has a value that makes no sense.
    #[error("{0}")]
    Setting(&'static str),
    /// The trust does not open.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The clock is not set, or there is no randomness.
    #[error("{0} ({code})", code = .0.code())]
    Core(#[from] Error),
    /// The thread that reads the trust file cannot be started.
    #[error("the thread that reads the trust file cannot be started: {0}")]
    Thread(io::Error),
}
