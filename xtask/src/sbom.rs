//! `cargo xtask sbom`: what the core is made of, as a CycloneDX document. The first run builds
//! cargo-cyclonedx.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::process::{cargo, root, stream, target_dir};
use crate::setup;

/// The document, in `target/`.
const NAME: &str = "agentid-nostd.cdx";

const CORE: &str = "agentid-nostd";
/// The core, and the crates below it.
const CRATES: [&str; 3] = [CORE, "agentid-nostd/ed25519", "agentid-nostd/hash"];

/// With default features, for every target; dependencies of tests and of the build are no part of
/// the core.
pub(crate) fn run() -> Result<()> {
    setup::cargo_tool("cargo-cyclonedx", "0.5.9")?;
    let folder = target_dir().join("sbom");
    alone(&folder)?;
    let cyclonedx =
        ["cyclonedx", "--format", "json", "--no-build-deps", "--target", "all", "--override-filename", NAME];
    stream(cargo().args(cyclonedx).current_dir(&folder))?;
    let file = format!("{NAME}.json");
    let to = target_dir().join(&file);
    fs::rename(folder.join(CORE).join(&file), &to)?;
    println!("{}", to.display());
    Ok(())
}

/// The core in a workspace without anybody else, whose features would be listed as its own. The
/// versions are ours.
fn alone(folder: &Path) -> Result<()> {
    let workspace = fs::read_to_string(root().join("Cargo.toml"))?;
    let members = workspace.lines().find(|line| line.starts_with("members = ")).context("members")?;
    let workspace = workspace.replace(members, &format!("members = {CRATES:?}"));
    fs::create_dir_all(folder)?;
    // Profiles of packages that are not there are only warned of.
    fs::write(folder.join("Cargo.toml"), workspace)?;
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    for name in CRATES {
        let (from, to) = (root().join(name), folder.join(name));
        fs::create_dir_all(to.join("src"))?;
        fs::copy(from.join("Cargo.toml"), to.join("Cargo.toml"))?;
        // Only that there is a library matters.
        fs::write(to.join("src/lib.rs"), "")?;
    }
    Ok(())
}
