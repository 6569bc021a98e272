//! The reasons why a list is not read, edited or built.

use std::path::{Path, PathBuf};
use std::{fmt, io};

use agentid_nostd::{Error, Fingerprint};

use super::finding::Finding;
use super::words::one_line;

/// The reason why a trust list is not read, edited or built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustListError {
    /// The text of the list is not as it must be.
    #[error("{0}")]
    File(Box<FileFault>),
    /// The file cannot be read.
    #[error("{}: the file cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The answer of the system.
        source: io::Error,
    },
    /// The signer is not the authority that the list names.
    #[error("the list names {expected} as authority, and the signer is {found}; sign with the key of the authority")]
    WrongSigner {
        /// The authority of the list.
        expected: Fingerprint,
        /// The key of the signer.
        found: Fingerprint,
    },
    /// The epoch is not above that of the last bundle built.
    #[error("epoch {epoch} is not above {last}, that of the last bundle; write {}", last.saturating_add(1))]
    EpochNotAbove {
        /// The epoch asked for.
        epoch: u64,
        /// The epoch in the list.
        last: u64,
    },
    /// The epoch leaves numbers out, and that was not allowed.
    #[error("epoch {epoch} leaves out numbers after {last}; write {}, or allow the jump on purpose", last.saturating_add(1))]
    EpochJumps {
        /// The epoch asked for.
        epoch: u64,
        /// The epoch in the list.
        last: u64,
    },
    /// The epoch is above 2⁶³ − 1, the highest that the file can hold.
    #[error("epoch {0} is above the highest that the file can hold; write at most {max}", max = i64::MAX)]
    EpochTooHigh(u64),
    /// The check of the list finds errors.
    #[error("the list has errors: {}", sentences(.0))]
    Refused(Vec<Finding>),
    /// The list would be of more bytes than a bundle can have.
    #[error("the list is too long for a bundle; split it between several authorities")]
    TooLong,
    /// The core refuses to build or to open the bundle.
    #[error("the bundle is refused: {0}")]
    Bundle(#[from] Error),
    /// There is no agent with this key in the list.
    #[error("no agent of the list has the key {0}; look for the key under [[agent]]")]
    NoSuchAgent(Fingerprint),
    /// The entry stands in the list already.
    #[error("{0} is in the list already; edit that entry")]
    AlreadyListed(String),
    /// The text cannot be edited by the program without another change of its meaning.
    #[error("the entry cannot be written into this text by a program; edit the file by hand")]
    NotEditable,
}

impl TrustListError {
    /// Returns the name of the reason, in kebab-case. A name is never changed.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::File(_) => "invalid-list",
            Self::Read { .. } => "system",
            Self::WrongSigner { .. } => "wrong-signer",
            Self::EpochNotAbove { .. } => "epoch-not-above",
            Self::EpochJumps { .. } => "epoch-jumps",
            Self::EpochTooHigh(_) => "epoch-too-high",
            Self::Refused(_) => "list-with-errors",
            Self::TooLong => "list-too-long",
            Self::Bundle(error) => error.name(),
            Self::NoSuchAgent(_) => "no-such-agent",
            Self::AlreadyListed(_) => "already-listed",
            Self::NotEditable => "not-editable",
        }
    }

    /// Adds the name of the file to a fault in its text.
    #[must_use]
    pub fn in_file(self, path: &Path) -> Self {
        match self {
            Self::File(fault) => Self::File(Box::new(FileFault { file: Some(path.to_owned()), ..*fault })),
            other => other,
        }
    }
}

/// A place in the text of a list that is not as it must be. The display says the file, the line,
/// the field, the value found and the value to write.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub struct FileFault {
    /// The file, if the list was read from one.
    pub file: Option<PathBuf>,
    /// The line, counted from 1.
    pub line: usize,
    /// The field, such as `[[agent]] key`.
    pub field: String,
    /// What stands there.
    pub found: String,
    /// What to write there.
    pub instead: String,
}

impl fmt::Display for FileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}, ", file.display())?;
        }
        let Self { line, field, found, instead, .. } = self;
        write!(f, "line {line}, {}: found {}; write {instead}", one_line(field), one_line(found))
    }
}

fn sentences(findings: &[Finding]) -> String {
    findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
