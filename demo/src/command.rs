//! The command `agentid` in an empty folder, as a person types it, and the published library on the
//! same vault.

use std::path::Path;
use std::process::{Command, Output};

use agentid_core::TokenBuilder as PublishedBuilder;
use agentid_core::identity::AgentIdentity as Published;
use agentid_core::vault::Vault as PublishedVault;
use anyhow::{Context, Result, bail};

const PASSWORD: &str = "the password of a demo";

/// Shows what each command prints, and says whether every verdict is the one announced.
pub(crate) fn show(now: i64) -> Result<bool> {
    let world = tempfile::tempdir()?;
    let agentid = |words: &str| run(world.path(), words);
    for words in [
        "init",
        "keys add --name door-opener --project building-7 --random",
        "trust init --project building-7",
        "trust add --name door-opener --project building-7 --ceiling door:*:open",
        "trust build",
    ] {
        printed(&agentid(words)?)?;
    }
    let minted = agentid("mint --name door-opener --project building-7 --scopes door:north:open --max-calls 1")?;
    let token = printed(&minted)?;
    let list = std::fs::read_to_string(world.path().join("trust.toml"))?;
    let authority = list.lines().find_map(|line| line.strip_prefix("authority = \"")?.strip_suffix('"'));
    let verify = |token: &str, scope: &str| {
        let authority = authority.unwrap_or_default();
        agentid(&format!("verify {token} --bundle trust.bundle --authority {authority} --scope {scope}"))
    };
    let mut as_announced = is(0, &verify(&token, "door:north:open")?);
    as_announced &= is(1, &verify(&token, "door:south:open")?);

    println!("\n  The published library opens that vault, and adds an agent that the command then mints for:\n");
    let vault = PublishedVault::new(world.path().join("vault"));
    let index = std::fs::read_to_string(world.path().join("vault/index.json"))?;
    // The first that was added.
    let fingerprint = index.split('"').find(|text| text.starts_with("ag:sha256:")).context("a fingerprint")?;
    let opened = vault.load(fingerprint, PASSWORD)?;
    let by_published = PublishedBuilder::new(&opened).scopes(["door:north:open"]).issued_at(now).build()?;
    as_announced &= is(0, &verify(&hex::encode(by_published), "door:north:open")?);
    vault.store(&Published::derive("auditor", "building-7", Some(b"a demo seed of the published one"))?, PASSWORD)?;
    as_announced &= is(0, &agentid("mint --name auditor --project building-7 --scopes read:log")?);
    Ok(as_announced)
}

/// Runs the command, and prints it with its answer.
fn run(folder: &Path, words: &str) -> Result<Output> {
    let program = std::env::current_exe()?.with_file_name("agentid");
    let mut command = Command::new(&program);
    command.current_dir(folder).env("AGENTID_VAULT", "vault").env("AGENTID_VAULT_PASSWORD", PASSWORD);
    let output = command.args(words.split(' ')).output();
    let output = output.with_context(|| format!("{}: `cargo xtask demo` builds it", program.display()))?;
    println!("  $ agentid {}", cut(words));
    for line in String::from_utf8_lossy(&output.stdout).lines().chain(String::from_utf8_lossy(&output.stderr).lines())
    {
        println!("    {}", cut(line));
    }
    Ok(output)
}

/// A line that fits on a terminal.
fn cut(line: &str) -> String {
    let words = line
        .split(' ')
        .map(|word| if word.len() > 64 { format!("{}..", word.get(..24).unwrap_or(word)) } else { word.to_owned() });
    words.collect::<Vec<_>>().join(" ")
}

/// What a command printed that had to succeed.
fn printed(output: &Output) -> Result<String> {
    if !output.status.success() {
        bail!("the command failed: {}", output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn is(exit_code: i32, output: &Output) -> bool {
    output.status.code() == Some(exit_code)
}
