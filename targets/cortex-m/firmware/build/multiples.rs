//! The multiples of the example token's key: what `cargo xtask pin` would write.

use std::fs;
use std::path::Path;

use agentid_nostd::PinnedTable;

use crate::example::agent;

pub(crate) fn write(out: &Path) {
    let table = PinnedTable::<16>::new(&agent().public_key()).expect("a key");
    let source = format!(
        "/// Multiples of the key.\n\
         pub static PINNED: agentid_nostd::PinnedTable = agentid_nostd::PinnedTable::from_words(&{:?});\n",
        table.words()
    );
    fs::write(out.join("multiples.rs"), source).expect("OUT_DIR can be written");
}
