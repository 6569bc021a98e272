//! The engines that run the npm package: Node, workerd, Chromium.

use anyhow::Result;

use crate::process::Log;
use crate::{page, wasm, worker};

/// Builds the package, and installs all three.
pub(crate) fn set_up(log: &Log) -> Result<()> {
    wasm::build(log)?;
    wasm::build_edge(log)?;
    worker::set_up(log)?;
    page::set_up(log)
}
