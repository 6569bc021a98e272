//! A project made of the manifest and the code in `targets/firmware/README.md`, under "In your own
//! project". It is a workspace of its own, without flags or configuration of this repository.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use crate::board::{cargo_in, finish, root, target_folder, workspace};

/// The code of the README that the project runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Snippet {
    /// The verdict alone.
    Verdict,
    /// The verdict alone, with our own curve code.
    VerdictBuiltin,
    /// The gatekeeper.
    Gatekeeper,
}

/// The command that builds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// `cargo build`.
    Dev,
    /// `cargo build --release`.
    Release,
}

/// The linker script of "a project that already links". No chip has so much memory: the budgets
/// limit the size.
const BUILD_SCRIPT: &str = r#"fn main() {
    let folder = std::env::var("OUT_DIR").unwrap();
    let memory = "MEMORY { FLASH : ORIGIN = 0, LENGTH = 4M RAM : ORIGIN = 0x20000000, LENGTH = 1M }";
    std::fs::write(format!("{folder}/memory.x"), memory).unwrap();
    println!("cargo::rustc-link-search={folder}");
    println!("cargo::rustc-link-arg=-Tlink.x");
}
"#;

const BEFORE: &str =
    "#![no_std]\n#![no_main]\n#[panic_handler]\nfn panic(_: &core::panic::PanicInfo) -> ! {\n    loop {}\n}\n";

const CALL_VERDICT: &str = r#"
#[cortex_m_rt::entry]
fn main() -> ! {
    use core::hint::black_box;
    loop {
        if let Ok(key) = trusted(black_box(&[7; 32])) {
            black_box(may_open(black_box(&[7; 200]), &key, black_box(5)));
        }
    }
}
"#;

const CALL_GATEKEEPER: &str = r#"
struct Port;

impl embedded_hal::digital::ErrorType for Port {
    type Error = core::convert::Infallible;
}

impl OutputPin for Port {
    fn set_low(&mut self) -> core::result::Result<(), Self::Error> {
        core::hint::black_box(self);
        Ok(())
    }

    fn set_high(&mut self) -> core::result::Result<(), Self::Error> {
        core::hint::black_box(self);
        Ok(())
    }
}

impl embedded_io::ErrorType for Port {
    type Error = core::convert::Infallible;
}

impl Read for Port {
    fn read(&mut self, bytes: &mut [u8]) -> core::result::Result<usize, Self::Error> {
        Ok(core::hint::black_box(bytes).len())
    }
}

impl Write for Port {
    fn write(&mut self, bytes: &[u8]) -> core::result::Result<usize, Self::Error> {
        Ok(core::hint::black_box(bytes).len())
    }

    fn flush(&mut self) -> core::result::Result<(), Self::Error> {
        Ok(())
    }
}

#[cortex_m_rt::entry]
fn main() -> ! {
    use core::hint::black_box;
    loop {
        let _ = black_box(run(black_box(&[7; 32]), black_box(&[7; 500]), || Clock::Known(black_box(5)), Port, (Port, Port)));
    }
}
"#;

impl Snippet {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Verdict, Self::VerdictBuiltin, Self::Gatekeeper];

    /// Builds the project for a target and returns the path of the image. With `frames`, the image
    /// notes the size of each stack frame: the compiler's flag for that changes no code.
    ///
    /// # Errors
    /// If the README has no such code any more, or the project does not build.
    pub fn build(self, target: &str, profile: Profile, frames: bool) -> Result<PathBuf> {
        let folder = target_folder().join("snippet");
        let project = folder.join(self.name());
        fs::create_dir_all(project.join("src"))?;
        fs::write(project.join("Cargo.toml"), self.manifest()?)?;
        fs::write(project.join("build.rs"), BUILD_SCRIPT)?;
        fs::write(project.join("src/main.rs"), self.code()?)?;
        // A reader gets the newest versions, but a budget must not depend on the day.
        fs::copy(workspace().join("Cargo.lock"), project.join("Cargo.lock"))?;
        let target_folder = folder.join(if frames { "frames" } else { "target" });
        let mut cargo = cargo_in(&project);
        // A reader's build has no flags of this environment.
        for variable in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS"] {
            cargo.env_remove(variable);
        }
        if frames {
            cargo.env("RUSTC_BOOTSTRAP", "1").env("CARGO_ENCODED_RUSTFLAGS", "-Zemit-stack-sizes");
        }
        cargo.args(["build", "--quiet", "--target", target]).env("CARGO_TARGET_DIR", &target_folder);
        if profile == Profile::Release {
            cargo.arg("--release");
        }
        finish(&mut cargo)?;
        let profile = if profile == Profile::Release { "release" } else { "debug" };
        Ok(target_folder.join(target).join(profile).join(self.name()))
    }

    /// The name of the package, and of its budget.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verdict => "verdict",
            Self::VerdictBuiltin => "verdict-builtin",
            Self::Gatekeeper => "gatekeeper",
        }
    }

    fn manifest(self) -> Result<String> {
        let printed = block("toml", "# Cargo.toml")?;
        let checkout = root().canonicalize()?;
        let here = |text: &str| text.replace("\"../agentid/", &format!("\"{}/", checkout.display()));
        let mut manifest = replace_once(&printed, "[dependencies]\n", "[dependencies]\ncortex-m-rt = \"0.7\"\n")?;
        ensure!(here(&manifest) != manifest, "the README names no path to replace");
        manifest = here(&manifest);
        if self == Self::VerdictBuiltin {
            manifest = replace_once(&manifest, "[\"opt-size\"]", "[\"opt-size\", \"backend-builtin\"]")?;
        }
        let name = self.name();
        Ok(format!("[workspace]\n\n[package]\nname = \"{name}\"\nedition = \"2024\"\n\n{manifest}"))
    }

    fn code(self) -> Result<String> {
        let (code, call) = match self {
            Self::Verdict => (block("rust", "fn may_open")?, CALL_VERDICT),
            // As the README describes it: the backend is named wherever a key or a signature is
            // checked.
            Self::VerdictBuiltin => {
                let code = block("rust", "fn may_open")?;
                let code = replace_once(&code, "from_bytes(key)", "from_bytes_with(agentid_nostd::Builtin, key)")?;
                let verify =
                    "Verifier::new(core::slice::from_ref(trusted)).with_backend(agentid_nostd::Builtin).verify";
                let code = replace_once(&code, "verify_token(token, trusted, ", &format!("{verify}(token, "))?;
                (replace_once(&code, "verify_token}", "Verifier}")?, CALL_VERDICT)
            }
            Self::Gatekeeper => (block("rust", "Gatekeeper::new")?, CALL_GATEKEEPER),
        };
        Ok(format!("{BEFORE}{code}{call}"))
    }
}

/// The code block of the README in that language that contains a text.
fn block(language: &str, with: &str) -> Result<String> {
    let path = root().join("targets/firmware/README.md");
    let readme = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let blocks = readme.split("\n```").collect::<Vec<_>>();
    // Every second part is inside of a block.
    let inside =
        blocks.iter().skip(1).step_by(2).filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n'));
    let mut found = inside.filter(|block| block.contains(with));
    let first = found.next().with_context(|| format!("{}: no block with {with}", path.display()))?;
    ensure!(found.next().is_none(), "{}: more than one block with {with}", path.display());
    Ok(format!("{first}\n"))
}

fn replace_once(text: &str, from: &str, to: &str) -> Result<String> {
    ensure!(text.matches(from).count() == 1, "the README no longer has {from:?} once");
    Ok(text.replace(from, to))
}
