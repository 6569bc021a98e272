//! The invariants of `ARCHITECTURE.md` and of the repository as a whole, checked on the source
//! text.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::process::{command, output, root};
use crate::supply;

/// The modules of the core, bottom to top: each may use only those before it. `ARCHITECTURE.md`
/// draws it.
const CORE_MODULES: [&str; 27] = [
    "error",
    "error_class",
    "layout",
    "automaton",
    "grammar",
    "plain",
    "reader",
    "writer",
    "hash_key",
    "text",
    "clock",
    "policy",
    "explanation",
    "token",
    "signature",
    "fingerprint",
    "identity",
    "mint",
    "trust",
    "usage",
    "shared",
    "verify",
    "owned",
    "call",
    "admission",
    "gate",
    "lib",
];

/// The module that alone may name a curve library.
const OF_THE_CURVE: &str = "signature";
const CURVE_LIBRARIES: [&str; 4] = ["agentid_ed25519", "ed25519_compact", "ed25519_dalek", "curve25519_dalek"];

/// The crates below the core, and the crates of this repository that each may use.
const BELOW_THE_CORE: [(&str, &[&str]); 2] = [
    ("agentid-nostd/hash/src/", &["agentid_hash"]),
    ("agentid-nostd/ed25519/src/", &["agentid_ed25519", "agentid_hash"]),
];

/// What must not occur anywhere in the core, outside comments and tests.
const NOT_IN_THE_CORE: [&str; 7] = ["std", "alloc", "extern", "unsafe", "SystemTime", "Box", "Vec"];

/// Except here, behind features that a device leaves out: claims and ledgers on the heap, and
/// ledgers behind a lock.
const OF_THE_HEAP: [&str; 4] = ["std", "alloc", "Box", "Vec"];
const WITH_A_HEAP: [&str; 2] = ["owned", "shared"];
/// The lines of the root that let them: two crates, and one module.
const HEAP_IN_THE_ROOT: [&str; 4] =
    ["extern crate alloc;", "extern crate std;", "#[cfg(feature = \"alloc\")]", "#[cfg(feature = \"std\")]"];

/// The types of the core that hold a secret, and what compares: a comparison may end at the first
/// byte that differs.
const SECRETS: [&str; 2] = ["SigningKey", "AgentIdentity"];
const COMPARISONS: [&str; 4] = ["PartialEq", "Eq", "PartialOrd", "Ord"];

/// The names that secret bytes go by.
const SECRET_BYTES: [&str; 4] = ["secret", "seed", "pseudorandom_key", "sk"];

/// A file has one job; past this many lines a second one has crept in.
const MAX_LINES: usize = 400;

/// All checks; every failure is reported.
pub(crate) fn check() -> Result<()> {
    let files = tracked_files()?;
    let mut faults = Vec::new();
    for (path, text) in &files {
        if path.starts_with("agentid-nostd/src/") {
            core_module(path, text, &mut faults);
        }
        for (folder, own) in BELOW_THE_CORE.into_iter().filter(|(folder, _)| path.starts_with(folder)) {
            below_the_core(path, text, folder, own, &mut faults);
        }
        if path.ends_with(".rs") && text.lines().count() > MAX_LINES {
            faults.push(format!("{path} has more than {MAX_LINES} lines: which second job is it doing?"));
        }
        one_machine(path, text, &mut faults);
    }
    readme_rows(&files, &mut faults);
    panic_free(&files, &mut faults);
    architecture_rows(&files, &mut faults);
    supply::check(&files, &mut faults);
    if faults.is_empty() {
        return Ok(());
    }
    bail!("{}", faults.join("\n"))
}

/// Every text file that git knows, by its path.
fn tracked_files() -> Result<Vec<(String, String)>> {
    let list = output(command("git").args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]))
        .context("this needs git and a checkout")?;
    let paths = list.split('\0').filter(|path| !path.is_empty());
    // A file that is not UTF-8 is data; one that was just deleted is still listed.
    Ok(paths.filter_map(|path| Some((path.to_owned(), fs::read_to_string(root().join(path)).ok()?))).collect())
}

