//! `cargo xtask wasm`: the npm package, from the crate in `wasm/` to `wasm/dist/`; and its tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use anyhow::{Context, Result, anyhow};

use crate::process::{Log, cargo, command, linting_cargo, output, root, target_dir};
use crate::setup;

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// What the module may use beyond the first version of WebAssembly: what all engines since 2021
/// have.
const ENGINE_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Installs the compiler target and the packages of the npm workspace: Node, the optimiser,
/// TypeScript.
pub(crate) fn set_up(log: &Log) -> Result<()> {
    setup::rust_targets(&[TARGET])?;
    setup::npm_packages(log)
}

/// Builds `wasm/dist/`, the package as most import it.
pub(crate) fn build(log: &Log) -> Result<()> {
    set_up(log)?;
    assemble(log, &[], &package().join("dist"))
}

/// Builds `wasm/dist-builtin/`, the same with our own curve code: what `agentid-wasm/builtin` is.
pub(crate) fn build_builtin(log: &Log) -> Result<()> {
    set_up(log)?;
    assemble(log, &BUILTIN, &package().join("dist-builtin"))
}

/// Builds the same with ed25519-compact, to compare with, and returns where it lies.
pub(crate) fn build_compact(log: &Log) -> Result<PathBuf> {
    set_up(log)?;
    let dist = target_dir().join("wasm/dist-compact");
    assemble(log, &COMPACT, &dist)?;
    Ok(dist)
}

/// The package, as it is compiled.
const NPM: [&str; 6] = ["--package", "agentid-wasm", "--profile", "npm", "--target", TARGET];

const COMPACT: [&str; 3] = ["--no-default-features", "--features", "admission"];
const BUILTIN: [&str; 3] = ["--no-default-features", "--features", "admission,precomputed"];

/// Once for each folder, however many steps ask: the optimiser takes seconds each time.
fn assemble(log: &Log, features: &[&str], dist: &Path) -> Result<()> {
    static ASSEMBLED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
    let mut assembled = ASSEMBLED.lock().map_err(|_| anyhow!("an earlier build panicked"))?;
    if assembled.iter().any(|other| other == dist) {
        return Ok(());
    }
    if dist.exists() {
        fs::remove_dir_all(dist)?;
    }
    fs::create_dir_all(dist)?;
    // Our own JavaScript first: what the tool writes goes between it.
    for entry in fs::read_dir(package().join("js"))? {
        let path = entry?.path();
        fs::copy(&path, dist.join(path.file_name().context("a name")?))?;
    }
    module(log, features, dist)?;
    inline(dist)?;
    assembled.push(dist.to_owned());
    Ok(())
}

/// The modules with less in them, of which only the size is looked at.
const SMALLER: [(&str, &[&str]); 4] = [
    ("verify", &["--no-default-features", "--features", "backend-compact"]),
    ("verify-builtin", &["--no-default-features", "--features", "backend-builtin"]),
    ("verify-precomputed", &["--no-default-features", "--features", "precomputed"]),
    ("mint", &["--no-default-features", "--features", "mint"]),
];

/// Builds the smaller modules, into a folder of `target/`.
fn smaller(log: &Log) -> Result<PathBuf> {
    let folder = target_dir().join("wasm/smaller");
    for (name, features) in SMALLER {
        let folder = folder.join(name);
        fs::create_dir_all(&folder)?;
        module(log, features, &folder)?;
    }
    Ok(folder)
}

/// Compiles, has the JavaScript around the module written, and optimises: `agentid.wasm` and
/// `core.js`.
fn module(log: &Log, features: &[&str], folder: &Path) -> Result<()> {
    let target = target_dir().join("wasm");
    let mut build = cargo();
    build.args(["build", "--locked"]).args(NPM).args(features);
    log.run(build.env("CARGO_TARGET_DIR", &target))?;
    let compiled = target.join(TARGET).join("npm/agentid_wasm.wasm");
    log.run(linting_cargo().args(["run", "--quiet", "-p", "agentid-bindgen", "--"]).arg(compiled).arg(folder))?;
    let raw = folder.join("core_bg.wasm");
    let optimise = ["-Oz", "--strip-debug", "--strip-producers", "--strip-target-features", "-o"];
    log.run(tool("wasm-opt").args(ENGINE_FEATURES).args(optimise).arg(folder.join("agentid.wasm")).arg(&raw))?;
    Ok(fs::remove_file(raw)?)
}

/// The entry that needs no loader: the module stands in it as base64.
fn inline(dist: &Path) -> Result<()> {
    let script = "const { readFileSync, writeFileSync } = require('node:fs');\
        const [dist] = process.argv.slice(1);\
        const entry = readFileSync(`${dist}/inline.js`, 'utf8');\
        const module = readFileSync(`${dist}/agentid.wasm`).toString('base64');\
        writeFileSync(`${dist}/inline.js`, entry.replace('AGENTID_WASM_AS_BASE64', module));";
    let written = output(node().args(["-e", script]).arg(dist));
    written.map(drop).context("node cannot write dist/inline.js")
}

/// Builds, then runs the package's tests in Node, and the compiler of TypeScript over the examples.
pub(crate) fn test(log: &Log) -> Result<()> {
    build(log)?;
    build_builtin(log)?;
    let (compact, smaller) = (build_compact(log)?, smaller(log)?);
    for features in SMALLER.map(|(_, features)| features).into_iter().chain([&[][..], &BUILTIN, &COMPACT]) {
        let mut lint = cargo();
        lint.args(["clippy", "--locked"]).args(NPM).args(features);
        log.run(lint.args(["--", "-D", "warnings"]).env("CARGO_TARGET_DIR", target_dir().join("wasm")))?;
    }
    log.run(tool("tsc").args(["--project", "test/types"]).current_dir(package()))?;
    log.run(node().arg("test/types/example.ts").current_dir(package()))?;
    log.run(tool("publint").args(["--strict"]).current_dir(package()))?;
    let mut tests = node();
    tests
        .args(["--test", "test/*.test.mjs"])
        .env("AGENTID_COMPACT", &compact)
        .env("AGENTID_SMALLER_MODULES", smaller);
    log.run(tests.current_dir(package()))?;
    for other in [Path::new("agentid-wasm/builtin"), &compact.join("inline.js")] {
        let mut vectors = node();
        vectors.args(["--test", "test/vectors.test.mjs"]).env("AGENTID_PACKAGE", other);
        log.run(vectors.current_dir(package()))?;
    }
    Ok(())
}

/// The package's folder.
fn package() -> PathBuf {
    root().join("wasm")
}

/// The Node that `package-lock.json` locks, not that of the machine.
pub(crate) fn node() -> Command {
    command(setup::npm_program("node"))
}

fn tool(name: &str) -> Command {
    command(setup::npm_program(name))
}
