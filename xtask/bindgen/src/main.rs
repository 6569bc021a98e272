//! `agentid-bindgen MODULE.wasm FOLDER`: the module, stripped of what it says to this tool, and the
//! JavaScript around it.
//!
//! A program of its own, because it takes longer to build than all other commands together.

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let mut args = std::env::args_os().skip(1);
    let (module, folder) = args.next().zip(args.next()).context("agentid-bindgen MODULE.wasm FOLDER")?;
    let mut bindgen = Bindgen::new();
    // The loader is ours: see `wasm/js/`.
    bindgen.input_path(module).out_name("core").web(true)?.omit_default_module_path(false).typescript(false);
    bindgen.generate(folder)
}
