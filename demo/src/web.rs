//! The same tokens in JavaScript engines, with the npm package as it is built.

use agentid_nostd::{Error, PublicKey};
use agentid_test_kit::runners::Runner;
use anyhow::{Context, Result, ensure};

use crate::{Presented, verdict_name};

/// Has each engine verify what was presented, and says whether every verdict is the one announced.
pub(crate) fn show(trusted: &[PublicKey], presented: &[Presented], now: i64) -> Result<bool> {
    println!("  {:<8} {:<4} {:<18} {:>10}  what was presented", "platform", "code", "verdict", "time");
    let question = question(trusted, presented, now);
    let mut as_announced = true;
    for runner in Runner::all()? {
        let Some(answer) = runner.ask_demo(&question) else { continue };
        let (answer, engine) = (answer?, &runner.name);
        let lines: Vec<&str> = answer.lines().collect();
        ensure!(lines.len() == presented.len(), "{engine} answered {} times", lines.len());
        for (line, presented) in lines.iter().zip(presented) {
            let (code, micros) = line.split_once(' ').context("code and microseconds")?;
            let code: u8 = code.parse()?;
            let name = verdict_name(code);
            // An engine whose clock says nothing answers 0.
            let time = if micros == "0.0" { "-".into() } else { format!("{micros} µs") };
            println!("  {engine:<8} {code:>4} {name:<18} {time:>10}  {}", presented.what);
            as_announced &= code == presented.expected.err().map_or(0, Error::code);
        }
    }
    Ok(as_announced)
}

/// As `tests/js/answer.mjs` wants it.
fn question(trusted: &[PublicKey], presented: &[Presented], now: i64) -> String {
    let list = |items: Vec<String>| items.join(",");
    let keys = list(trusted.iter().map(|key| format!("\"{}\"", hex::encode(key.as_bytes()))).collect());
    let tokens = list(presented.iter().map(|shown| format!("\"{}\"", hex::encode(&shown.token))).collect());
    format!("{{\"now\":{now},\"trusted\":[{keys}],\"tokens\":[{tokens}]}}")
}
