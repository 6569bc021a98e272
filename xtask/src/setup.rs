//! Installs what is missing, or says exactly what to install and stops.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context, Result, anyhow, bail};

use crate::process::{Log, NIGHTLY, cargo, command, output, root, stream, target_dir, tools_dir};

/// Adds compilation targets to the toolchain of the repository.
pub(crate) fn rust_targets(wanted: &[&str]) -> Result<()> {
    add("target", wanted, |installed, target| installed == target)
}

/// Adds components, such as clippy, to the toolchain of the repository.
pub(crate) fn rust_components(wanted: &[&str]) -> Result<()> {
    add("component", wanted, is_component)
}

/// Components are listed with the host in their name: `clippy-x86_64-unknown-linux-gnu`.
fn is_component(installed: &str, component: &str) -> bool {
    installed.strip_prefix(component).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// Installs another compiler, with its standard library and cargo alone.
pub(crate) fn toolchain(name: &str) -> Result<()> {
    let installed = output(command("rustup").args(["toolchain", "list"])).unwrap_or_default();
    if installed.lines().any(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'))) {
        return Ok(());
    }
    stream(command("rustup").args(["toolchain", "install", name, "--profile", "minimal"]))
        .with_context(|| format!("cannot install: rustup toolchain install {name} --profile minimal"))
}

/// The nightly compiler, with these components.
pub(crate) fn nightly(components: &[&str]) -> Result<()> {
    let installed = output(command("rustup").args(["component", "list", "--installed", "--toolchain", NIGHTLY]));
    let installed = installed.unwrap_or_default();
    if components.iter().all(|component| installed.lines().any(|line| is_component(line, component))) {
        return Ok(());
    }
    let install = ["toolchain", "install", NIGHTLY, "--profile", "minimal", "--component"];
    stream(command("rustup").args(install).arg(components.join(",")))
        .with_context(|| format!("cannot install: rustup {} {}", install.join(" "), components.join(",")))
}

fn add(kind: &str, wanted: &[&str], is: fn(&str, &str) -> bool) -> Result<()> {
    let installed = output(command("rustup").args([kind, "list", "--installed"]))
        .context("rustup is needed: install Rust with rustup, then run this again")?;
    let missing: Vec<&str> =
        wanted.iter().copied().filter(|name| !installed.lines().any(|line| is(line.trim(), name))).collect();
    if missing.is_empty() {
        return Ok(());
    }
    stream(command("rustup").args([kind, "add"]).args(&missing))
        .with_context(|| format!("cannot install: rustup {kind} add {}", missing.join(" ")))
}

/// The published implementation and the benchmarks contain C.
pub(crate) fn c_compiler() -> Result<()> {
    debian_package("cc", &["gcc", "libc6-dev"])
}

/// libFuzzer is written in C++.
pub(crate) fn cxx_compiler() -> Result<()> {
    debian_package("c++", &["g++"])
}

/// QEMU for Arm, which emulates the boards.
pub(crate) fn qemu() -> Result<()> {
    debian_package("qemu-system-arm", &["qemu-system-arm"])
}

/// Installs valgrind, which counts the instructions of a program.
pub(crate) fn valgrind() -> Result<()> {
    debian_package("valgrind", &["valgrind"])
}

/// Installs strace, which kills a program at a chosen call.
pub(crate) fn strace() -> Result<()> {
    debian_package("strace", &["strace"])
}

/// Installs the linker for Windows.
pub(crate) fn mingw() -> Result<()> {
    debian_package("x86_64-w64-mingw32-gcc", &["gcc-mingw-w64-x86-64"])
}

/// Installs SoftHSM, a PKCS#11 module whose tokens are files.
pub(crate) fn softhsm() -> Result<()> {
    debian_package("softhsm2-util", &["softhsm2"])
}

/// The browser that the page is tested in.
pub(crate) fn chromium() -> Result<()> {
    debian_package("chromium", &["chromium"])
}

/// Installs the packages of the npm workspace from its lock file, and Node among them: the package of
/// this platform, by its hash. npm's own package `node` fetches the binary in an install script, past
/// every lock file. No script of a package runs: `.npmrc` forbids it.
pub(crate) fn npm_packages(log: &Log) -> Result<()> {
    static INSTALL: Mutex<()> = Mutex::new(());
    // Two lanes may ask at the same time.
    let _once = INSTALL.lock().map_err(|_| anyhow!("the first who asked panicked"))?;
    debian_package("npm", &["npm"])?;
    let lock = root().join("package-lock.json");
    let wanted = fs::read_to_string(&lock).with_context(|| lock.display().to_string())?;
    let installed = root().join("node_modules/.installed-from");
    if !fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
        log.run(command("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(root()))?;
        fs::write(installed, wanted)?;
    }
    if output(command(npm_program("node")).arg("--version")).is_some() {
        return Ok(());
    }
    bail!(
        "no Node in node_modules. Either package.json names none for this platform: add the package `node-OS-CPU`. \
         Or npm could not fetch it, and says nothing: remove node_modules and run this again."
    )
}

/// The path of a program that a package of the workspace brings, such as Node.
pub(crate) fn npm_program(name: &str) -> PathBuf {
    root().join("node_modules/.bin").join(name)
}

/// The 1,024 test vectors of the authors of Ed25519, out of a package for Python: this version,
/// with this SHA-256. They are not part of the repository.
pub(crate) fn ed25519_vectors() -> Result<()> {
    let folder = target_dir().join("ed25519");
    let is_right =
        || output(command("sha256sum").args(["--check", "--quiet", "--status"]).arg("sums").current_dir(&folder));
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("sums"), format!("{ED25519_VECTORS_SHA256}  sign.input\n"))?;
    if is_right().is_some() {
        return Ok(());
    }
    debian_package("python3", &["python3", "python3-pip"])?;
    let pip =
        ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", ".", ED25519_VECTORS];
    stream(command("python3").args(pip).current_dir(&folder))?;
    let unpack = "import glob, os, zipfile\n\
        for name in glob.glob('cryptography_vectors-*.whl'):\n    \
            content = zipfile.ZipFile(name).read('cryptography_vectors/asymmetric/Ed25519/sign.input')\n    \
            open('sign.input', 'wb').write(content)\n    \
            os.remove(name)\n";
    stream(command("python3").args(["-c", unpack]).current_dir(&folder))?;
    is_right().map(drop).with_context(|| format!("{ED25519_VECTORS}: sign.input is not what it was"))
}

/// The test that reads them: left out where the file is not.
pub(crate) const ED25519_VECTORS_TEST: &str = "the_authors_vectors";
const ED25519_VECTORS: &str = "cryptography_vectors==46.0.3";
const ED25519_VECTORS_SHA256: &str = "8db1fea94f4e78958aac6e839b483cdd79096d1fe478285f15164f9e58361baf";

/// A program from the package registry, in this version, next to everything else that is made.
pub(crate) fn cargo_tool(name: &str, version: &str) -> Result<()> {
    let tools = tools_dir();
    let installed = output(cargo().args(["install", "--list", "--root"]).arg(&tools)).unwrap_or_default();
    if installed.lines().any(|line| line == format!("{name} v{version}:")) {
        return Ok(());
    }
    // Without optimisation: it takes half of the time to build, and these programs mostly start others.
    let install = ["install", "--locked", "--quiet", "--debug", name, "--version", version, "--root"];
    stream(cargo().args(install).arg(&tools))
}

/// Makes sure that `program` can be started; on Debian and Ubuntu by installing `packages`.
fn debian_package(program: &str, packages: &[&str]) -> Result<()> {
    if output(command(program).arg("--version")).is_some() {
        return Ok(());
    }
    let packages = packages.join(" ");
    let by_hand = format!("`{program}` is missing. On Debian and Ubuntu: apt-get install {packages}");
    if !Path::new("/etc/debian_version").exists() {
        bail!("{by_hand}; elsewhere the package that contains it.");
    }
    let is_root = output(command("id").arg("-u")).is_some_and(|id| id.trim() == "0");
    let sudo = if is_root { "" } else { "sudo -n " };
    let script = format!("{sudo}apt-get update -q && {sudo}apt-get install -q -y --no-install-recommends {packages}");
    stream(command("sh").args(["-c", &script])).context(by_hand)
}