fn core_module(path: &str, text: &str, faults: &mut Vec<String>) {
    let module = path.trim_start_matches("agentid-nostd/src/").trim_end_matches(".rs");
    let name = module.split('/').next().unwrap_or(module);
    let Some(height) = CORE_MODULES.iter().position(|module| *module == name) else {
        faults.push(format!("{path}: say in xtask/src/tidy.rs and ARCHITECTURE.md where this module belongs"));
        return;
    };
    // A module for tests alone may do as tests do.
    if path.ends_with("/testing.rs") {
        return;
    }
    let tests = text.find("#[cfg(test)]").unwrap_or(text.len());
    for (number, line) in text[..tests].lines().enumerate().map(|(index, line)| (index + 1, line)) {
        let code = line.split("//").next().unwrap_or_default();
        let mut fault = |what: &str| faults.push(format!("{path}:{number}: {what}"));
        for above in &CORE_MODULES[height + 1..] {
            let by_super = module == name && has_path(code, &format!("super::{above}"));
            if by_super || has_path(code, &format!("crate::{above}")) {
                fault(&format!("{name} must not use {above}, which is above it"));
            }
        }
        let root_item = code.split("crate::").skip(1).any(|rest| !rest.starts_with(|c: char| c.is_lowercase()));
        if name != "lib" && (root_item || code.contains("super::super")) {
            fault("name a module behind `crate::`, one per line, so that the direction can be seen");
        }
        if name != OF_THE_CURVE && words(code).any(|word| CURVE_LIBRARIES.contains(&word)) {
            fault("only `signature/` names a curve library");
        }
        if compares_a_secret(code, text.lines().nth(number).unwrap_or_default()) {
            fault("a secret is not compared: how long that takes would tell where it differs");
        }
        let may_be = |word: &str| match name {
            "lib" => HEAP_IN_THE_ROOT.contains(&code.trim()),
            _ => WITH_A_HEAP.contains(&name) && OF_THE_HEAP.contains(&word),
        };
        for word in words(code).filter(|word| NOT_IN_THE_CORE.contains(word) && !may_be(word)) {
            fault(&format!("`{word}` has no place in the core"));
        }
    }
    if name == "lib" {
        root_attributes(path, text, faults);
    }
}

/// A crate below the core keeps to the same rules, and knows nothing of tokens.
fn below_the_core(path: &str, text: &str, folder: &str, own: &[&str], faults: &mut Vec<String>) {
    if path.ends_with("/testing.rs") {
        return;
    }
    let tests = text.find("#[cfg(test)]\nmod tests").unwrap_or(text.len());
    for (number, line) in text[..tests].lines().enumerate().map(|(index, line)| (index + 1, line)) {
        for word in words(line.split("//").next().unwrap_or_default()) {
            if NOT_IN_THE_CORE.contains(&word) {
                faults.push(format!("{path}:{number}: `{word}` has no place below the core"));
            }
            if word.starts_with("agentid_") && !own.contains(&word) {
                faults.push(format!("{path}:{number}: {folder} must not use {word}, which is above it"));
            }
        }
    }
    if path.ends_with("/lib.rs") {
        root_attributes(path, text, faults);
    }
}

fn root_attributes(path: &str, text: &str, faults: &mut Vec<String>) {
    for attribute in ["#![no_std]", "#![forbid(unsafe_code)]"] {
        if !text.contains(attribute) {
            faults.push(format!("{path}: {attribute} is missing"));
        }
    }
}

/// Whether a line compares secret bytes, or lets a type that holds them be compared: by `impl`, or
/// by `derive` above it.
fn compares_a_secret(code: &str, next: &str) -> bool {
    let names = |code: &str, what: &[&str]| words(code).any(|word| what.contains(&word));
    let bytes = (code.contains("==") || code.contains("!=")) && names(code, &SECRET_BYTES);
    let declared = code.trim_start().starts_with("impl") && names(code, &SECRETS);
    let derived = code.contains("derive(") && next.contains("struct") && names(next, &SECRETS);
    bytes || ((declared || derived) && names(code, &COMPARISONS))
}

