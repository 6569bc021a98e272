//! Tests with the lowest and the newest patch version of each curve library that the core's
//! manifest allows: no verdict depends on it. And the oldest compiler.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::process::{Log, cargo, command, output, root, target_dir};
use crate::setup;

/// The libraries that a verdict is computed with.
const LIBRARIES: [&str; 2] = ["ed25519-compact", "curve25519-dalek"];

/// The rule and all vectors.
const TESTS: [&[&str]; 2] = [
    &["test", "-p", "agentid-tests", "--test", "ed25519", "--test", "vectors"],
    &["test", "-p", "agentid-nostd", "-p", "agentid-ed25519", "--features", "agentid-nostd/backend-dalek", "--lib"],
];

/// Works in a copy of the checkout, whose lock file is changed.
pub(crate) fn test(log: &Log) -> Result<()> {
    let copy = copy()?;
    let manifest = fs::read_to_string(copy.join("agentid-nostd/Cargo.toml"))?;
    for library in LIBRARIES {
        let lowest = lowest(&manifest, library)?;
        let current = locked(&copy, library, &lowest)?;
        log.run(&mut in_copy(&copy, &["update", &format!("{library}@{current}"), "--precise", &lowest]))?;
        ensure!(locked(&copy, library, &lowest)? == lowest, "{library} {lowest} is not what is tested");
    }
    for test in TESTS {
        log.run(&mut in_copy(&copy, test))?;
    }
    for library in LIBRARIES {
        let lowest = lowest(&manifest, library)?;
        log.run(&mut in_copy(&copy, &["update", &format!("{library}@{lowest}")]))?;
    }
    for test in TESTS {
        log.run(&mut in_copy(&copy, test))?;
    }
    Ok(())
}

/// Compiles the core with every feature, and the gatekeeper, with the compiler that `rust-version`
/// names.
pub(crate) fn compiler(log: &Log) -> Result<()> {
    let toolchain = oldest_compiler()?;
    setup::toolchain(&toolchain)?;
    for (workspace, arguments) in [
        (".", ["-p", "agentid-nostd", "--all-features"]),
        ("targets/firmware", ["-p", "agentid-gatekeeper", "--lib"]),
    ] {
        let mut check = command("rustup");
        check.args(["run", &toolchain, "cargo", "check", "--locked"]).args(arguments);
        let folder = target_dir().join("oldest-compiler");
        log.run(check.current_dir(root().join(workspace)).env("CARGO_TARGET_DIR", folder))?;
    }
    Ok(())
}

/// The name of that compiler for rustup.
fn oldest_compiler() -> Result<String> {
    let manifest = fs::read_to_string(root().join("Cargo.toml"))?;
    let version = manifest.split_once("\nrust-version = \"").and_then(|(_, behind)| behind.split_once('"'));
    let (version, _) = version.context("Cargo.toml names no rust-version")?;
    Ok(format!("{version}.0"))
}

/// Copies every file that git lists into a folder of its own, so that the checkout stays as it is.
/// Earlier builds are used again.
fn copy() -> Result<PathBuf> {
    let copy = target_dir().join("lowest");
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    let list = output(command("git").args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]))
        .context("this needs git and a checkout")?;
    for path in list.split('\0').filter(|path| !path.is_empty()) {
        let (from, to) = (root().join(path), copy.join(path));
        // One that was just deleted is still listed.
        if from.is_file() {
            fs::create_dir_all(to.parent().context("a folder")?)?;
            fs::copy(from, to)?;
        }
    }
    Ok(copy)
}

fn in_copy(copy: &Path, args: &[&str]) -> Command {
    let mut cargo = cargo();
    cargo.args(args).current_dir(copy).env("CARGO_TARGET_DIR", target_dir());
    cargo
}

/// The lower end of `version = ">=2.6, <2.7"`, in full.
fn lowest(manifest: &str, library: &str) -> Result<String> {
    let range = manifest.split_once(&format!("\n{library} = {{ version = \">=")).map(|(_, range)| range);
    let (lowest, _) =
        range.and_then(|range| range.split_once(',')).with_context(|| format!("no range for {library}"))?;
    Ok(format!("{lowest}.0"))
}

/// The version in the lock file that has the same major number as the lowest. Others of that name
/// belong to the rivals of benchmarks.
fn locked(copy: &Path, library: &str, lowest: &str) -> Result<String> {
    let lock = fs::read_to_string(copy.join("Cargo.lock"))?;
    let (major, _) = lowest.split_once('.').context("a version")?;
    let before = format!("name = \"{library}\"\nversion = \"");
    let mut versions = lock.split(&before).skip(1);
    let version = versions.find(|version| version.starts_with(&format!("{major}.")));
    let version = version.and_then(|version| version.split('"').next());
    version.map(str::to_owned).with_context(|| format!("{library} is not locked"))
}
