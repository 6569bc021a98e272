//! `cargo xtask mutants`: mistakes made on purpose in the core, each of which a test must notice. `tests/mutants.toml` says
//! how, and which cannot be noticed. All files take more than an hour on two cores.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{cargo, stream, target_dir};
use crate::setup;

/// What notices most mistakes, within seconds; nothing else is compiled.
const QUICK: [&str; 5] = ["--timeout", "40", "--cargo-arg=--lib", "--cargo-arg=--test", "--cargo-arg=vectors"];
/// All tests, for what is left, the core optimised, because some go through millions of cases. The file of the vectors that are left out is
/// not part of the repository, and so not of the copy that a mistake is made in: with them, every mistake would seem to be noticed.
const ALL: [&str; 11] = [
    "--timeout",
    "150",
    "--iterate",
    "--profile",
    "dev",
    "--",
    "--lib",
    "--tests",
    "--",
    "--skip",
    setup::ED25519_VECTORS_TEST,
];
/// Of the curve code a machine compiles one arithmetic of four: it has a command of its own.
const CURVE: &str = "agentid-nostd/src/ed25519";

/// Each arithmetic: the feature that asks for it, and the files that nothing else compiles, but for the first, which has all others.
const ARITHMETICS: [(&str, &[&str]); 4] = [
    ("backend-edge", &[]),
    ("_field-wide", &["field/words_32.rs", "field/wide_product.rs"]),
    ("_field-narrow", &["field/narrow_product.rs", "multiply_add_narrow.rs"]),
    ("_field-small", &["field/small_product.rs"]),
];

/// What cargo-mutants ends with where all was noticed, where something was not, and where tests did not end, which is noticing.
const ENDS: [i32; 3] = [0, 2, 3];

/// In these files, or in all of the core but the curve code.
pub(crate) fn run(files: &[&str]) -> Result<()> {
    setup::cargo_tool("cargo-mutants", "27.1.0")?;
    let chosen = || {
        let mut mutants = mutants();
        mutants.args(["--test-package", "agentid-nostd,agentid-tests"]);
        if files.is_empty() {
            mutants.args(["--file", "agentid-nostd/src/**/*.rs", "--exclude", &format!("{CURVE}/**")]);
        }
        for file in files {
            mutants.args(["--file", file]);
        }
        mutants
    };
    begin(&["--profile", "mutants", "-p", "agentid-nostd", "-p", "agentid-tests", "--lib", "--test", "vectors"])?;
    round(chosen().args(QUICK).args(["--", "--", "--skip", "ed25519::"]))?;
    println!("\nAgain, with all tests:");
    // What was caught is left out.
    round(chosen().args(ALL))?;
    let missed = missed()?;
    if missed.is_empty() { Ok(()) } else { bail!("nobody notices:\n{missed}") }
}

/// In the curve code, with each arithmetic in turn; its own tests have to notice.
pub(crate) fn curve() -> Result<()> {
    setup::cargo_tool("cargo-mutants", "27.1.0")?;
    let mut all_missed = String::new();
    for (feature, files) in ARITHMETICS {
        let features = format!("backend-edge,{feature}");
        begin(&["-p", "agentid-nostd", "--features", &features, "--lib", "ed25519::"])?;
        println!("\n{feature}:");
        let mut mutants = mutants();
        mutants.args(["--test-package", "agentid-nostd"]);
        mutants.args(["--timeout", "60", "--profile", "dev", "--features", &features]);
        for file in files {
            mutants.args(["--file", &format!("{CURVE}/{file}")]);
        }
        if files.is_empty() {
            mutants.args(["--file", &format!("{CURVE}/**")]);
            for file in ARITHMETICS.iter().flat_map(|(_, files)| *files) {
                mutants.args(["--exclude", &format!("{CURVE}/{file}")]);
            }
        }
        round(mutants.args(["--cargo-arg=--lib", "--", "--", "ed25519::"]))?;
        all_missed += &missed()?;
    }
    if all_missed.is_empty() { Ok(()) } else { bail!("nobody notices:\n{all_missed}") }
}

/// Forgets an earlier run, and asks these tests of the code as it is: where they fail, every mistake would seem to be noticed.
fn begin(tests: &[&str]) -> Result<()> {
    let results = results();
    if results.exists() {
        fs::remove_dir_all(results)?;
    }
    stream(cargo().args(["test", "--quiet"]).args(tests))
}

/// What was not noticed, if anything was.
fn missed() -> Result<String> {
    Ok(fs::read_to_string(results().join("missed.txt"))?)
}

fn results() -> PathBuf {
    target_dir().join("mutants.out")
}

fn round(mutants: &mut Command) -> Result<()> {
    let status = mutants.status().context("cargo mutants")?;
    if status.code().is_some_and(|code| ENDS.contains(&code)) { Ok(()) } else { bail!("cargo mutants: {status}") }
}

/// By itself it would run only the tests of the core on the code as it is.
fn mutants() -> Command {
    let mut mutants = cargo();
    mutants.args(["mutants", "--config", "tests/mutants.toml", "--no-shuffle", "--colors", "never", "--output"]);
    mutants.arg(target_dir()).args(["--jobs", "2", "--baseline", "skip"]);
    mutants
}
