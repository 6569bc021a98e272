//! The list and its bundle: an older list does not replace a newer bundle, and programs that edit one
//! list at the same time lose nothing.
#![cfg(unix)]

use std::fs;
use std::process::{Command, Output};

#[test]
fn a_list_that_is_behind_its_bundle_builds_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let agentid = |words: &[&str]| -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_agentid"));
        command.current_dir(folder.path()).env("AGENTID_VAULT", "vault").env("AGENTID_VAULT_PASSWORD", "a test");
        command.args(words).output().expect("the command starts")
    };
    let done = |words: &[&str]| assert!(agentid(words).status.success(), "{words:?}");
    done(&["init"]);
    done(&["trust", "init", "--project", "phd-lab"]);
    done(&["trust", "build"]);
    let first = fs::read(path("trust.toml")).expect("the list");
    done(&["trust", "build"]);
    done(&["trust", "build"]);
    let (list, bundle) = (fs::read_to_string(path("trust.toml")).expect("the list"), fs::read(path("trust.bundle")));
    fs::write(path("trust.toml"), &first).expect("the older list");
    let refused = agentid(&["trust", "build"]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(3), "{said}");
    assert!(said.contains("has epoch 3, and the list would make 2 [epoch-behind]"), "{said}");
    assert!(said.contains("write epoch = 3 into the list"), "{said}");
    assert_eq!(fs::read(path("trust.toml")).expect("the list"), first, "nothing has changed");
    assert_eq!(fs::read(path("trust.bundle")).ok(), bundle.ok());
    // What the hint says helps.
    let older = String::from_utf8(first).expect("UTF-8");
    fs::write(path("trust.toml"), older.replace("epoch = 1", "epoch = 3")).expect("the list");
    assert_eq!(fs::read_to_string(path("trust.toml")).expect("the list"), list);
    done(&["trust", "build"]);
    // Another authority's bundle, or what is none, is in nobody's way.
    fs::write(path("trust.bundle"), "no bundle").expect("a file");
    done(&["trust", "build"]);
}

/// A list of one agent, in a folder with a vault.
struct World(tempfile::TempDir);

impl World {
    fn new() -> Self {
        let world = Self(tempfile::tempdir().expect("a folder"));
        world.done(&["init"]);
        world.done(&["trust", "init", "--project", "phd-lab"]);
        world
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_agentid"));
        command.current_dir(self.0.path()).env("AGENTID_VAULT", "vault").env("AGENTID_VAULT_PASSWORD", "a test");
        command.args(words);
        command
    }

    fn done(&self, words: &[&str]) {
        let output = self.command(words).output().expect("the command starts");
        assert!(output.status.success(), "{words:?}: {output:?}");
    }

    fn list(&self) -> String {
        fs::read_to_string(self.0.path().join("trust.toml")).expect("the list")
    }
}

#[test]
fn edits_at_the_same_time_are_all_kept() {
    let world = World::new();
    let keys: Vec<String> = (0..16_u8)
        .map(|number| {
            let seed = [number; 32];
            let agent = agentid_nostd::AgentIdentity::derive("bot", "phd-lab", Some(&seed)).expect("valid");
            hex::encode(agent.public_key().as_bytes())
        })
        .collect();
    let mut building = Vec::new();
    let running: Vec<_> = keys
        .iter()
        .map(|key| {
            building.push(world.command(&["trust", "build"]).spawn().expect("starts"));
            world.command(&["trust", "revoke", "--key", key]).spawn().expect("starts")
        })
        .collect();
    for mut child in running.into_iter().chain(building) {
        assert!(child.wait().expect("ends").success());
    }
    let list = world.list();
    for key in &keys {
        assert!(list.contains(key.as_str()), "{key} is lost:\n{list}");
    }
    assert!(list.contains("epoch = 16"), "each build has an epoch of its own:\n{list}");
}

#[test]
fn an_edit_keeps_the_mode_and_the_link_of_the_list() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    let path = |name: &str| world.0.path().join(name);
    fs::rename(path("trust.toml"), path("real.toml")).expect("own file");
    fs::set_permissions(path("real.toml"), fs::Permissions::from_mode(0o600)).expect("own file");
    std::os::unix::fs::symlink("real.toml", path("trust.toml")).expect("a link");
    world.done(&["trust", "build"]);
    assert!(path("trust.toml").is_symlink());
    assert!(fs::read_to_string(path("real.toml")).expect("the list").contains("epoch = 1"));
    assert_eq!(fs::metadata(path("real.toml")).expect("there").permissions().mode() & 0o777, 0o600);
    let same = world.command(&["trust", "build", "--out", "real.toml"]).output().expect("starts");
    assert_eq!(same.status.code(), Some(2), "{same:?}");
    assert!(world.list().contains("epoch = 1"));
}

#[test]
fn an_index_with_two_names_exchanged_lists_nobody() {
    let world = World::new();
    for name in ["admin-bot", "intern-bot"] {
        world.done(&["keys", "add", "--name", name, "--project", "phd-lab", "--random"]);
    }
    let index = world.0.path().join("vault/index.json");
    let text = fs::read_to_string(&index).expect("the index");
    let exchanged =
        text.replace("admin-bot", "x").replace("intern-bot", "admin-bot").replace("\"x\"", "\"intern-bot\"");
    fs::write(&index, exchanged).expect("own file");
    let admin = ["--name", "admin-bot", "--project", "phd-lab"];
    for verb in [&["trust", "add", "--ceiling", "*"][..], &["mint", "--scopes", "a"], &["keys", "show"]] {
        let refused = world.command(&[verb, &admin].concat()).output().expect("starts");
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(refused.status.code() == Some(3) && said.contains("[other-agent]"), "{verb:?}: {said}");
    }
    assert!(!world.list().contains("admin-bot"));
}

#[test]
fn a_folder_of_dev_that_is_not_ones_own_alone_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    world.done(&["dev", "made"]);
    world.done(&["dev", "made"]);
    let made = world.0.path().join("made");
    fs::write(world.0.path().join("precious"), "precious").expect("a file");
    fs::remove_file(made.join("settings")).expect("own file");
    std::os::unix::fs::symlink("../precious", made.join("settings")).expect("a link");
    world.done(&["dev", "made"]);
    assert_eq!(fs::read_to_string(world.0.path().join("precious")).expect("there"), "precious");
    fs::set_permissions(&made, fs::Permissions::from_mode(0o755)).expect("own folder");
    let refused = world.command(&["dev", "made"]).output().expect("starts");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("[folder-in-use]"), "{refused:?}");
}
