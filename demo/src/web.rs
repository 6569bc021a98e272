//! The same tokens in JavaScript engines, with the npm package as it is built.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use agentid_nostd::{Error, PublicKey};
use anyhow::{Context, Result, ensure};

use crate::{Presented, verdict_name};

/// Each engine, and the folder whose `test/demo.mjs` asks it.
const ENGINES: [(&str, &str); 3] = [("Node", "wasm"), ("workerd", "targets/worker"), ("Chromium", "targets/browser")];

/// Has each engine verify what was presented, and says whether every verdict is the one announced.
pub(crate) fn show(trusted: &[PublicKey], presented: &[Presented], now: i64) -> Result<bool> {
    println!("  {:<8} {:<4} {:<18} {:>10}  what was presented", "platform", "code", "verdict", "time");
    let question = question(trusted, presented, now);
    let mut as_announced = true;
    for (engine, folder) in ENGINES {
        let answer = ask(folder, &question).with_context(|| format!("{engine}: try `cargo xtask test setup`"))?;
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

/// Runs the program with the Node that the package's lock file names.
fn ask(folder: &str, question: &str) -> Result<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut node = Command::new(root.join("wasm/node_modules/.bin/node"));
    let folder = root.join(folder);
    let mut node =
        node.arg("test/demo.mjs").current_dir(&folder).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    node.stdin.take().context("a pipe")?.write_all(question.as_bytes())?;
    let output = node.wait_with_output()?;
    ensure!(output.status.success(), "{}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}

/// As `wasm/test/answer.mjs` wants it.
fn question(trusted: &[PublicKey], presented: &[Presented], now: i64) -> String {
    let list = |items: Vec<String>| items.join(",");
    let keys = list(trusted.iter().map(|key| format!("\"{}\"", hex::encode(key.as_bytes()))).collect());
    let tokens = list(presented.iter().map(|shown| format!("\"{}\"", hex::encode(&shown.token))).collect());
    format!("{{\"now\":{now},\"trusted\":[{keys}],\"tokens\":[{tokens}]}}")
}
