//! `cargo xtask deny`: what `deny.toml` says about dependencies. The first run builds cargo-deny, about 5 minutes.

use anyhow::Result;

use crate::process::{cargo, output, stream, target_dir};

const VERSION: &str = "0.20.2";

/// Advisories are left out: their database is a git repository, which not every machine can reach.
pub(crate) fn run() -> Result<()> {
    let tools = target_dir().join("tools");
    let path = std::env::join_paths(
        std::iter::once(tools.join("bin"))
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    )?;
    let installed = output(cargo().args(["deny", "--version"]).env("PATH", &path)).unwrap_or_default();
    if !installed.contains(VERSION) {
        stream(cargo().args(["install", "--locked", "cargo-deny", "--version", VERSION, "--root"]).arg(&tools))?;
    }
    stream(cargo().args(["deny", "--all-features", "check", "licenses", "bans", "sources"]).env("PATH", &path))
}
