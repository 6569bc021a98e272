//! `agentid verify` as a whole process, beside the published Python package and a command for JSON
//! web tokens: `cargo xtask bench command`.
//!
//! One key signs for all. The programs take turns, so that the machine is the same for each.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

/// Rounds: each program runs once in each.
const ROUNDS: usize = 101;

/// What a caller of the Python package writes.
const SCRIPT: &str = "\
import sys, agentid
claims = agentid.verify_token(bytes.fromhex(sys.argv[1]), bytes.fromhex(sys.argv[2]))
print(claims.name, claims.project, claims.scopes)
";

/// PKCS #8 around an Ed25519 seed: RFC 8410.
const PKCS_8: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

fn main() -> Result<()> {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [agentid, jwt, python] = &paths[..] else { bail!("AGENTID JWT PYTHON: `cargo xtask bench command`") };
    let folder = tempfile::tempdir()?;
    let inputs = Inputs::new(agentid, jwt, folder.path())?;
    let programs = [
        (
            "`agentid verify`",
            of(agentid, &["verify", &inputs.token, "--pubkey", &inputs.key, "--scope", "read:arxiv"]),
        ),
        ("`jwt decode`, EdDSA", of(jwt, &["decode", "--alg", "EDDSA", "--secret", &inputs.jwt_key, &inputs.jwt])),
        ("Python, published package", of(python, &["-c", SCRIPT, &inputs.token_hex, &inputs.key])),
        ("`true`", of(Path::new("true"), &[])),
    ];
    let mut times = [const { Vec::new() }; 4];
    for _ in 0..ROUNDS {
        for ((name, program), times) in programs.iter().zip(&mut times) {
            times.push(measured(program).with_context(|| (*name).to_owned())?);
        }
    }
    println!("| process | ms, median | share of ours, quartiles |\n|---|---:|---:|");
    let ours = times[0].clone();
    for ((name, _), times) in programs.iter().zip(&mut times) {
        let mut shares: Vec<f64> = times.iter().zip(&ours).map(|(time, ours)| time / ours).collect();
        let [quarter, half, three] = quartiles(&mut shares);
        println!("| {name} | {:.1} | {half:.1} ({quarter:.1} to {three:.1}) |", quartiles(times)[1]);
    }
    Ok(())
}

/// A token and a JSON web token of the same key, with the same claims.
struct Inputs {
    token: String,
    token_hex: String,
    key: String,
    jwt: String,
    jwt_key: String,
}

impl Inputs {
    fn new(agentid: &Path, jwt: &Path, folder: &Path) -> Result<Self> {
        let agentid = |words: &[&str]| {
            let mut program = of(agentid, words);
            program.env("AGENTID_VAULT", folder.join("vault")).env("AGENTID_VAULT_PASSWORD", "benchmark");
            printed(&mut program)
        };
        agentid(&["init"])?;
        let agent = ["--name", "research-bot", "--project", "phd-lab"];
        let added = agentid(&[&["keys", "add", "--random"][..], &agent].concat())?;
        let key = added.split_whitespace().last().context("a public key")?.to_owned();
        let secret = folder.join("secret");
        let exported = ["keys", "export", "--secret-to", secret.to_str().context("UTF-8")?];
        agentid(&[&exported[..], &agent].concat())?;
        let mint = |format| {
            agentid(&[&["mint", "--scopes", "read:arxiv,write:notes", "--format", format][..], &agent].concat())
        };
        let (pkcs_8, public) = (folder.join("secret.der"), folder.join("public.der"));
        let seed = hex::decode(fs::read_to_string(secret)?.trim())?;
        fs::write(&pkcs_8, [&PKCS_8[..], &seed].concat())?;
        fs::write(&public, hex::decode(&key)?)?;
        let at = |path: &Path| format!("@{}", path.display());
        let claims = r#"{"name":"research-bot","project":"phd-lab","scopes":["read:arxiv","write:notes"]}"#;
        let encode = ["encode", "--alg", "EDDSA", "--exp=+15 minutes", "--secret", &at(&pkcs_8), claims];
        Ok(Self {
            token: mint("base64url")?,
            token_hex: mint("hex")?,
            jwt: printed(&mut of(jwt, &encode))?,
            jwt_key: at(&public),
            key,
        })
    }
}

fn of(program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

fn printed(program: &mut Command) -> Result<String> {
    let output = program.stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "{program:?}: {}", output.status);
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// The milliseconds from start to end of a process that must succeed.
fn measured(program: &Command) -> Result<f64> {
    let mut again = Command::new(program.get_program());
    again.args(program.get_args());
    let started = Instant::now();
    let output = again.output()?;
    let time = started.elapsed().as_secs_f64() * 1e3;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(time)
}

/// The first quartile, the median and the third quartile.
fn quartiles(values: &mut [f64]) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values.get(values.len() * quarter / 4).copied().unwrap_or_default())
}
