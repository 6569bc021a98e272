//! `cargo xtask test package`: every package that can be published, packed and used from the packed
//! file alone, in an empty project.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::process::{Log, cargo, command, root};
use crate::{firmware, setup, wasm};

/// The crates, below those that use them, and the manifest of their workspace.
const CRATES: [(&str, &str); 6] = [
    ("agentid-hash", "Cargo.toml"),
    ("agentid-ed25519", "Cargo.toml"),
    ("agentid-nostd", "Cargo.toml"),
    ("agentid-gatekeeper", firmware::MANIFESTS[0]),
    ("agentid-host", "Cargo.toml"),
    ("agentid-cli", "Cargo.toml"),
];

/// A program that uses every crate.
const PROGRAM: &str = "\
use agentid_gatekeeper::Switch;
use agentid_nostd::{AgentIdentity, Builtin, Clock, Compact, TokenBuilder, Verifier};

fn main() -> Result<(), agentid_nostd::Error> {
    let agent = AgentIdentity::derive(\"research-bot\", \"phd-lab\", Some(b\"32 random bytes, kept in a vault\"))?;
    let mut buf = [0; 256];
    let token = TokenBuilder::new(&agent, 1_790_000_000, 7).scopes(&[\"read:*\"]).mint_into(&mut buf)?;
    let (trusted, clock) = ([agent.public_key()], Clock::Known(1_790_000_000));
    let verifier = Verifier::new(&trusted).with_backend(Builtin);
    let all = verifier.verify(token, clock)?.permits(\"read:arxiv\")
        && verifier.with_backend(Compact).verify(token, clock).is_ok()
        && agentid_ed25519::is_key(trusted[0].as_bytes())
        && agentid_host::SharedGate::builder(trusted[0]).build().is_err();
    println!(\"{all} {}\", size_of::<Switch<()>>());
    Ok(())
}
";

/// A program that uses the npm package.
const SCRIPT: &str = "\
import { AgentIdentity, verifyToken } from 'agentid-wasm';
import * as builtin from 'agentid-wasm/builtin';
const agent = AgentIdentity.derive('research-bot', 'phd-lab', crypto.getRandomValues(new Uint8Array(32)));
const token = agent.mintToken({ scopes: ['read:*'] });
for (const verify of [verifyToken, builtin.verifyToken]) {
  if (!verify(token, agent.publicKey).permits('read:arxiv')) throw new Error('not permitted');
}
";

/// Packs, unpacks into a folder outside of the checkout, and uses what was unpacked.
pub(crate) fn test(log: &Log) -> Result<()> {
    // npm packs what was built.
    wasm::build(log)?;
    wasm::build_builtin(log)?;
    let folder = std::env::temp_dir().join(format!("agentid-package-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let result = crates(log, &folder).and_then(|()| npm(log, &folder));
    fs::remove_dir_all(folder)?;
    result
}

fn crates(log: &Log, folder: &Path) -> Result<()> {
    let mut patch = String::from("[patch.crates-io]\n");
    for (name, manifest) in CRATES {
        let package = ["package", "--quiet", "--no-verify", "--allow-dirty", "--package", name];
        // No registry has the crates below it yet: those that were packed before stand in.
        let mut pack = cargo();
        pack.args(package).args(["--manifest-path", manifest, "--target-dir"]).arg(folder.join("packed"));
        log.run(pack.args(["--exclude-lockfile", "--config"]).arg(&patched(&patch, folder)?))?;
        let file = folder.join("packed/package").join(format!("{name}-0.1.0.crate"));
        log.run(command("tar").args(["--extract", "--gzip", "--file"]).arg(file).arg("--directory").arg(folder))?;
        let unpacked = unpacked(folder, name);
        is_complete(name, &unpacked)?;
        patch += &format!("{name} = {{ path = {:?} }}\n", unpacked.display().to_string());
    }
    let project = folder.join("my-project");
    fs::create_dir_all(project.join("src"))?;
    let manifest = "[package]\nname = \"my-project\"\nedition = \"2024\"\n\n[dependencies]\n\
        agentid-ed25519 = \"0.1.0\"\nagentid-gatekeeper = \"0.1.0\"\n\
        agentid-host = { version = \"0.1.0\", features = [\"axum\", \"vault\"] }\n\
        agentid-nostd = { version = \"0.1.0\", features = [\"backend-builtin\", \"std\"] }\n\n";
    fs::write(project.join("Cargo.toml"), format!("{manifest}{patch}"))?;
    fs::write(project.join("src/main.rs"), PROGRAM)?;
    log.run(away(&project).args(["run", "--quiet"]))?;
    // The examples in the documentation of each, the README's among them.
    for (name, _) in CRATES {
        let unpacked = unpacked(folder, name);
        let manifest = unpacked.join("Cargo.toml");
        let text = fs::read_to_string(&manifest).context("a packed manifest")?;
        fs::write(&manifest, format!("{text}\n{patch}"))?;
        let mut doc = away(&unpacked);
        match name {
            // A program has no documentation to test: it answers.
            "agentid-cli" => doc.args(["run", "--quiet", "--", "--version"]),
            "agentid-nostd" | "agentid-host" => doc.args(["test", "--quiet", "--doc", "--all-features"]),
            _ => doc.args(["test", "--quiet", "--doc"]),
        };
        log.run(&mut doc)?;
    }
    Ok(())
}

/// A packed file has a README, and the licences of the repository.
fn is_complete(name: &str, unpacked: &Path) -> Result<()> {
    ensure!(unpacked.join("README.md").is_file(), "{name} is packed without a README");
    for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
        let is_ours = fs::read(unpacked.join(licence))
            .is_ok_and(|packed| fs::read(root().join(licence)).is_ok_and(|ours| ours == packed));
        ensure!(is_ours, "{name} is packed without {licence} as it is in the root");
    }
    Ok(())
}

/// A file of settings with these patches.
fn patched(patch: &str, folder: &Path) -> Result<PathBuf> {
    let file = folder.join("patch.toml");
    fs::write(&file, patch)?;
    Ok(file)
}

fn unpacked(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}-0.1.0"))
}

/// Cargo in a folder that knows nothing of the checkout.
fn away(folder: &Path) -> Command {
    let mut cargo = cargo();
    cargo.current_dir(folder).env_remove("CARGO_TARGET_DIR").env_remove("RUSTC_WORKSPACE_WRAPPER");
    cargo
}

fn npm(log: &Log, folder: &Path) -> Result<()> {
    let pack = ["pack", "--silent", "--workspace", "agentid-wasm", "--pack-destination"];
    log.run(command("npm").args(pack).arg(folder).current_dir(root()))?;
    let project = folder.join("my-package");
    fs::create_dir_all(&project)?;
    fs::write(project.join("package.json"), "{ \"private\": true, \"type\": \"module\" }")?;
    fs::write(project.join("first.mjs"), SCRIPT)?;
    let install = ["install", "--no-audit", "--no-fund", "--offline", "../agentid-wasm-0.1.0.tgz"];
    log.run(command("npm").args(install).current_dir(&project))?;
    is_complete("agentid-wasm", &project.join("node_modules/agentid-wasm"))?;
    log.run(command(setup::npm_program("node")).arg("first.mjs").current_dir(&project))
}
