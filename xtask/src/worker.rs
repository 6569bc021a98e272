//! The Cloudflare Worker of `targets/worker`, in the real runtime.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use crate::process::{Log, command, replace, root, target_dir};
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

/// `cargo xtask worker`: the Worker on loopback with this authority and bundle, until it is
/// interrupted.
pub(crate) fn serve(authority: &str, bundle: &Path, port: &str) -> Result<()> {
    let is_key = authority.len() == 64 && authority.bytes().all(|digit| digit.is_ascii_hexdigit());
    ensure!(is_key, "AUTHORITY is the public key of the authority, 64 hexadecimal digits");
    ensure!(bundle.is_file(), "{} is no file", bundle.display());
    println!("building the npm package; the first time takes some minutes");
    let log = Log::new("worker-serve")?;
    wasm::build(&log)?;
    set_up(&log)?;
    // What it remembers is local and of this authority: nobody else's counts and newest bundle.
    let state = target_dir().join("worker").join(authority);
    let wrangler = |arguments: &[&str]| {
        let mut wrangler = command(setup::npm_program("wrangler"));
        wrangler.args(arguments).arg("--persist-to").arg(&state).current_dir(folder());
        with_node(&mut wrangler)?;
        Ok::<_, anyhow::Error>(wrangler)
    };
    let put = ["kv", "key", "put", "bundle", "--binding", "TRUST", "--local"];
    log.run(wrangler(&put)?.arg("--path").arg(bundle))?;
    println!("the Worker is http://127.0.0.1:{port} as soon as it says that it is ready");
    let authority = format!("AUTHORITY:{authority}");
    replace(&mut wrangler(&["dev", "--ip", "127.0.0.1", "--port", port, "--var", &authority])?)
}

/// Has a script find the Node of the workspace, which may be newer than that of the system.
fn with_node(script: &mut Command) -> Result<()> {
    let programs = setup::npm_program("node");
    let folder = programs.parent().map(Path::to_owned).unwrap_or_default();
    let path = std::env::var_os("PATH").unwrap_or_default();
    script.env("PATH", std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&path)))?);
    Ok(())
}

fn folder() -> PathBuf {
    root().join("targets/worker")
}
