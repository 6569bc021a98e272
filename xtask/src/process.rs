//! Starting other programs: shown to the user, or kept in a log.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the root")
}

/// Where everything that is made lies.
pub(crate) fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// `cargo` in the root.
pub(crate) fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The same with clippy's driver for a compiler: it lints what lies in the repository while it
/// compiles it, and takes what it finds for an error. `cargo clippy` would first go through
/// everything that this depends on once more. For tests and the tools that they share with other
/// commands; nothing that is measured or shipped is compiled like this: the driver leaves out some
/// optimisations.
pub(crate) fn linting_cargo() -> Command {
    let mut cargo = cargo();
    cargo.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver").env("CLIPPY_ARGS", "-Dwarnings");
    cargo
}

/// The compiler that libFuzzer and Miri need. The date pins it: the channel alone names another
/// compiler every day.
pub(crate) const NIGHTLY: &str = "nightly-2026-05-20";

/// Its `cargo`, whatever toolchain runs this program.
pub(crate) fn nightly_cargo() -> Command {
    let mut cargo = command("rustup");
    cargo.args(["run", NIGHTLY, "cargo"]);
    cargo
}

/// Where programs that are not the system's are installed.
pub(crate) fn tools_dir() -> PathBuf {
    target_dir().join("tools")
}

/// Any program in the root; the installed tools are found before the system's.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    let mut path = vec![tools_dir().join("bin")];
    path.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    // A folder with a colon in its name cannot be part of a path: then the system's programs must do.
    if let Ok(path) = std::env::join_paths(path) {
        command.env("PATH", path);
    }
    command
}

/// Runs and lets the user watch.
pub(crate) fn stream(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
    if status.success() {
        return Ok(());
    }
    bail!("{command:?} failed: {status}")
}

/// Becomes this program, so that whoever ends this process ends it.
pub(crate) fn replace(command: &mut Command) -> Result<()> {
    let error = std::os::unix::process::CommandExt::exec(command);
    Err(error).with_context(|| format!("cannot start {command:?}"))
}

/// Runs two things at the same time, to their ends; the first error counts.
pub(crate) fn both(one: impl FnOnce() -> Result<()>, other: impl FnOnce() -> Result<()> + Send) -> Result<()> {
    std::thread::scope(|scope| {
        let other = scope.spawn(other);
        one().and(other.join().unwrap_or_else(|_| bail!("a thread panicked")))
    })
}

/// Runs and returns what it printed, or `None` where it fails or is not there.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What a step prints, kept in a file and shown only when the step fails.
pub(crate) struct Log {
    path: PathBuf,
}

impl Log {
    /// An empty log of that name.
    pub(crate) fn new(name: &str) -> Result<Self> {
        let folder = target_dir().join("xtask");
        fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{name}.log"));
        File::create(&path)?;
        Ok(Self { path })
    }

    /// Runs a program whose output goes to the log.
    pub(crate) fn run(&self, command: &mut Command) -> Result<()> {
        let file = OpenOptions::new().append(true).open(&self.path)?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        stream(command)
    }

    /// All that was printed.
    pub(crate) fn text(&self) -> String {
        fs::read_to_string(&self.path).unwrap_or_default()
    }
}
