//! Everything that the targets were ever shown to be worth, again, on stable: the vectors,
//! `corpus/TARGET/`, and what once crashed them, in `crashes/TARGET/`.

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use agentid_fuzz::{seeds, targets};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What lies in a folder of this crate; nothing where there is none.
fn listed(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).map_or(Vec::new(), Iterator::collect);
    let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn stems(folder: &str) -> BTreeSet<String> {
    listed(folder).iter().map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned()).collect()
}

#[test]
fn every_input_on_disk_and_every_seed_passes() {
    let mut failed = Vec::new();
    for (target, run) in targets::ALL {
        let seeds = seeds::of(target).into_iter().enumerate().map(|(number, seed)| (format!("seed {number}"), seed));
        let kept = ["corpus", "crashes"].into_iter().flat_map(|kind| listed(&format!("{kind}/{target}")));
        let kept = kept.map(|path| (path.display().to_string(), fs::read(path).expect("readable")));
        let mut count = 0;
        for (name, input) in seeds.chain(kept) {
            count += 1;
            if catch_unwind(AssertUnwindSafe(|| run(&input))).is_err() {
                failed.push(format!("{target}: {name}"));
            }
        }
        assert!(count > 0, "{target} has no input at all");
        println!("{target}: {count}");
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn no_target_is_forgotten() {
    let names: BTreeSet<String> = targets::ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(stems("fuzz_targets"), names);
    assert_eq!(stems("corpus"), names, "each target has a corpus, and there is no other");
    assert!(stems("crashes").is_subset(&names), "crashes of a target that there is not");
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("readable");
    let paths: BTreeSet<&str> = manifest.lines().filter(|line| line.starts_with("path = \"fuzz_targets/")).collect();
    assert_eq!(paths.len(), names.len(), "{paths:?}");
}
