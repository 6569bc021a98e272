//! `cargo xtask mutants`: mistakes made on purpose in the core, each of which a test must notice. `tests/mutants.toml` says
//! how, and which cannot be noticed. All files take most of an hour on two cores.

use anyhow::Result;

use crate::process::{cargo, stream, target_dir};
use crate::setup;

/// In these files, or in all of the core.
pub(crate) fn run(files: &[&str]) -> Result<()> {
    setup::cargo_tool("cargo-mutants", "27.1.0")?;
    let mut mutants = cargo();
    mutants.args(["mutants", "--config", "tests/mutants.toml", "--no-shuffle", "--colors", "never", "--output"]);
    mutants.arg(target_dir()).args(["--test-package", "agentid-nostd,agentid-tests"]);
    let core = ["agentid-nostd/src/**/*.rs"];
    for file in if files.is_empty() { &core[..] } else { files } {
        mutants.args(["--file", file]);
    }
    stream(&mut mutants)
}
