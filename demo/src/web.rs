//! The same tokens in JavaScript engines, with the npm package as it is built.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use agentid_nostd::{Error, PublicKey};
use anyhow::{Context, Result, ensure};

use crate::Presented;

/// Has Node verify what was presented, and says whether every verdict is the one announced.
pub(crate) fn show(trusted: &[PublicKey], presented: &[Presented], now: i64) -> Result<bool> {
    println!("  {:<8} {:<4} {:<18} {:>10}  what was presented", "platform", "code", "verdict", "time");
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wasm");
    let mut node = Command::new(package.join("node_modules/.bin/node"));
    node.arg("test/demo.mjs").current_dir(&package).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut node = node.spawn().context("node: try `cargo xtask wasm`")?;
    node.stdin.take().context("a pipe")?.write_all(question(trusted, presented, now).as_bytes())?;
    let output = node.wait_with_output()?;
    ensure!(output.status.success(), "node: {}", output.status);
    let answer = String::from_utf8(output.stdout)?;
    let lines: Vec<&str> = answer.lines().collect();
    ensure!(lines.len() == presented.len(), "node answered {} times", lines.len());
    let mut as_announced = true;
    for (line, presented) in lines.iter().zip(presented) {
        let (code, micros) = line.split_once(' ').context("code and microseconds")?;
        let code: u8 = code.parse()?;
        let name = Error::ALL.iter().find(|error| error.code() == code).map_or("accepted", |error| error.name());
        println!("  {:<8} {code:>4} {name:<18} {micros:>7} µs  {}", "Node", presented.what);
        as_announced &= code == presented.expected.err().map_or(0, Error::code);
    }
    Ok(as_announced)
}

/// As `wasm/test/demo.mjs` wants it.
fn question(trusted: &[PublicKey], presented: &[Presented], now: i64) -> String {
    let list = |items: Vec<String>| items.join(",");
    let keys = list(trusted.iter().map(|key| format!("\"{}\"", hex::encode(key.as_bytes()))).collect());
    let tokens = list(presented.iter().map(|shown| format!("\"{}\"", hex::encode(&shown.token))).collect());
    format!("{{\"now\":{now},\"trusted\":[{keys}],\"tokens\":[{tokens}]}}")
}
