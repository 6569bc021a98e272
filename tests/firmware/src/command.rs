//! The command `agentid`, for tests that put it to a device.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::board::{cargo_in, root, target_folder};

/// Builds the command once, and returns its path. It lies where no other step of `cargo xtask test`
/// puts one: those that run beside this have another, with other features.
///
/// # Panics
/// If it does not build.
pub fn agentid() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let mut build = cargo_in(&root());
        build.args(["build", "--quiet", "--locked", "--package", "agentid-cli"]);
        let status = build.env("CARGO_TARGET_DIR", target_folder()).status();
        assert!(status.is_ok_and(|status| status.success()), "the command does not build");
        target_folder().join("debug/agentid").canonicalize().expect("a program")
    })
}
