//! The multiples of the example token's key: what `agentid precompute` would write.

use std::fs;
use std::path::Path;

use agentid_nostd::PrecomputedTable;

use crate::example::agent;

pub(crate) fn write(out: &Path) {
    let table = PrecomputedTable::<16>::new(&agent().public_key()).expect("a key");
    let source = format!(
        "/// Multiples of the key.\n\
         pub static PRECOMPUTED: agentid_nostd::PrecomputedTable = agentid_nostd::PrecomputedTable::from_words(&{:?});\n",
        table.words()
    );
    fs::write(out.join("multiples.rs"), source).expect("OUT_DIR can be written");
}
