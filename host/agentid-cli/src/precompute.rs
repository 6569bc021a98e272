//! `precompute`: multiples of a key as Rust source, for `PrecomputedKey` in firmware.

use std::fmt::Write as _;

use agentid_nostd::{PrecomputedTable, PublicKey};
use serde_json::json;

use crate::answer::Answer;
use crate::failure::Failure;
use crate::input;

pub(crate) fn run(key: &str) -> Result<Answer, Failure> {
    let key: PublicKey = input::public_key(key)?;
    let table = PrecomputedTable::<16>::new(&key)?;
    let mut source = format!(
        "/// Multiples of {key:?}.\n\
         pub static PRECOMPUTED: agentid_nostd::PrecomputedTable = agentid_nostd::PrecomputedTable::from_words(&[\n"
    );
    for multiple in table.words() {
        let numbers = multiple.map(|words| format!("[{}]", words.map(|word| format!("{word:#010x}")).join(", ")));
        // Writing to memory does not fail.
        let _ = writeln!(source, "    [\n        {},\n    ],", numbers.join(",\n        "));
    }
    source.push_str("]);");
    let json = json!({ "key": hex::encode(key.as_bytes()), "source": source });
    Ok(Answer::new(source, json))
}
