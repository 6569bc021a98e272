//! The four boards, the curve code in their images, and building those.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::{fmt, fs};

use anyhow::{Context, Result, bail};

use crate::log;

/// What to do where it cannot be started.
pub(crate) const NO_QEMU: &str = "qemu-system-arm: try `cargo xtask test setup`";

/// Before the name of an example, where that of an image stands. Cargo puts examples in a folder of
/// this name.
const EXAMPLES: &str = "examples/";

/// An emulated board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Board {
    /// The processor core.
    pub core: &'static str,
    /// The target of the compiler.
    pub target: &'static str,
    /// The machine of QEMU.
    pub machine: &'static str,
    /// What checks signatures in its images.
    pub curve: Curve,
}

/// Curve code that an image can be built with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// `ed25519-compact`, as small as it gets: what an image has unless told otherwise.
    Compact,
    /// Our own.
    Builtin,
    /// Our own, where it has a choice as small as it gets.
    BuiltinSmall,
    /// For the bare signature check alone, to compare with: curve25519-dalek.
    Dalek,
    /// The same: salty.
    Salty,
}

impl Board {
    /// All boards, smallest first.
    pub const ALL: [Self; 4] = [
        Self { core: "M0", target: "thumbv6m-none-eabi", machine: "microbit", curve: Curve::Compact },
        Self { core: "M3", target: "thumbv7m-none-eabi", machine: "mps2-an385", curve: Curve::Compact },
        Self { core: "M4F", target: "thumbv7em-none-eabihf", machine: "mps2-an386", curve: Curve::Compact },
        Self { core: "M33", target: "thumbv8m.main-none-eabihf", machine: "mps2-an505", curve: Curve::Compact },
    ];

    /// Each of them with each curve code that is another there.
    pub fn with_each_curve() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().flat_map(|board| {
            let curves: &[Curve] = match board.core {
                "M0" => &[Curve::Compact, Curve::Builtin, Curve::BuiltinSmall],
                _ => &[Curve::Compact, Curve::Builtin],
            };
            curves.iter().map(move |&curve| board.with(curve))
        })
    }

    /// Each of them with what our curve code is compared with.
    pub fn with_each_rival() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().flat_map(|board| [Curve::Dalek, Curve::Salty].map(|curve| board.with(curve)))
    }

    /// The same board with this curve code.
    pub const fn with(self, curve: Curve) -> Self {
        Self { curve, ..self }
    }

    /// Builds an image, or an example by the name `examples/NAME`, and says where it lies.
    ///
    /// # Errors
    /// Where it does not build.
    pub fn build(&self, image: &str) -> Result<PathBuf> {
        self.build_in(&target_folder(), self.cargo_build(&["backend-compact", "defmt"]), image)
    }

    /// Builds an image that does not log, as a product would ship it, with the size of each stack
    /// frame noted in it.
    ///
    /// # Errors
    /// Where it does not build.
    pub fn build_bare(&self, image: &str) -> Result<PathBuf> {
        // What only verifies has one curve code. Others mint as well.
        let minting: &[&str] = if image.starts_with("weigh-") { &[] } else { &["backend-compact"] };
        let mut build = self.cargo_build(minting);
        build.env("CARGO_ENCODED_RUSTFLAGS", "-Zemit-stack-sizes").env("RUSTC_BOOTSTRAP", "1");
        // Nothing here reads what a debugger would.
        build.env("CARGO_PROFILE_RELEASE_DEBUG", "false");
        self.build_in(&target_folder().join("bare"), build, image)
    }

    /// What does not depend on the curve code is compiled once for all of it. So the images take
    /// each other's place, and each is copied to where no other comes. Once is enough: cargo
    /// would take a second to see that nothing has changed.
    fn build_in(&self, target_folder: &Path, mut build: Command, image: &str) -> Result<PathBuf> {
        static BUILT: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
        let kept = target_folder.join("images").join(self.to_string()).join(image);
        let mut all_built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
        if all_built.contains(&kept) {
            return Ok(kept);
        }
        build.env("CARGO_TARGET_DIR", target_folder);
        match image.strip_prefix(EXAMPLES) {
            // Of this package alone: what the tests of another one need has no place in an image.
            Some(example) => build.args(["--package", "agentid-images", "--example", example]),
            None => build.args(["--bin", image]),
        };
        finish(&mut build)?;
        let built = target_folder.join(self.target).join("release").join(image);
        fs::create_dir_all(kept.parent().context("a folder")?)?;
        // Put in place at once: another process may be running the same image, as it was built before.
        let copied = kept.with_extension("copied");
        fs::copy(&built, &copied)?;
        fs::rename(&copied, &kept)?;
        all_built.insert(kept.clone());
        Ok(kept)
    }

    /// Runs an image to its end and returns what it logged. With `count_instructions`, QEMU's time
    /// goes by 1 ns per instruction, which is slower and lets the image count them. The image
    /// finds files in `folder`.
    ///
    /// # Errors
    /// Where it does not build, does not end well, or QEMU is missing.
    pub fn run(&self, image: &str, folder: &Path, count_instructions: bool) -> Result<String> {
        let image = self.build(image)?;
        let mut run = self.emulator(&image);
        run.args(["-monitor", "none", "-serial", "none"]);
        if count_instructions {
            run.args(["-icount", "shift=0"]);
        }
        let output = run.current_dir(folder).output().context(NO_QEMU)?;
        let log = log::decoded(&image, &output.stdout)?.join("\n");
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            bail!("{} on {}: {}\n{log}{errors}", image.display(), self.machine, output.status);
        }
        Ok(log)
    }

    /// QEMU with this image, which may read and write files where it is started, and logs to its
    /// output.
    pub(crate) fn emulator(&self, image: &Path) -> Command {
        let mut qemu = Command::new("qemu-system-arm");
        qemu.args(["-machine", self.machine, "-display", "none"]);
        qemu.args(["-semihosting-config", "enable=on,target=native", "-kernel"]).arg(image).stdin(Stdio::null());
        qemu
    }

    /// An image with its curve code and these features; which, the caller adds.
    fn cargo_build(&self, features: &[&str]) -> Command {
        // No package is named, as in the commands of the README.
        let mut build = cargo_build(self.target);
        let features = [features, self.curve.features()].concat().join(",");
        build.env("DEFMT_LOG", "info").args(["--no-default-features", "--features", &features]);
        build
    }
}

