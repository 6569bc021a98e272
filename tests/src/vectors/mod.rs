//! The vectors of `tests/vectors/`: what every platform must answer, in a text format of its own.
//!
//! `format` reads and writes the files, `cases` states what is expected, `run` asks this implementation.

mod cases;
mod format;
mod run;
mod run_gate;

pub use cases::files;
pub use format::{ParseError, Record, parse, write};
pub use run::run;

use std::path::PathBuf;

/// Where the files lie.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors")
}

/// What each file shall contain, by file name.
pub fn rendered() -> Vec<(String, String)> {
    files().into_iter().map(|file| (format!("{}.txt", file.name), write(file.about, &file.records))).collect()
}
