//! `cargo xtask soak [MILLIONS] [SEED]`: hostile input at a gate, judged by an oracle.

use anyhow::Result;

use crate::process::{Log, cargo, linting_cargo, stream};
use crate::setup;

/// What every run of the tests does, in millions.
const SHORT: &str = "0.1";

/// 100 million take about a quarter of an hour on two busy cores.
pub(crate) fn run(args: &[&str]) -> Result<()> {
    setup::c_compiler()?;
    stream(cargo().args(["run", "--quiet", "--release"]).args(SOAK).args(args))
}

/// The same for a few seconds, compiled as the tests are.
pub(crate) fn test(log: &Log) -> Result<()> {
    log.run(linting_cargo().args(["run", "--quiet"]).args(SOAK).arg(SHORT))
}

const SOAK: [&str; 5] = ["-p", "agentid-test-kit", "--bin", "soak", "--"];
