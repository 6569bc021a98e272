//! `cargo xtask mutants`: mistakes made on purpose in the core, each of which a test must notice.
//! `tests/mutants.toml` says how, and which cannot be noticed. All files take more than an hour on
//! two cores, and so does the curve code.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::arithmetic::{Arithmetic, OTHERS};
use crate::process::{cargo, stream, target_dir};
use crate::setup;

/// Of the curve code a machine compiles one arithmetic of four: it has a command of its own.
const CURVE: &str = "agentid-nostd/ed25519/src";

const CORE: [&str; 3] = ["agentid-nostd", "agentid-hash", "agentid-tests"];
const OF_THE_CURVE: [&str; 2] = ["agentid-ed25519", "agentid-tests"];

/// What cargo-mutants ends with where all was noticed, where something was not, and where tests did
/// not end, which is noticing.
const ENDS: [i32; 3] = [0, 2, 3];

/// In these files, or in all of the core but the curve code.
pub(crate) fn run(files: &[&str]) -> Result<()> {
    let mut chosen: Vec<String> = files.iter().map(|file| format!("--file={file}")).collect();
    if files.is_empty() {
        chosen = vec!["--file=agentid-nostd/src/**/*.rs".into(), "--file=agentid-nostd/hash/src/**/*.rs".into()];
    }
    // What notices most mistakes, within seconds; nothing else is compiled.
    let quick = Round {
        packages: &CORE,
        tests: &["--lib", "--test", "vectors", "--test", "ledger", "--test", "admission"],
        profile: "mutants",
        timeout: "60",
        skipped: setup::ED25519_VECTORS_TEST,
        rounds: None,
    };
    // All tests, the core optimised, because some go through millions of cases. The file of the vectors
    // that are left out is not part of the repository, and so not of the copy that a mistake is
    // made in: with them, every mistake would seem to be noticed.
    let all = Round {
        packages: &CORE,
        tests: &["--lib", "--tests"],
        profile: "dev",
        timeout: "150",
        skipped: setup::ED25519_VECTORS_TEST,
        rounds: None,
    };
    named(&unnoticed(&[quick, all], "agentid-nostd/backend-builtin", &chosen)?)
}

/// In the curve code, with each arithmetic in turn. Its own tests are asked first.
pub(crate) fn curve() -> Result<()> {
    let of_others = OTHERS.iter().flat_map(|other| other.files);
    let mut files: Vec<String> = of_others.map(|file| format!("--exclude={CURVE}/{file}")).collect();
    files.push(format!("--file={CURVE}/**"));
    let mut missed = unnoticed_in_curve("agentid-nostd/backend-builtin", &files)?;
    for Arithmetic { feature, files } in OTHERS {
        let files: Vec<String> = files.iter().map(|file| format!("--file={CURVE}/{file}")).collect();
        missed += &unnoticed_in_curve(&format!("agentid-nostd/backend-builtin,agentid-ed25519/{feature}"), &files)?;
    }
    named(&missed)
}

fn unnoticed_in_curve(features: &str, files: &[String]) -> Result<String> {
    println!("\n{features}:");
    let few = Round {
        packages: &["agentid-ed25519"],
        tests: &["--lib"],
        profile: "dev",
        timeout: "20",
        skipped: setup::ED25519_VECTORS_TEST,
        rounds: Some("1000"),
    };
    // With the acceptance rule.
    let many =
        Round { packages: &OF_THE_CURVE, tests: &["--lib", "--test", "ed25519"], timeout: "60", rounds: None, ..few };
    unnoticed(&[few, many], features, files)
}

/// Tests to be asked of each mistake.
struct Round {
    packages: &'static [&'static str],
    tests: &'static [&'static str],
    profile: &'static str,
    /// In seconds.
    timeout: &'static str,
    skipped: &'static str,
    /// How often a random test of the curve code repeats itself, if not as always.
    rounds: Option<&'static str>,
}

impl Round {
    /// Adds what cargo and cargo-mutants are told alike.
    fn ask(&self, command: &mut Command, features: &str) {
        if let Some(rounds) = self.rounds {
            command.env("AGENTID_ROUNDS", rounds);
        }
        command.args(["--features", features, "--profile", self.profile]);
    }
}

/// Asks each round of what those before it missed; what the last one missed.
fn unnoticed(rounds: &[Round], features: &str, files: &[String]) -> Result<String> {
    setup::cargo_tool("cargo-mutants", "27.1.0")?;
    let results = results();
    if results.exists() {
        fs::remove_dir_all(&results)?;
    }
    for (number, round) in rounds.iter().enumerate() {
        // Where tests fail of the code as it is, every mistake would seem to be noticed.
        let mut as_it_is = cargo();
        as_it_is.args(["test", "--quiet"]).args(round.packages.iter().flat_map(|package| ["-p", package]));
        as_it_is.args(round.tests);
        round.ask(&mut as_it_is, features);
        stream(as_it_is.args(["--", "--skip", round.skipped]))?;
        let mut mutants = mutants();
        if number > 0 {
            println!("\nWhat was missed or did not end, with more tests:");
            mutants.arg("--iterate");
        }
        mutants.args(["--timeout", round.timeout, "--test-package", &round.packages.join(",")]).args(files);
        // Nothing else is compiled.
        mutants.args(round.tests.iter().map(|argument| format!("--cargo-arg={argument}")));
        round.ask(&mut mutants, features);
        let status = mutants.args(["--", "--", "--skip", round.skipped]).status().context("cargo mutants")?;
        if !status.code().is_some_and(|code| ENDS.contains(&code)) {
            bail!("cargo mutants: {status}");
        }
        let asked = caught_by_tests()?;
        if number == 0 && asked == 0 {
            bail!("there is no mistake to be made in {}", files.join(" "));
        }
    }
    Ok(fs::read_to_string(results.join("missed.txt"))?)
}

/// How many mistakes were tried. Tests that cannot be run would notice everything: what was caught
/// must have made a test fail, or break off.
fn caught_by_tests() -> Result<usize> {
    // Where nothing is left to be asked, there is no such file.
    let Ok(outcomes) = fs::read_to_string(results().join("outcomes.json")) else { return Ok(0) };
    let outcomes: Value = serde_json::from_str(&outcomes)?;
    let outcomes = outcomes["outcomes"].as_array().context("no outcomes")?;
    for outcome in outcomes.iter().filter(|outcome| outcome["summary"] == "CaughtMutant") {
        let log = fs::read(results().join(outcome["log_path"].as_str().context("no log")?))?;
        let log = String::from_utf8_lossy(&log);
        if !log.contains("test result: FAILED") && !log.contains("(signal: ") {
            bail!("no test failed of {}", outcome["scenario"]["Mutant"]["name"]);
        }
    }
    Ok(outcomes.len())
}

fn named(missed: &str) -> Result<()> {
    if missed.is_empty() { Ok(()) } else { bail!("nobody notices:\n{missed}") }
}

fn results() -> PathBuf {
    target_dir().join("mutants.out")
}

/// By itself it would run only the tests of the core on the code as it is.
fn mutants() -> Command {
    let mut mutants = cargo();
    mutants.args(["mutants", "--config", "tests/mutants.toml", "--no-shuffle", "--colors", "never", "--output"]);
    mutants.arg(target_dir()).args(["--jobs", "2", "--baseline", "skip"]);
    mutants
}
