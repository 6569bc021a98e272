//! `cargo xtask fuzz`: the targets of `fuzz/` under libFuzzer, and the replay of their inputs on
//! stable.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::arithmetic::OTHERS;
use crate::process::{Log, both, command, linting_cargo, nightly_cargo, output, root, stream, target_dir};
use crate::setup;

const CARGO_FUZZ: &str = "0.13.2";

/// It has a lock file of its own.
pub(crate) const MANIFEST: &str = "fuzz/Cargo.toml";

/// The target that spends its time in the curve code: it runs with each arithmetic.
const CURVE: &str = "signature";

/// Longer inputs are left to the vectors: libFuzzer would spend its time on copying them.
const MAX_LEN: usize = 2_048;

/// How long a target runs unless told otherwise.
pub(crate) const DEFAULT_SECONDS: u32 = 60;
/// How long each runs as a step of `cargo xtask test`.
const SECONDS_IN_A_TEST: u32 = 10;

/// The compiler that libFuzzer's instrumentation needs, and what drives it.
pub(crate) fn set_up() -> Result<()> {
    setup::nightly(&["rustc"])?;
    setup::cxx_compiler()?;
    setup::cargo_tool("cargo-fuzz", CARGO_FUZZ)
}

/// Runs one target, or every one in turn: first all inputs there are, then new ones for so many
/// seconds.
pub(crate) fn run(only: Option<&str>, seconds: u32) -> Result<()> {
    set_up()?;
    let targets = chosen(only)?;
    build_all(stream)?;
    let on_the_host = each(&targets, |target| {
        println!("\n{target}: {seconds} s");
        stream(&mut fuzz(target, seconds)?)
    });
    if !targets.iter().any(|target| target == CURVE) {
        return on_the_host;
    }
    let features: Vec<String> = OTHERS.iter().map(|other| format!("agentid-ed25519/{}", other.feature)).collect();
    on_the_host.and(each(&features, |feature| {
        stream(build(&format!("libfuzzer,{feature}")).arg(CURVE))?;
        println!("\n{CURVE} with {feature}: {seconds} s");
        stream(&mut fuzz(CURVE, seconds)?)
    }))
}

/// Replays every input on stable, then gives each target a few seconds.
pub(crate) fn test(log: &Log) -> Result<()> {
    set_up()?;
    log.run(in_fuzz("test").args(["--test", "replay"]))?;
    build_all(|command| log.run(command))?;
    // libFuzzer takes one core: with two targets at a time the step takes half as long.
    let targets = targets()?;
    let (some, others) = targets.split_at(targets.len() / 2);
    let run = |targets: &[String]| each(targets, |target| log.run(&mut fuzz(target, SECONDS_IN_A_TEST)?));
    both(|| run(some), || run(others))
}

/// Puts into `fuzz/corpus/` the fewest inputs that reach all code that any input found so far
/// reaches and no vector does. What once crashed a target lies in `fuzz/crashes/`, and stays:
/// nothing says that it reaches anything new.
pub(crate) fn minimise(only: Option<&str>) -> Result<()> {
    set_up()?;
    let targets = chosen(only)?;
    build_all(stream)?;
    for target in &targets {
        let kept = committed("corpus", target)?;
        let merged = folder("merged", target)?;
        fs::remove_dir_all(&merged)?;
        // What lies in the first folder is taken as given.
        copy_into(&folder("seeds", target)?, &folder("merged", target)?)?;
        let mut merge = binary(target)?;
        merge.args(["-set_cover_merge=1", "-use_counters=0"]).arg(&merged);
        stream(merge.arg(&kept).arg(folder("corpus", target)?))?;
        for seed in fs::read_dir(folder("seeds", target)?)? {
            fs::remove_file(merged.join(seed?.file_name()))?;
        }
        fs::remove_dir_all(&kept)?;
        copy_into(&merged, &committed("corpus", target)?)?;
    }
    Ok(())
}

fn copy_into(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

/// The replay on stable, or anything else with the library. What it depends on has mostly been
/// built for the workspace.
pub(crate) fn in_fuzz(subcommand: &str) -> Command {
    let mut cargo = linting_cargo();
    cargo.args([subcommand, "--locked", "--manifest-path", MANIFEST]).env("CARGO_TARGET_DIR", target_dir());
    cargo
}

/// Every target, from the files that are libFuzzer's entries; `tests/replay.rs` compares them with
/// the library's list.
fn targets() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root().join("fuzz/fuzz_targets"))? {
        names.push(entry?.path().file_stem().context("a name")?.to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn chosen(only: Option<&str>) -> Result<Vec<String>> {
    let all = targets()?;
    match only {
        None => Ok(all),
        Some(name) if all.iter().any(|target| target == name) => Ok(vec![name.to_owned()]),
        Some(name) => bail!("no target is called {name}: there are {}", all.join(", ")),
    }
}

/// Runs all, then fails if any has failed. libFuzzer says where the input lies.
fn each(all: &[String], run: impl Fn(&str) -> Result<()>) -> Result<()> {
    let mut failed = Vec::new();
    for one in all {
        if let Err(error) = run(one) {
            eprintln!("{error:#}");
            failed.push(one.as_str());
        }
    }
    if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
}

/// Builds all targets at once, and writes the seeds.
fn build_all(run: impl Fn(&mut Command) -> Result<()>) -> Result<()> {
    run(&mut build("libfuzzer"))?;
    run(in_fuzz("run").args(["--quiet", "--example", "seeds"]).arg(target_dir().join("fuzz/seeds")))
}

/// With the address sanitizer, overflow checks and debug assertions.
fn build(features: &str) -> Command {
    let mut build = nightly_cargo();
    build.args(["fuzz", "build", "--fuzz-dir", "fuzz", "--features", features]);
    build.arg("--target-dir").arg(target_dir().join("fuzz"));
    build
}

/// New inputs are kept in `target/fuzz/corpus/`; those of the repository and of the vectors are
/// read as well.
fn fuzz(target: &str, seconds: u32) -> Result<Command> {
    let mut command = binary(target)?;
    command.arg(format!("-max_total_time={seconds}")).arg(format!("-max_len={MAX_LEN}"));
    command.args(["-timeout=20", "-print_final_stats=1", "-verbosity=1"]);
    command.arg(format!("-artifact_prefix={}/", folder("artifacts", target)?.display()));
    command.arg(folder("corpus", target)?);
    command.args([committed("corpus", target)?, committed("crashes", target)?, folder("seeds", target)?]);
    Ok(command)
}

fn binary(target: &str) -> Result<Command> {
    let host = output(command("rustc").args(["--print", "host-tuple"])).context("rustc does not name its host")?;
    Ok(Command::new(target_dir().join("fuzz").join(host.trim()).join("release").join(target)))
}

/// The inputs of a target that the repository keeps, `corpus` or `crashes`; there may be none yet.
fn committed(kind: &str, target: &str) -> Result<PathBuf> {
    let folder = root().join("fuzz").join(kind).join(target);
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// A folder of a target under `target/fuzz/`.
fn folder(kind: &str, target: &str) -> Result<PathBuf> {
    let folder: &Path = &target_dir().join("fuzz").join(kind).join(target);
    fs::create_dir_all(folder)?;
    Ok(folder.to_owned())
}
