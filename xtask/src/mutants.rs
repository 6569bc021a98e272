//! `cargo xtask mutants`: mistakes made on purpose in the core, each of which a test must notice. `tests/mutants.toml` says
//! how, and which cannot be noticed. All files take more than an hour on two cores.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{cargo, target_dir};
use crate::setup;

/// What notices most mistakes, within seconds.
const QUICK: [&str; 4] = ["--", "--lib", "--test", "vectors"];
/// All tests, for what is left. The file of the vectors that are left out is not part of the repository, and so not of the copy
/// that a mistake is made in: with them, every mistake would seem to be noticed.
const ALL: [&str; 6] = ["--", "--lib", "--tests", "--", "--skip", setup::ED25519_VECTORS_TEST];

/// What cargo-mutants ends with where all was noticed, where something was not, and where tests did not end, which is noticing.
const ENDS: [i32; 3] = [0, 2, 3];

/// In these files, or in all of the core but the curve code.
pub(crate) fn run(files: &[&str]) -> Result<()> {
    setup::cargo_tool("cargo-mutants", "27.1.0")?;
    round(mutants(files).args(["--timeout", "40"]).args(QUICK))?;
    println!("\nAgain, with all tests:");
    // What was caught is left out. For the rest it pays to optimise: some tests go through millions of cases.
    round(mutants(files).args(["--timeout", "150", "--iterate", "--profile", "dev"]).args(ALL))?;
    let missed = fs::read_to_string(target_dir().join("mutants.out/missed.txt"))?;
    if missed.is_empty() { Ok(()) } else { bail!("nobody notices:\n{missed}") }
}

fn round(mutants: &mut Command) -> Result<()> {
    let status = mutants.status().context("cargo mutants")?;
    if status.code().is_some_and(|code| ENDS.contains(&code)) { Ok(()) } else { bail!("cargo mutants: {status}") }
}

/// Without the tests that it would run first on the code as it is: those are `cargo xtask test test`.
fn mutants(files: &[&str]) -> Command {
    let mut mutants = cargo();
    mutants.args(["mutants", "--config", "tests/mutants.toml", "--no-shuffle", "--colors", "never", "--output"]);
    mutants.arg(target_dir()).args(["--test-package", "agentid-nostd,agentid-tests"]);
    mutants.args(["--baseline", "skip", "--jobs", "2"]);
    if files.is_empty() {
        // Of the curve code, a machine compiles one arithmetic of four.
        mutants.args(["--file", "agentid-nostd/src/**/*.rs", "--exclude", "agentid-nostd/src/ed25519/**"]);
    }
    for file in files {
        mutants.args(["--file", file]);
    }
    mutants
}
