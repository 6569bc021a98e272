//! Writes down the multiples of an issuer's key as Rust source, for firmware that knows the issuer
//! in advance: `cargo xtask precompute KEY`.

use std::process::ExitCode;

use agentid_nostd::{Builtin, PrecomputedTable, PublicKey};

fn main() -> ExitCode {
    let Some(key) = std::env::args().nth(1).and_then(|text| key(&text)) else {
        eprintln!(
            "precompute KEY: an Ed25519 public key of large order in its canonical encoding, as 64 hexadecimal digits"
        );
        return ExitCode::FAILURE;
    };
    let Ok(table) = PrecomputedTable::<16>::new(&key) else { return ExitCode::FAILURE };
    println!("/// Multiples of {key:?}.");
    println!(
        "pub static PRECOMPUTED: agentid_nostd::PrecomputedTable = agentid_nostd::PrecomputedTable::from_words(&["
    );
    for multiple in table.words() {
        let numbers = multiple.map(|words| format!("[{}]", words.map(|word| format!("{word:#010x}")).join(", ")));
        println!("    [\n        {},\n    ],", numbers.join(",\n        "));
    }
    println!("]);");
    ExitCode::SUCCESS
}

fn key(text: &str) -> Option<PublicKey> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    PublicKey::from_bytes_with(Builtin, &bytes).ok()
}
