//! The vault: what it keeps, what it refuses, and that the published AgentID reads and writes the
//! same files.
#![cfg(all(unix, feature = "vault"))]

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use agentid_core::identity::AgentIdentity as PublishedIdentity;
use agentid_core::vault::Vault as PublishedVault;
use agentid_host::{KeyId, PublicKey, Signer, Vault, VaultError};
use tempfile::TempDir;

const PASSWORD: &str = "correct horse battery staple";
const SEED: &[u8] = b"32 random bytes, kept in a vault";
/// A key file of `research-bot` of `phd-lab` without a seed, written by `agentid-core` 0.1.0.
const PUBLISHED_FILE: &str = include_str!("published-vault-key.hex");
const PUBLISHED_ID: &str = "ag:sha256:022a6b577d76ae03";

fn new() -> (TempDir, Vault) {
    let folder = tempfile::tempdir().expect("a folder");
    let vault = Vault::init(&folder.path().join("vault")).expect("a vault");
    (folder, vault)
}

fn id(text: &str) -> KeyId {
    text.parse().expect("a fingerprint")
}

fn key_file(vault: &Vault, id: KeyId) -> PathBuf {
    vault.root().join("keys").join(id.to_string().replace(':', "_") + ".key")
}

fn index(vault: &Vault) -> PathBuf {
    vault.root().join("index.json")
}

fn write_private(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).expect("written");
    fs::set_permissions(path, Permissions::from_mode(0o600)).expect("private");
}

/// A vault with the published key file and no index.
fn with_published_file() -> (TempDir, Vault) {
    let (folder, vault) = new();
    let file = hex::decode(PUBLISHED_FILE.trim()).expect("hex");
    write_private(&key_file(&vault, id(PUBLISHED_ID)), &file);
    (folder, vault)
}

#[test]
fn a_key_comes_back_with_its_password_and_signs() {
    let (_folder, vault) = new();
    let entry = vault.add_derived("research-bot", "phd-lab", Some(SEED), PASSWORD).expect("added");
    let vault = Vault::open(vault.root()).expect("opened");
    let key = vault.unlock(entry.fingerprint, PASSWORD).expect("unlocked");
    assert_eq!((key.name(), key.project(), key.id()), ("research-bot", "phd-lab", entry.fingerprint));
    let signature = key.sign(b"message").expect("signed");
    entry.public_key.verify_signature(b"message", &signature).expect("its signature");
    assert_eq!(vault.find("research-bot", "phd-lab").expect("found"), entry.fingerprint);
    assert!(
        !format!("{key:?}")
            .contains(&hex::encode(vault.export(entry.fingerprint, PASSWORD).expect("exported").as_slice()))
    );
}

#[test]
fn the_published_key_file_opens() {
    let (_folder, vault) = with_published_file();
    assert_eq!(vault.list().expect("listed").unlisted, [id(PUBLISHED_ID)]);
    let key = vault.unlock(id(PUBLISHED_ID), PASSWORD).expect("unlocked");
    assert_eq!((key.name(), key.project()), ("research-bot", "phd-lab"));
    let public = "11a5d4234263750789354f87c9285d0973814ce9b2f9b7236fb07f8e1de8159e";
    assert_eq!(hex::encode(key.public_key().as_bytes()), public);
    let listing = vault.reindex(PASSWORD).expect("indexed");
    assert_eq!((listing.entries.len(), listing.unlisted.len()), (1, 0));
}

#[test]
fn the_published_library_reads_what_was_written_here() {
    let (_folder, vault) = new();
    let derived = vault.add_derived("research-bot", "phd-lab", Some(SEED), PASSWORD).expect("added");
    let random = vault.add_random("é \"quoted\" \\ bot", "日本", PASSWORD).expect("added");
    let published = PublishedVault::new(vault.root());
    let listed: Vec<_> = published.list().expect("listed").into_iter().map(|entry| entry.fingerprint).collect();
    assert_eq!(listed, [derived.fingerprint.to_string(), random.fingerprint.to_string()]);
    for entry in [derived, random] {
        let loaded = published.load(&entry.fingerprint.to_string(), PASSWORD).expect("loaded");
        assert_eq!((loaded.name.as_str(), loaded.project.as_str()), (entry.name.as_str(), entry.project.as_str()));
        assert_eq!(loaded.public_key(), *entry.public_key.as_bytes());
    }
}

