//! `precompute`: multiples of an issuer's key as a Rust constant, for a device that knows the issuer
//! in advance.

use agentid_nostd::{PrecomputedTable, PrecomputedWords};
use serde_json::json;

use crate::answer::Answer;
use crate::failure::Failure;
use crate::input;

pub(crate) fn run(key: &str) -> Result<Answer, Failure> {
    let key = input::public_key(key)?;
    let words = PrecomputedTable::<16>::new(&key)?.words();
    let digits = hex::encode(key.as_bytes());
    Ok(Answer::new(source(&digits, &words), json!({ "key": digits, "words": words })))
}

fn source(digits: &str, words: &[PrecomputedWords; 16]) -> String {
    let mut lines = vec![
        format!("/// Multiples of the key {digits}."),
        "pub static PRECOMPUTED: agentid_nostd::PrecomputedTable = agentid_nostd::PrecomputedTable::from_words(&["
            .to_owned(),
    ];
    for multiple in words {
        lines.push("    [".to_owned());
        for number in multiple {
            lines.push(format!("        [{}],", number.map(|word| format!("{word:#010x}")).join(", ")));
        }
        lines.push("    ],".to_owned());
    }
    lines.push("]);".to_owned());
    lines.join("\n")
}
