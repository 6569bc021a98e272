//! The engines that run the npm package: Node, workerd, Chromium.

use std::sync::Mutex;

use anyhow::{Result, anyhow};

use crate::process::Log;
use crate::{page, wasm, worker};

/// Builds the package, and installs all three; once, whoever asks first.
pub(crate) fn set_up(log: &Log) -> Result<()> {
    static DONE: Mutex<bool> = Mutex::new(false);
    let mut done = DONE.lock().map_err(|_| anyhow!("the first who asked panicked"))?;
    if !*done {
        wasm::build(log)?;
        wasm::build_builtin(log)?;
        worker::set_up(log)?;
        page::set_up(log)?;
        *done = true;
    }
    Ok(())
}