#[test]
fn what_the_published_library_wrote_is_read_here_and_added_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("vault");
    let published = PublishedVault::new(&root);
    published.init().expect("made");
    let identity = PublishedIdentity::derive("research-bot", "phd-lab", Some(SEED)).expect("derived");
    published.store(&identity, PASSWORD).expect("stored");
    let vault = Vault::open(&root).expect("opened");
    let found = vault.find("research-bot", "phd-lab").expect("found");
    assert_eq!(vault.unlock(found, PASSWORD).expect("unlocked").public_key().as_bytes(), &identity.public_key());
    vault.add_random("door-opener", "building-7", PASSWORD).expect("added");
    assert_eq!(published.list().expect("listed").len(), 2);
    vault.change_password(PASSWORD, "another").expect("changed");
    assert!(published.load(&found.to_string(), "another").is_ok());
}

#[test]
fn an_empty_password_is_refused_and_can_be_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("vault");
    let published = PublishedVault::new(&root);
    published.init().expect("made");
    let identity = PublishedIdentity::derive("research-bot", "phd-lab", Some(SEED)).expect("derived");
    published.store(&identity, "").expect("the published library takes it");
    let vault = Vault::open(&root).expect("opened");
    let found = vault.find("research-bot", "phd-lab").expect("found");
    assert!(matches!(vault.unlock(found, ""), Err(VaultError::EmptyPassword)));
    assert!(matches!(vault.add_random("a", "b", ""), Err(VaultError::EmptyPassword)));
    assert!(matches!(vault.change_password("", ""), Err(VaultError::EmptyPassword)));
    assert_eq!(vault.change_password("", PASSWORD).expect("changed"), 1);
    assert!(vault.unlock(found, PASSWORD).is_ok());
}

#[test]
fn the_password_of_all_keys_changes_or_that_of_none() {
    let (_folder, vault) = with_published_file();
    let other = vault.add_random("door-opener", "building-7", PASSWORD).expect("added").fingerprint;
    assert!(matches!(vault.change_password("wrong", "new"), Err(VaultError::PasswordDiffers(_))));
    assert_eq!(vault.change_password(PASSWORD, "new").expect("changed"), 2);
    for id in [id(PUBLISHED_ID), other] {
        assert!(matches!(vault.unlock(id, PASSWORD), Err(VaultError::WrongPassword)));
        assert!(vault.unlock(id, "new").is_ok());
    }
}

#[test]
fn a_password_that_opens_no_key_adds_none() {
    let (_folder, vault) = with_published_file();
    assert!(matches!(vault.add_random("a", "b", "mistyped"), Err(VaultError::PasswordDiffers(_))));
    assert_eq!(vault.list().expect("listed").unlisted, [id(PUBLISHED_ID)]);
}

#[test]
fn a_key_that_is_there_is_not_overwritten_even_without_an_index() {
    let (_folder, vault) = with_published_file();
    let before = fs::read(key_file(&vault, id(PUBLISHED_ID))).expect("read");
    let again = vault.add_derived("research-bot", "phd-lab", None, PASSWORD);
    assert!(matches!(again, Err(VaultError::AlreadyThere(_))));
    assert_eq!(fs::read(key_file(&vault, id(PUBLISHED_ID))).expect("read"), before);
}

#[test]
fn a_file_under_another_name_is_refused() {
    let (_folder, vault) = with_published_file();
    let other = id("ag:sha256:0000000000000001");
    fs::rename(key_file(&vault, id(PUBLISHED_ID)), key_file(&vault, other)).expect("renamed");
    assert!(matches!(vault.unlock(other, PASSWORD), Err(VaultError::OtherKey { .. })));
    assert!(matches!(vault.export(other, PASSWORD), Err(VaultError::OtherKey { .. })));
}

#[test]
fn every_byte_of_a_key_file_counts() {
    let file = hex::decode(PUBLISHED_FILE.trim()).expect("hex");
    let (_folder, vault) = with_published_file();
    let path = key_file(&vault, id(PUBLISHED_ID));
    let opens = |file: &[u8]| {
        write_private(&path, file);
        vault.unlock(id(PUBLISHED_ID), PASSWORD)
    };
    // Magic, version, salt, nonce, ciphertext, tag. The iterations have a test of their own.
    for at in [0, 3, 4, 5, 20, 21, 32, 37, 60, file.len() - 16, file.len() - 1] {
        let mut file = file.clone();
        file[at] ^= 1;
        let error = opens(&file).expect_err("changed");
        assert!(matches!(error, VaultError::Damaged(_) | VaultError::WrongPassword), "byte {at}: {error}");
    }
    for len in [0, 4, 5, 36, 37, 52] {
        assert!(matches!(opens(&file[..len]), Err(VaultError::Damaged(_))), "{len} bytes");
    }
}

