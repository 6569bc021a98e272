//! The crates of `host/` on the operating systems that are not this one.

use anyhow::Result;

use crate::process::{Log, cargo};
use crate::setup;

const WINDOWS: &str = "x86_64-pc-windows-gnu";
const MAC: &str = "aarch64-apple-darwin";
const CRATES: [&str; 4] = ["--package", "agentid-host", "--package", "agentid-cli"];

/// Checks the types. No linker is needed.
pub(crate) fn check(log: &Log) -> Result<()> {
    setup::rust_targets(&[WINDOWS, MAC])?;
    for target in [WINDOWS, MAC] {
        log.run(cargo().arg("check").args(CRATES).args(["--all-features", "--target", target]))?;
    }
    Ok(())
}

/// Links the command for Windows. Apple's linker is not to be had elsewhere.
pub(crate) fn build(log: &Log) -> Result<()> {
    setup::rust_targets(&[WINDOWS])?;
    setup::mingw()?;
    log.run(cargo().args(["build", "--package", "agentid-cli", "--target", WINDOWS]))
}
