//! The page of `targets/browser`: served to people, and tested in a real Chromium.

use std::path::PathBuf;

use anyhow::Result;

use crate::process::{Log, root, stream};
use crate::{setup, wasm};

/// `cargo xtask page`: builds the package and serves the page on loopback, until it is interrupted.
pub(crate) fn serve() -> Result<()> {
    wasm::build(&Log::new("page")?)?;
    stream(wasm::node().arg("serve.mjs").current_dir(folder()))
}

/// Chromium, and what drives it.
pub(crate) fn set_up(log: &Log) -> Result<()> {
    setup::chromium()?;
    setup::npm_packages(log)
}

/// Every vector and every interaction in headless Chromium; screenshots go to `target/page/`.
pub(crate) fn test(log: &Log) -> Result<()> {
    wasm::build(log)?;
    set_up(log)?;
    log.run(wasm::node().args(["--test", "test/*.test.mjs"]).current_dir(folder()))
}

fn folder() -> PathBuf {
    root().join("targets/browser")
}