#[test]
fn a_number_of_iterations_that_hangs_or_does_not_protect_is_refused() {
    let file = hex::decode(PUBLISHED_FILE.trim()).expect("hex");
    let (_folder, vault) = with_published_file();
    for iterations in [0, 1, 49_999, 10_000_001, u32::MAX] {
        let mut file = file.clone();
        file[33..37].copy_from_slice(&iterations.to_be_bytes());
        write_private(&key_file(&vault, id(PUBLISHED_ID)), &file);
        assert!(matches!(vault.unlock(id(PUBLISHED_ID), PASSWORD), Err(VaultError::Damaged(_))), "{iterations}");
    }
}

#[test]
fn an_index_with_paths_touches_nothing_outside() {
    let (folder, vault) = with_published_file();
    vault.reindex(PASSWORD).expect("indexed");
    let outside = folder.path().join("precious.key");
    write_private(&outside, b"precious");
    let text = fs::read_to_string(index(&vault)).expect("read");
    write_private(&index(&vault), text.replace(PUBLISHED_ID, "../../precious").as_bytes());
    assert!(vault.list().expect("listed").entries.is_empty());
    assert!(matches!(vault.find("research-bot", "phd-lab"), Err(VaultError::UnknownAgent { .. })));
    assert!(matches!("../../precious".parse::<KeyId>(), Err(VaultError::InvalidFingerprint(_))));
    vault.add_random("a", "b", PASSWORD).expect("added");
    assert_eq!(vault.list().expect("listed").entries.len(), 2, "the index is made anew");
    assert_eq!(fs::read(&outside).expect("read"), b"precious");
}

#[test]
fn an_entry_with_the_key_of_another_is_left_out() {
    let (_folder, vault) = with_published_file();
    vault.reindex(PASSWORD).expect("indexed");
    let text = fs::read_to_string(index(&vault)).expect("read");
    let other = vault.add_random("a", "b", PASSWORD).expect("added").public_key;
    let public = "11a5d4234263750789354f87c9285d0973814ce9b2f9b7236fb07f8e1de8159e";
    write_private(&index(&vault), text.replace(public, &hex::encode(other.as_bytes())).as_bytes());
    assert_eq!(vault.list().expect("listed").entries, []);
}

#[test]
fn a_damaged_index_is_made_anew_and_no_key_is_lost() {
    let (_folder, vault) = with_published_file();
    vault.reindex(PASSWORD).expect("indexed");
    for damaged in [&b"{\"version\":1,\"entr"[..], b"", b"{\"version\":2,\"entries\":[]}", b"[]"] {
        write_private(&index(&vault), damaged);
        let listing = vault.list().expect("listed");
        assert_eq!((listing.entries.len(), listing.unlisted), (0, vec![id(PUBLISHED_ID)]));
        assert_eq!(vault.reindex(PASSWORD).expect("indexed").entries[0].name, "research-bot");
    }
}

#[test]
fn several_keys_of_an_agent_are_told_apart_by_fingerprint() {
    let (_folder, vault) = new();
    let keys = [(); 2].map(|()| vault.add_random("research-bot", "phd-lab", PASSWORD).expect("added").fingerprint);
    let Err(VaultError::SeveralKeys { keys: found, .. }) = vault.find("research-bot", "phd-lab") else {
        panic!("two keys");
    };
    assert_eq!(found, keys);
    vault.remove(keys[0]).expect("removed");
    assert_eq!(vault.find("research-bot", "phd-lab").expect("one key"), keys[1]);
    assert!(matches!(vault.remove(keys[0]), Err(VaultError::UnknownKey(_))));
}

#[test]
fn names_and_keys_that_the_core_refuses_are_not_added() {
    let (_folder, vault) = new();
    for (name, secret) in [("", [1; 32]), ("a\0b", [1; 32]), ("a", [0; 32])] {
        assert!(matches!(vault.add_secret(name, "b", &secret, PASSWORD), Err(VaultError::Refused(_))), "{name:?}");
    }
    assert!(matches!(vault.add_derived("a", "b", Some(b"short"), PASSWORD), Err(VaultError::Refused(_))));
    assert!(vault.list().expect("listed").entries.is_empty());
}

#[test]
fn files_are_private_from_the_start_and_loose_ones_are_refused() {
    let (_folder, vault) = new();
    let entry = vault.add_random("a", "b", PASSWORD).expect("added");
    let file = key_file(&vault, entry.fingerprint);
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o7777;
    for folder in [vault.root(), &vault.root().join("keys")] {
        assert_eq!(mode(folder), 0o700);
    }
    for path in [&file, &index(&vault), &vault.root().join("lock")] {
        assert_eq!(mode(path), 0o600);
    }
    fs::set_permissions(&file, Permissions::from_mode(0o640)).expect("set");
    let error = vault.unlock(entry.fingerprint, PASSWORD).expect_err("loose");
    assert!(matches!(error, VaultError::LoosePermissions { mode: 0o640, .. }));
    assert_eq!(error.hint().expect("a hint"), format!("run: chmod 600 '{}'", file.display()));
    fs::set_permissions(vault.root(), Permissions::from_mode(0o755)).expect("set");
    assert!(matches!(Vault::open(vault.root()), Err(VaultError::LoosePermissions { mode: 0o755, .. })));
}

