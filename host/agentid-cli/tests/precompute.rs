//! `precompute`: what it writes compiles, and is the multiples of its key.

use std::process::Command;

use agentid_nostd::{PrecomputedKey, PrecomputedTable, PublicKey};

const KEY: &str = "7cec16a60ca5721cec9def54bcd16cc9d45225c3b1b362e3a7d098b7e4e26700";
const OTHER: &str = "57874786794098f7663caf5ab81b11bf57cfb9d9bced63cbe2d82f7c2159fff7";

/// What the command wrote. The test compares it with what the command writes.
mod written {
    #![expect(unreachable_pub, reason = "the constant is for the program that takes it in")]

    include!("precompute/multiples.rs");
}

fn precompute(arguments: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_agentid")).arg("precompute").args(arguments).output().expect("runs");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn key(digits: &str) -> PublicKey {
    PublicKey::from_bytes(&hex::decode(digits).expect("digits").try_into().expect("32 bytes")).expect("a key")
}

#[test]
fn the_text_is_a_constant_of_the_multiples_of_its_key() {
    assert_eq!(precompute(&[KEY]), include_str!("precompute/multiples.rs"));
    assert!(PrecomputedKey::new(&key(KEY), &written::PRECOMPUTED).is_ok());
    assert!(PrecomputedKey::new(&key(OTHER), &written::PRECOMPUTED).is_err());
}

#[test]
fn the_json_has_the_same_words() {
    for digits in [KEY, OTHER] {
        let json: serde_json::Value = serde_json::from_str(&precompute(&[digits, "--json"])).expect("JSON");
        assert_eq!(json["key"], digits);
        let words: [[[u32; 8]; 3]; 16] = serde_json::from_value(json["words"].clone()).expect("numbers");
        assert!(PrecomputedKey::new(&key(digits), &PrecomputedTable::from_words(&words)).is_ok());
    }
}
