//! Programs that are killed in the middle of a change, and many that change a vault at once:
//! nothing is lost, and the state is the old or the new one.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use agentid_host::Vault;
use tempfile::TempDir;

const OLD: &str = "the old password";
const NEW: &str = "the new password";
/// Every call by which a program changes a file.
const CALLS: [&str; 9] =
    ["write", "fsync", "ftruncate", "fchmod", "rename", "renameat2", "linkat", "unlink", "flock"];

/// A vault of two keys, and the files that the verbs need.
fn vault() -> (TempDir, Vault) {
    let folder = tempfile::tempdir().expect("a folder");
    let vault = Vault::init(&folder.path().join("vault")).expect("a vault");
    for name in ["one", "two"] {
        vault.add_random(name, "project", OLD).expect("added");
    }
    for (name, text) in [("old", OLD), ("new", NEW)] {
        fs::write(folder.path().join(name), text).expect("written");
    }
    (folder, vault)
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-rp").args([from, to]).status().expect("cp").success());
}

/// Runs a verb in the folder, killed at the call of this kind and number.
fn killed_at(call: &str, number: u32, folder: &Path, verb: &[&str]) -> Output {
    Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}")])
        .args(["-e", &format!("inject={call}:signal=SIGKILL:when={number}")])
        .arg(env!("CARGO_BIN_EXE_agentid"))
        .args(["--root", "vault", "--password-file", "old"])
        .args(verb)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .expect("strace is installed: `cargo xtask setup`")
}

/// Kills the verb at its first call of each kind, at its second and so on, each time in a new copy
/// of the vault. Returns at how many calls it was killed.
fn kill_everywhere(verb: &[&str], mut check: impl FnMut(&Vault)) -> u32 {
    let (template, _) = vault();
    let mut killed = 0;
    for call in CALLS {
        for number in 1.. {
            let folder = tempfile::tempdir().expect("a folder");
            for name in ["vault", "old", "new"] {
                copy(&template.path().join(name), &folder.path().join(name));
            }
            let output = killed_at(call, number, folder.path(), verb);
            check(&Vault::open(&folder.path().join("vault")).expect("a vault"));
            if output.status.success() {
                break;
            }
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.code().is_none() && number < 200, "{call} {number}: {said}");
            killed += 1;
        }
    }
    killed
}

/// The names of the keys that a password opens, after the index was made anew.
fn opened(vault: &Vault, password: &str) -> Vec<String> {
    let listing = vault.reindex(password).expect("indexed");
    let ids = listing.entries.iter().map(|entry| entry.fingerprint).chain(listing.unlisted);
    let mut names: Vec<String> =
        ids.filter_map(|id| Some(vault.unlock(id, password).ok()?.name().to_owned())).collect();
    names.sort();
    names
}

/// A program that was killed leaves nothing behind once the next one has changed something.
fn is_clean(vault: &Vault) -> bool {
    let names = |folder: &Path| -> Vec<String> {
        let entries = fs::read_dir(folder).expect("read");
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("Unicode")).collect()
    };
    let (root, keys) = (names(vault.root()), names(&vault.root().join("keys")));
    root.iter().all(|name| ["index.json", "keys", "lock"].contains(&name.as_str()))
        && keys.iter().all(|name| name.ends_with(".key"))
}

#[test]
fn a_key_is_added_or_not() {
    let (mut without, mut with) = (0, 0);
    let killed = kill_everywhere(&["keys", "add", "--name", "new", "--project", "project", "--random"], |vault| {
        match opened(vault, OLD).as_slice() {
            names if names == ["one", "two"] => without += 1,
            names if names == ["new", "one", "two"] => with += 1,
            other => panic!("{other:?}"),
        }
        assert!(is_clean(vault));
    });
    assert!(killed > 8 && without > 2 && with > 2, "{killed} {without} {with}");
}

#[test]
fn a_key_is_removed_or_not() {
    let (mut there, mut gone) = (0, 0);
    let killed = kill_everywhere(&["keys", "remove", "--name", "one", "--project", "project", "--yes"], |vault| {
        match opened(vault, OLD).as_slice() {
            names if names == ["one", "two"] => there += 1,
            names if names == ["two"] => gone += 1,
            other => panic!("{other:?}"),
        }
        assert!(is_clean(vault));
    });
    assert!(killed > 4 && there > 1 && gone > 1, "{killed} {there} {gone}");
}

#[test]
fn the_password_of_both_keys_is_changed_or_of_none() {
    let (mut old, mut new) = (0, 0);
    let killed = kill_everywhere(&["keys", "passwd", "--new-password-file", "new"], |vault| {
        // A reader comes first: it must not see one key of each.
        match (opened(vault, OLD).len(), opened(vault, NEW).len()) {
            (2, 0) => old += 1,
            (0, 2) => new += 1,
            other => panic!("{other:?}"),
        }
        assert!(is_clean(vault));
    });
    assert!(killed > 12 && old > 4 && new > 4, "{killed} {old} {new}");
}

#[test]
fn programs_that_add_at_once_lose_nothing() {
    const PROGRAMS: usize = 64;
    let (folder, vault) = vault();
    let add = |number: usize| {
        Command::new(env!("CARGO_BIN_EXE_agentid"))
            .args(["--root", "vault", "--password-file", "old", "keys", "add", "--random", "--project", "many"])
            .args(["--name", &number.to_string()])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("started")
    };
    let programs: Vec<_> = (0..PROGRAMS).map(add).collect();
    for mut program in programs {
        assert!(program.wait().expect("ended").success());
    }
    let listing = vault.list().expect("listed");
    assert_eq!((listing.entries.len(), listing.unlisted.len()), (PROGRAMS + 2, 0));
    for number in 0..PROGRAMS {
        vault.find(&number.to_string(), "many").expect("there");
    }
}