#[test]
fn symbolic_links_are_not_followed() {
    let (folder, vault) = with_published_file();
    let file = key_file(&vault, id(PUBLISHED_ID));
    let elsewhere = folder.path().join("elsewhere");
    fs::rename(&file, &elsewhere).expect("renamed");
    symlink(&elsewhere, &file).expect("linked");
    assert!(matches!(vault.unlock(id(PUBLISHED_ID), PASSWORD), Err(VaultError::Symlink(_))));
    let linked = folder.path().join("linked");
    symlink(vault.root(), &linked).expect("linked");
    assert!(matches!(Vault::open(&linked), Err(VaultError::Symlink(_))));
    fs::remove_file(vault.root().join("lock")).expect("removed");
    symlink(&elsewhere, vault.root().join("lock")).expect("linked");
    assert!(matches!(vault.remove(id(PUBLISHED_ID)), Err(VaultError::Symlink(_))));
}

#[test]
fn a_pipe_in_place_of_a_file_does_not_hang() {
    let (_folder, vault) = new();
    let path = key_file(&vault, id(PUBLISHED_ID));
    assert!(std::process::Command::new("mkfifo").arg("-m").arg("600").arg(&path).status().expect("mkfifo").success());
    assert!(matches!(vault.unlock(id(PUBLISHED_ID), PASSWORD), Err(VaultError::WrongKind { .. })));
}

#[test]
fn a_folder_without_a_vault_is_none() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(matches!(Vault::open(&folder.path().join("no")), Err(VaultError::NotInitialized(_))));
}

#[test]
fn an_interrupted_change_of_password_is_ended_or_undone() {
    let (_folder, vault) = with_published_file();
    let path = key_file(&vault, id(PUBLISHED_ID));
    let old = fs::read(&path).expect("read");
    vault.change_password(PASSWORD, "new").expect("changed");
    let new = fs::read(&path).expect("read");
    let next = path.with_extension("key.next");
    // Undecided: the old key file stays.
    write_private(&path, &old);
    write_private(&next, &new);
    vault.add_random("a", "b", PASSWORD).expect("the old password");
    assert!(!next.exists());
    vault.remove(vault.find("a", "b").expect("found")).expect("removed");
    // Decided: the new one takes its place, even for a reader.
    write_private(&next, &new);
    write_private(&vault.root().join("rekey-decided"), b"");
    assert!(vault.unlock(id(PUBLISHED_ID), "new").is_ok());
    assert!(!next.exists() && !vault.root().join("rekey-decided").exists());
}

#[test]
fn a_public_key_of_the_index_is_a_key() {
    let (_folder, vault) = new();
    let entry = vault.add_random("a", "b", PASSWORD).expect("added");
    assert_eq!(PublicKey::from_bytes(entry.public_key.as_bytes()), Ok(entry.public_key));
}

/// A key that is added while the password changes has the new one, or is not added.
#[test]
fn a_key_added_during_a_change_of_password_is_not_left_behind() {
    let (_folder, vault) = new();
    vault.add_random("first", "phd-lab", PASSWORD).expect("added");
    let mut password = PASSWORD.to_owned();
    for round in 0..4 {
        let next = format!("password {round}");
        std::thread::scope(|scope| {
            let (old, new, vault) = (&password, &next, &vault);
            let changed = scope.spawn(move || {
                loop {
                    match vault.change_password(old, new) {
                        Err(VaultError::Changed) => {}
                        other => break other,
                    }
                }
            });
            // The old password is looked at before the change, and the key is added behind it.
            std::thread::sleep(std::time::Duration::from_millis(40 * round));
            let added = vault.add_random("bot", &format!("project-{round}"), old);
            changed.join().expect("no panic").expect("the password is that of every key");
            assert!(matches!(added, Ok(_) | Err(VaultError::PasswordDiffers(_) | VaultError::Changed)), "{added:?}");
            if let Ok(entry) = added {
                assert!(vault.unlock(entry.fingerprint, &next).is_ok(), "it has the old password");
                vault.remove(entry.fingerprint).expect("removed");
            }
        });
        password = next;
    }
    vault.change_password(&password, PASSWORD).expect("every key has the password");
}
