//! `cargo xtask coverage`: which lines of the core the replayed inputs of `fuzz/` reach.
//!
//! Counted are lines that the compiler gives code to, over all instances of a generic function. A
//! line that is reached is not thereby checked: that is what the models in `fuzz/src/model/` are
//! for.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::process::{Log, command, output, root, target_dir};
use crate::{fuzz, setup};

/// Per cent of the lines. What is missing cannot be reached without breaking an invariant first.
const LEAST: f64 = 98.0;

const CORE: &str = "agentid-nostd/";

/// Replays, reports per file, names each line that was missed, and fails below the least.
pub(crate) fn run() -> Result<()> {
    setup::rust_components(&["llvm-tools"])?;
    let log = Log::new("coverage")?;
    let folder = target_dir().join("coverage");
    let raw = folder.join("raw");
    if raw.exists() {
        fs::remove_dir_all(&raw)?;
    }
    fs::create_dir_all(&raw)?;
    let mut replay = fuzz::in_fuzz("test");
    replay.args(["--test", "replay"]).env("CARGO_TARGET_DIR", &folder);
    replay.env("RUSTFLAGS", "-C instrument-coverage").env("LLVM_PROFILE_FILE", raw.join("%p-%m.profraw"));
    log.run(&mut replay)?;

    let profile = folder.join("replay.profdata");
    let mut merge = command(tool("llvm-profdata")?);
    merge.args(["merge", "-sparse", "-o"]).arg(&profile);
    for entry in fs::read_dir(&raw)? {
        merge.arg(entry?.path());
    }
    log.run(&mut merge)?;
    let mut export = command(tool("llvm-cov")?);
    export.args(["export", "-format=lcov", "-instr-profile"]).arg(&profile).arg(test_binary(&log.text())?);
    report(&output(&mut export).context("llvm-cov cannot export")?)
}

/// Cargo names the binary: `Running tests/replay.rs (PATH)`.
fn test_binary(log: &str) -> Result<PathBuf> {
    let line = log.lines().rev().find(|line| line.contains("Running tests/replay.rs")).context("no replay")?;
    let path = line.split_once('(').and_then(|(_, path)| path.split_once(')')).context("no path")?.0;
    Ok(root().join(path))
}

/// A tool of the rustup component `llvm-tools`, which is of the compiler's own version.
fn tool(name: &str) -> Result<PathBuf> {
    let libraries = output(command("rustc").args(["--print", "target-libdir"])).context("rustc names no folder")?;
    Ok(PathBuf::from(libraries.trim()).with_file_name("bin").join(name))
}

/// Reads lcov: `SF:` begins a file, `DA:` is a line and how often it was reached.
fn report(lcov: &str) -> Result<()> {
    let mut files: BTreeMap<&str, BTreeMap<u32, u64>> = BTreeMap::new();
    let mut lines = None;
    for record in lcov.lines() {
        if let Some(path) = record.strip_prefix("SF:") {
            lines = path.split_once(CORE).map(|(_, name)| files.entry(name).or_default());
        } else if let (Some(data), Some(lines)) = (record.strip_prefix("DA:"), &mut lines) {
            let (line, count) = data.split_once(',').context("DA:")?;
            *lines.entry(line.parse()?).or_default() += count.parse::<u64>()?;
        }
    }
    let (mut reached, mut all) = (0, 0);
    println!("| file of `{CORE}` | lines | reached |\n|---|---:|---:|");
    for (name, lines) in &files {
        let hit = lines.values().filter(|count| **count > 0).count();
        println!("| `{name}` | {} | {:.1} % |", lines.len(), percent(hit, lines.len()));
        reached += hit;
        all += lines.len();
    }
    let total = percent(reached, all);
    println!("| all | {all} | {total:.2} % |");
    for (name, lines) in &files {
        for (line, _) in lines.iter().filter(|(_, count)| **count == 0) {
            println!("missed: {CORE}{name}:{line}");
        }
    }
    if total >= LEAST { Ok(()) } else { bail!("{total:.2} % is less than {LEAST} %") }
}

fn percent(part: usize, whole: usize) -> f64 {
    let count = |number: usize| u32::try_from(number).map_or(f64::NAN, f64::from);
    100.0 * count(part) / count(whole)
}
