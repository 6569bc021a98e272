//! `cargo xtask mutants`: mistakes made on purpose in the core, each of which a test must notice. `tests/mutants.toml` says
//! how, and which cannot be noticed. All files take more than an hour on two cores.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{cargo, stream, target_dir};
use crate::setup;

/// What notices most mistakes, within seconds.
const QUICK: [&str; 4] = ["--", "--lib", "--test", "vectors"];
/// All tests, for what is left.
const ALL: [&str; 3] = ["--", "--lib", "--tests"];

/// What cargo-mutants ends with where a mistake was not noticed: for the first round that is no failure.
const MISSED: i32 = 2;

/// In these files, or in all of the core.
pub(crate) fn run(files: &[&str]) -> Result<()> {
    setup::cargo_tool("cargo-mutants", "27.1.0")?;
    let quick = mutants(files).args(QUICK).status().context("cargo mutants")?;
    if quick.success() {
        return Ok(());
    }
    if quick.code() != Some(MISSED) {
        bail!("cargo-mutants: {quick}");
    }
    println!("\nAgain, with all tests:");
    let mut again = mutants(files);
    // What was caught is left out.
    stream(again.arg("--iterate").args(ALL))
}

/// Without the tests that it would run first on the code as it is: those are `cargo xtask test test`.
fn mutants(files: &[&str]) -> Command {
    let mut mutants = cargo();
    mutants.args(["mutants", "--config", "tests/mutants.toml", "--no-shuffle", "--colors", "never", "--output"]);
    mutants.arg(target_dir()).args(["--test-package", "agentid-nostd,agentid-tests"]);
    mutants.args(["--baseline", "skip", "--timeout", "300", "--jobs", "2"]);
    let core = ["agentid-nostd/src/**/*.rs"];
    for file in if files.is_empty() { &core[..] } else { files } {
        mutants.args(["--file", file]);
    }
    mutants
}
