//! `cargo xtask bench`: runs the benchmarks and prints medians and ratios, ready for the README.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process::{Log, cargo, root, stream, target_dir};
use crate::{plot, setup, wasm};

/// The npm package beside the alternatives, in Node.
pub(crate) fn web() -> Result<()> {
    let log = Log::new("bench-web")?;
    wasm::build(&log)?;
    wasm::build_edge(&log)?;
    let dalek = wasm::build_dalek(&log)?.join("inline.js");
    let folder = root().join("bench/web");
    setup::npm_packages(&log, &folder)?;
    let printed = printed(wasm::node().arg("bench.mjs").current_dir(&folder).env("AGENTID_DALEK", dalek))?;
    plot::draw("Verification in Node 22, median", &printed, &folder.join("web.svg"))
}

/// Runs a program to its end, and shows and returns what it printed.
fn printed(program: &mut Command) -> Result<String> {
    let output = program.stderr(Stdio::inherit()).output().context("a benchmark")?;
    let printed = String::from_utf8(output.stdout)?;
    print!("{printed}");
    if output.status.success() { Ok(printed) } else { bail!("a benchmark: {}", output.status) }
}

/// Whether minting takes a time that depends on the secret.
pub(crate) fn dudect() -> Result<()> {
    stream(cargo().args(["run", "--quiet", "--profile", "bench", "-p", "agentid-dudect"]))
}

/// One benchmark: its group, its name, its median in nanoseconds.
struct Median {
    group: String,
    name: String,
    nanos: f64,
}

/// Runs everything in one go, so that the machine is the same for all, then compares.
pub(crate) fn run() -> Result<()> {
    setup::c_compiler()?;
    let results = target_dir().join("criterion");
    if results.exists() {
        fs::remove_dir_all(&results)?;
    }
    // Not part of `test`: the rivals take longer to build than everything else.
    stream(cargo().args(["clippy", "--quiet", "-p", "agentid-bench", "--all-targets", "--", "-D", "warnings"]))?;
    stream(cargo().args(["bench", "-p", "agentid-bench", "--bench", "verify", "--bench", "admit"]))?;
    let signatures = printed(cargo().args(["bench", "--quiet", "-p", "agentid-bench", "--bench", "signature"]))?;
    plot::draw("One signature check on x86-64, median", &signatures, &root().join("bench/signature.svg"))?;
    let mut medians = Vec::new();
    collect(&results, &mut medians)?;
    medians.sort_by(|a, b| (&a.group, a.nanos).partial_cmp(&(&b.group, b.nanos)).expect("no NaN"));
    println!("\n| benchmark | median | against agentid-nostd |\n|---|---:|---:|");
    for median in &medians {
        // Groups without a rival have nothing to be compared with.
        let ours = medians.iter().find(|other| other.group == median.group && other.name == "agentid-nostd");
        let ratio = ours.map_or(String::new(), |ours| format!("{:.2}", median.nanos / ours.nanos));
        println!("| {}: {} | {} | {ratio} |", median.group, median.name, duration(median.nanos));
    }
    Ok(())
}

/// Criterion keeps `new/benchmark.json` and `new/estimates.json` per benchmark.
fn collect(folder: &Path, medians: &mut Vec<Median>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if !path.is_dir() {
            continue;
        }
        if path.ends_with("new") {
            let id = json(&path.join("benchmark.json"))?;
            let nanos = json(&path.join("estimates.json"))?["median"]["point_estimate"].as_f64();
            let text = |key: &str| id[key].as_str().unwrap_or_default().to_owned();
            medians.push(Median {
                group: text("group_id"),
                name: text("function_id"),
                nanos: nanos.context("median")?,
            });
        } else {
            collect(&path, medians)?;
        }
    }
    Ok(())
}

fn json(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Ok(serde_json::from_str(&text)?)
}

fn duration(nanos: f64) -> String {
    if nanos < 1_000.0 { format!("{nanos:.0} ns") } else { format!("{:.1} µs", nanos / 1e3) }
}
