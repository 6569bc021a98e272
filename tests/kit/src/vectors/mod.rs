//! The vectors of `tests/vectors/`: what every platform must answer, in a text format of its own.
//!
//! `format` reads and writes the files, `cases` states what is expected, `run` asks this
//! implementation, `printed` reads what others print.

mod cases;
mod format;
mod printed;
mod run;
mod run_gate;

pub use cases::files;
pub use format::{ParseError, Record, escape, parse, unescape, write};
pub use printed::{Answer, answers, printed};
pub use run::{run, run_with};

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// Where the files lie.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../vectors")
}

/// What each file shall contain, by file name.
pub fn rendered() -> Vec<(String, String)> {
    files().into_iter().map(|file| (format!("{}.txt", file.name), write(file.about, &file.records))).collect()
}

/// What lies in the folder, by file name.
///
/// # Panics
/// Where the folder or a file cannot be read.
pub fn on_disk() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder()).expect("tests/vectors") {
        let path = entry.expect("entry").path();
        if path.extension().is_some_and(|ext| ext == "txt") {
            let name = path.file_name().expect("name").to_string_lossy().into_owned();
            files.insert(name, fs::read_to_string(path).expect("UTF-8"));
        }
    }
    files
}