/// Whether the code names this path, up to the end of a word.
fn has_path(code: &str, path: &str) -> bool {
    code.match_indices(path).any(|(at, _)| {
        let behind = code[at + path.len()..].chars().next();
        !behind.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

/// The identifiers and keywords of a line.
fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// No file carries a path of the machine it was written on.
fn one_machine(path: &str, text: &str, faults: &mut Vec<String>) {
    let checkout = format!("{}/", root().display());
    let homes = [concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/"), checkout.as_str()];
    for home in homes {
        if let Some(number) = text.lines().position(|line| line.contains(home)) {
            faults.push(format!("{path}:{}: {home} is a path of one machine", number + 1));
        }
    }
}

/// The README's table names every folder at the top.
fn readme_rows(files: &[(String, String)], faults: &mut Vec<String>) {
    let readme = files.iter().find(|(path, _)| path == "README.md").map_or("", |(_, text)| text);
    for (path, _) in files {
        let Some((folder, _)) = path.split_once('/') else { continue };
        let fault = format!("README.md has no row for {folder}/");
        if !folder.starts_with('.') && !readme.contains(&format!("| [`{folder}/`]")) && !faults.contains(&fault) {
            faults.push(fault);
        }
    }
}

/// What the proof that no panic is left need not call, because it needs a feature that the proof
/// does without: the first draws on the platform's entropy source, the others copy onto the heap,
/// which may panic when it is full, or into another crate's vector. `to_buffer`, which is called,
/// writes the same parts.
const NOT_ON_A_DEVICE: [&str; 3] = ["random_token_id", "to_vec", "to_heapless"];

/// The proof that no panic is left calls every public function of the core.
fn panic_free(files: &[(String, String)], faults: &mut Vec<String>) {
    let of = |folder: &'static str| files.iter().filter(move |(path, _)| path.starts_with(folder));
    let called: String = of("targets/firmware/panic-free/src/").map(|(_, text)| text.as_str()).collect();
    for (path, text) in of("agentid-nostd/src/") {
        let public = text.lines().filter_map(|line| {
            let line = line.trim_start().strip_prefix("pub ")?;
            line.strip_prefix("const ").unwrap_or(line).strip_prefix("fn ")?.split(['(', '<']).next()
        });
        for name in public.filter(|name| !NOT_ON_A_DEVICE.contains(name)) {
            if !calls(&called, name) {
                faults.push(format!("{path}: nothing in targets/firmware/panic-free calls {name}"));
            }
        }
    }
}

/// Whether a function of the core of that name is called: as a method, of a type, or by its bare
/// name. What stands in a module, such as `any::clock`, is the caller's own.
fn calls(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        if !after.starts_with('(') && !after.starts_with("::<") {
            return false;
        }
        let of = before.trim_end_matches("::").rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        let of_type = of.starts_with(char::is_uppercase) || before.ends_with(">::");
        let bare = before.ends_with([' ', '(']) && !before.ends_with("fn ");
        before.ends_with('.') || (before.ends_with("::") && of_type) || bare
    })
}

/// The table of ARCHITECTURE.md names the modules of the core in the order that is checked here.
fn architecture_rows(files: &[(String, String)], faults: &mut Vec<String>) {
    let map = files.iter().find(|(path, _)| path == "ARCHITECTURE.md").map_or("", |(_, text)| text);
    let first_cell = |line: &str| {
        let cell = line.strip_prefix("| `")?.split('`').next()?;
        Some(cell.trim_end_matches(".rs").trim_end_matches('/').to_owned())
    };
    let rows: Vec<String> = map.lines().filter_map(first_cell).collect();
    if rows != CORE_MODULES {
        faults.push(format!("ARCHITECTURE.md lists the core as {rows:?}, xtask/src/tidy.rs as {CORE_MODULES:?}"));
    }
}
