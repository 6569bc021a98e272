//! The Cloudflare Worker of `targets/worker`, in the real runtime.

use std::path::PathBuf;

use anyhow::Result;

use crate::process::{Log, command, root};
use crate::{setup, wasm};

/// The runtime, the bundler, TypeScript.
pub(crate) fn set_up(log: &Log) -> Result<()> {
    setup::npm_packages(log)
}

/// Types, then everything in workerd, over the package as it is built.
pub(crate) fn test(log: &Log) -> Result<()> {
    wasm::build(log)?;
    set_up(log)?;
    log.run(command(setup::npm_program("tsc")).current_dir(folder()))?;
    let tests = ["--test", "test/*.test.mjs"];
    log.run(wasm::node().args(tests).current_dir(folder()))
}

fn folder() -> PathBuf {
    root().join("targets/worker")
}
