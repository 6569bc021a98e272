//! `agent.toml`: found upwards, one source of the key, never a file that another user can change.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

const SEED: &str = "32 random bytes, kept in a vault";

struct World(TempDir);

impl World {
    /// A vault, and a folder `agent` with this `agent.toml`.
    fn new(agent_toml: &str) -> Self {
        let world = Self(tempfile::tempdir().expect("a folder"));
        fs::create_dir_all(world.path("agent/below/deeper")).expect("folders");
        fs::write(world.path("agent/agent.toml"), agent_toml).expect("a file");
        let (exit_code, answer) = world.run("", &["init"]);
        assert_eq!(exit_code, 0, "{answer}");
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The exit code and the answer in a folder.
    fn run(&self, folder: &str, words: &[&str]) -> (i32, Value) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_agentid"));
        command
            .current_dir(self.path(folder))
            .env("AGENTID_VAULT", self.path("vault"))
            .env("AGENTID_VAULT_PASSWORD", "correct horse");
        let output = command.env("AGENT_SEED", SEED).arg("--json").args(words).output().expect("the command starts");
        let bytes = if output.stdout.is_empty() { &output.stderr } else { &output.stdout };
        let answer =
            serde_json::from_slice(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned().into());
        (output.status.code().expect("not killed"), answer)
    }

    fn add(&self, folder: &str) -> (i32, String) {
        let (exit_code, answer) = self.run(folder, &["keys", "add"]);
        (
            exit_code,
            answer["error"]["name"].as_str().or(answer["fingerprint"].as_str()).unwrap_or("neither").to_owned(),
        )
    }
}

fn refused(exit_code: i32, name: &str) -> (i32, String) {
    (exit_code, name.to_owned())
}

const AGENT: &str = "name = \"research-bot\"\nproject = \"phd-lab\"\n";

#[test]
fn it_names_the_agent_of_the_folders_below() {
    let world = World::new(&format!("{AGENT}seed-variable = \"AGENT_SEED\""));
    assert_eq!(world.add("agent/below/deeper").0, 0);
    for verb in [&["mint", "--scopes", "read:arxiv"][..], &["keys", "show"]] {
        let (exit_code, answer) = world.run("agent/below", verb);
        assert_eq!((exit_code, answer["fingerprint"].as_str()), (0, Some("ag:sha256:c1697d7db006657e")), "{answer}");
    }
    // Options win, and need a source of their own.
    let other = ["keys", "add", "--name", "other", "--project", "phd-lab"];
    assert_eq!(world.run("agent", &other).1["error"]["name"], "no-key-source");
    assert_eq!(world.run("agent", &["keys", "add", "--name", "other"]).0, 2);
}

#[test]
fn the_seed_comes_from_where_it_says() {
    let by_variable = World::new(&format!("{AGENT}seed-variable = \"AGENT_SEED\""));
    let by_file = World::new(&format!("{AGENT}seed-file = \"secrets/seed\""));
    fs::create_dir(by_file.path("agent/secrets")).expect("a folder");
    let seed = by_file.path("agent/secrets/seed");
    fs::write(&seed, SEED).expect("a file");
    fs::set_permissions(&seed, fs::Permissions::from_mode(0o644)).expect("own file");
    assert_eq!(by_file.add("agent"), refused(3, "seed-not-secret"));
    fs::set_permissions(&seed, fs::Permissions::from_mode(0o600)).expect("own file");
    let key = by_variable.add("agent");
    assert_eq!(key, (0, "ag:sha256:c1697d7db006657e".to_owned()));
    assert_eq!(by_file.add("agent/below"), key);
    let (first, second) =
        (World::new(&format!("{AGENT}key = \"random\"")), World::new(&format!("{AGENT}key = \"random\"")));
    assert_ne!(first.add("agent"), second.add("agent"));
}

#[test]
fn what_it_does_not_say_is_refused() {
    for (rest, expected) in [
        ("", refused(3, "no-key-source")),
        ("key = \"none\"", refused(3, "agent-file")),
        ("secret = \"x\"", refused(3, "agent-file")),
        ("key = \"random\"\nseed-file = \"seed\"", refused(3, "agent-file")),
        ("seed-file = \"missing\"", refused(4, "system")),
        ("seed-variable = \"NO_SUCH_VARIABLE\"", refused(3, "no-seed")),
        ("= broken", refused(3, "agent-file")),
        ("seed-file = \"/etc/services\"", refused(3, "agent-file")),
        ("seed-file = \"../seed\"", refused(3, "agent-file")),
    ] {
        assert_eq!(World::new(&format!("{AGENT}{rest}")).add("agent"), expected, "{rest}");
    }
    assert_eq!(World::new("name = \"research-bot\"").add("agent"), refused(3, "agent-file"));
    assert_eq!(World::new(AGENT).add(""), refused(2, "no-agent"));
}

#[test]
fn a_key_that_goes_or_leaves_the_vault_is_named() {
    let world = World::new(&format!("{AGENT}key = \"random\""));
    assert_eq!(world.add("agent").0, 0);
    for verb in [&["keys", "remove", "--yes"][..], &["keys", "export", "--secret-to", "secret"]] {
        let (exit_code, answer) = world.run("agent", verb);
        assert_eq!((exit_code, &answer["error"]["name"]), (2, &"no-key-named".into()), "{answer}");
    }
}

#[test]
fn a_file_that_others_can_change_is_refused() {
    let world = World::new(&format!("{AGENT}key = \"random\""));
    let file = world.path("agent/agent.toml");
    let loose = |mode| fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("own file");
    loose(0o646);
    assert_eq!(world.add("agent"), refused(3, "agent-file-of-others"));
    loose(0o644);
    // Only root can give a file away.
    if chown(&file, Some(12_345), None).is_ok() {
        assert_eq!(world.add("agent"), refused(3, "agent-file-of-others"));
        let link = Path::new("elsewhere.toml");
        fs::rename(&file, world.path("agent").join(link)).expect("own folder");
        std::os::unix::fs::symlink(link, &file).expect("a link");
        assert_eq!(world.add("agent"), refused(3, "agent-file-of-others"), "behind a link of one's own");
    }
}

/// A link in a repository can lead to a file that is secret: no line of it is printed.
#[test]
fn no_text_of_a_file_that_is_none_reaches_the_error() {
    let world = World::new("machine example.org login me password hunter2");
    let (exit_code, answer) = world.run("agent", &["keys", "add"]);
    assert_eq!((exit_code, &answer["error"]["name"]), (3, &"agent-file".into()));
    assert!(!answer.to_string().contains("hunter2"), "{answer}");
    let escape = World::new("name = \"\\u001b]0;pwned\\u0007\"\nproject = \"p\"\nkey = \"random\"");
    let mut command = Command::new(env!("CARGO_BIN_EXE_agentid"));
    command.current_dir(escape.path("agent")).env("AGENTID_VAULT", escape.path("vault"));
    let output =
        command.env("AGENTID_VAULT_PASSWORD", "correct horse").args(["keys", "show"]).output().expect("starts");
    assert!(output.stderr.starts_with(b"error: ") && !output.stderr.contains(&0x1b), "{output:?}");
}
