//! An older list from version control does not replace a newer bundle.
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
