//! `cargo xtask deny`: what `deny.toml` says about dependencies. The first run builds cargo-deny,
//! about 5 minutes.

use anyhow::Result;

use crate::process::{cargo, stream};
use crate::setup;

/// The workspaces, each with a lock file of its own.
const WORKSPACES: [&str; 4] = [".", "fuzz", "targets/firmware", "targets/firmware/panic-free"];

/// Advisories are left out: their database is a git repository, which not every machine can reach.
pub(crate) fn run() -> Result<()> {
    setup::cargo_tool("cargo-deny", "0.20.2")?;
    for workspace in WORKSPACES {
        let manifest = format!("{workspace}/Cargo.toml");
        let deny = ["deny", "--manifest-path", &manifest, "--config", "deny.toml", "--all-features", "check"];
        stream(cargo().args(deny).args(["licenses", "bans", "sources"]))?;
    }
    Ok(())
}