/// The core, and the curve code where it is not the default.
impl fmt::Display for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let curve = match self.curve {
            Curve::Compact => "",
            Curve::Builtin => " builtin",
            Curve::BuiltinSmall => " builtin-small",
            Curve::Dalek => " dalek",
            Curve::Salty => " salty",
        };
        write!(f, "{}{curve}", self.core)
    }
}

impl Curve {
    fn features(self) -> &'static [&'static str] {
        match self {
            Self::Compact => &["backend-compact"],
            Self::Builtin => &["backend-builtin"],
            Self::BuiltinSmall => &["backend-builtin-small"],
            Self::Dalek => &["rival-dalek"],
            Self::Salty => &["rival-salty"],
        }
    }
}

/// Builds the gatekeeper for the nRF52840-DK with the demo's keys and returns its path. No emulator
/// has that board.
///
/// # Errors
/// Where it does not build.
pub fn nrf52840_dk() -> Result<PathBuf> {
    nrf52840_dk_from(&["public-demo-keys"], &[])
}

/// The same with these features and these variables of the environment, which name the files of a
/// product.
///
/// # Errors
/// If it does not build, with the errors of the compiler.
pub fn nrf52840_dk_from(features: &[&str], files: &[(&str, &Path)]) -> Result<PathBuf> {
    let (package, target) = ("agentid-nrf52840-dk", "thumbv7em-none-eabihf");
    let mut build = cargo_build(target);
    for variable in PROVISIONED {
        build.env_remove(variable);
    }
    finish(build.envs(files.iter().copied()).args(["--package", package, "--features", &features.join(",")]))?;
    Ok(target_folder().join(target).join("release").join(package))
}

/// The variables that name the files of a product: the authority's key, the bundle, the device's
/// secret.
pub const PROVISIONED: [&str; 3] = ["AGENTID_AUTHORITY", "AGENTID_BUNDLE", "AGENTID_DEVICE_SECRET"];

/// In the workspace of the devices, whose configuration cargo reads there.
fn cargo_build(target: &str) -> Command {
    let mut cargo = cargo_in(&workspace());
    cargo.env("CARGO_TARGET_DIR", target_folder());
    cargo.args(["build", "--release", "--quiet", "--target", target]);
    cargo
}

/// With the compiler itself: one that lints, which may have built this program, optimises
/// otherwise.
pub fn cargo_in(folder: &Path) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(folder).env_remove("RUSTC_WORKSPACE_WRAPPER");
    cargo
}

/// Runs cargo to its end.
pub(crate) fn finish(build: &mut Command) -> Result<()> {
    let output = build.output().context("cargo")?;
    if !output.status.success() {
        bail!("{build:?}\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

/// The workspace of the devices.
pub fn workspace() -> PathBuf {
    root().join("targets/firmware")
}

/// Everything that is made lies in one folder, and what is made for devices in a part of its own.
pub fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from).join("firmware")
}

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}
