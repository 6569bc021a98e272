//! What the firmware needs, and its tests: `targets/firmware`, driven by `tests/firmware`.

use std::process::Command;

use anyhow::Result;

use crate::process::{Log, cargo, linting_cargo, target_dir};
use crate::setup;

/// The cores that boards are emulated for.
const TARGETS: [&str; 4] =
    ["thumbv6m-none-eabi", "thumbv7m-none-eabi", "thumbv7em-none-eabihf", "thumbv8m.main-none-eabihf"];

/// Each has a lock file of its own.
pub(crate) const MANIFESTS: [&str; 2] = ["targets/firmware/Cargo.toml", "targets/firmware/panic-free/Cargo.toml"];

/// Builds the demo's keys into the real board's image, which is only looked at and never flashed.
const DEMO: &str = "agentid-nrf52840-dk/public-demo-keys";

/// Compiler targets, the disassembler, QEMU and the linker.
pub(crate) fn set_up() -> Result<()> {
    setup::rust_targets(&TARGETS)?;
    setup::rust_components(&["llvm-tools"])?;
    setup::qemu()?;
    setup::cargo_tool("flip-link", "0.1.12")
}

/// The gatekeeper on the host, the lints, then everything on emulated boards.
pub(crate) fn test(log: &Log) -> Result<()> {
    let in_devices = |mut cargo: Command, command: &str| {
        cargo.args([command, "--locked", "--manifest-path", MANIFESTS[0]]);
        cargo.env("CARGO_TARGET_DIR", target_dir().join("firmware"));
        cargo
    };
    log.run(in_devices(linting_cargo(), "test").args(["--package", "agentid-gatekeeper"]))?;
    let deny_warnings = ["--", "-D", "warnings"];
    // Every board's code, and the code without logs, which is weighed. The build of a real board
    // needs keys.
    let boards = ["--workspace", "--release", "--target", TARGETS[2], "--features", DEMO];
    log.run(in_devices(cargo(), "clippy").args(boards).args(deny_warnings))?;
    let example = ["--package", "agentid-images", "--example", "embassy", "--release", "--target", TARGETS[2]];
    log.run(in_devices(cargo(), "clippy").args(example).args(deny_warnings))?;
    let bare = ["--package", "agentid-images", "--no-default-features", "--release", "--target", TARGETS[0]];
    for curve in ["backend-compact", "backend-builtin"] {
        log.run(in_devices(cargo(), "clippy").args(bare).args(["--features", curve]).args(deny_warnings))?;
    }
    log.run(linting_cargo().args(["test", "--package", "agentid-firmware-tests", "--no-fail-fast"]))
}
