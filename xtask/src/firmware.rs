//! What the firmware needs, and its tests: `targets/cortex-m`, driven by `tests/firmware`.

use anyhow::Result;

use crate::process::{Log, cargo, target_dir};
use crate::setup;

/// The cores that boards are emulated for.
const TARGETS: [&str; 4] =
    ["thumbv6m-none-eabi", "thumbv7m-none-eabi", "thumbv7em-none-eabihf", "thumbv8m.main-none-eabihf"];

/// Each has a lock file of its own.
pub(crate) const MANIFESTS: [&str; 2] = ["targets/cortex-m/Cargo.toml", "targets/cortex-m/panic-free/Cargo.toml"];

/// Compiler targets, the disassembler, QEMU and the linker.
pub(crate) fn set_up() -> Result<()> {
    setup::rust_targets(&TARGETS)?;
    setup::rust_components(&["llvm-tools"])?;
    setup::qemu()?;
    setup::cargo_tool("flip-link", "0.1.12")
}

/// The gatekeeper on the host, the lints, then everything on emulated boards.
pub(crate) fn test(log: &Log) -> Result<()> {
    let devices = target_dir().join("cortex-m");
    let in_devices = |command: &str| {
        let mut cargo = cargo();
        cargo.args([command, "--locked", "--manifest-path", MANIFESTS[0]]).env("CARGO_TARGET_DIR", &devices);
        cargo
    };
    log.run(in_devices("test").args(["--package", "agentid-gatekeeper"]))?;
    let deny_warnings = ["--", "-D", "warnings"];
    log.run(in_devices("clippy").args(["--package", "agentid-gatekeeper", "--all-targets"]).args(deny_warnings))?;
    // Every board's code, and what is left without logs, which is what is weighed.
    log.run(in_devices("clippy").args(["--workspace", "--release", "--target", TARGETS[2]]).args(deny_warnings))?;
    let bare = ["--package", "agentid-firmware", "--no-default-features", "--release", "--target", TARGETS[0]];
    log.run(in_devices("clippy").args(bare).args(deny_warnings))?;
    log.run(cargo().args(["test", "--package", "agentid-firmware-tests", "--no-fail-fast"]))
}
