//! The invariants of `ARCHITECTURE.md` and of the repository as a whole, checked on the source text.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::process::{command, output, root};

/// The modules of the core, bottom to top: each may use only those before it. `ARCHITECTURE.md` draws it.
const CORE_MODULES: [&str; 12] = [
    "error",
    "layout",
    "scope",
    "plain",
    "reader",
    "writer",
    "text",
    "token",
    "signature",
    "fingerprint",
    "identity",
    "mint",
];
/// Above all of these.
const CORE_TOP: [&str; 2] = ["verify", "lib"];

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
        if path.ends_with(".rs") && text.lines().count() > MAX_LINES {
            faults.push(format!("{path} has more than {MAX_LINES} lines: which second job is it doing?"));
        }
        one_machine(path, text, &mut faults);
    }
    readme_rows(&files, &mut faults);
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
    let name = path.trim_start_matches("agentid-nostd/src/").trim_end_matches(".rs");
    let order: Vec<&str> = CORE_MODULES.iter().chain(&CORE_TOP).copied().collect();
    let Some(height) = order.iter().position(|module| *module == name) else {
        faults.push(format!("{path}: say in xtask/src/tidy.rs and ARCHITECTURE.md where this module belongs"));
        return;
    };
    for (number, line) in text.lines().enumerate().map(|(index, line)| (index + 1, line)) {
        let code = line.split("//").next().unwrap_or_default();
        for above in &order[height + 1..] {
            if code.contains(&format!("crate::{above}::")) {
                faults.push(format!("{path}:{number}: {name} must not use {above}, which is above it"));
            }
        }
        for library in ["ed25519_compact", "ed25519_dalek", "curve25519_dalek"] {
            if name != "signature" && code.contains(library) {
                faults.push(format!("{path}:{number}: only signature.rs names a curve library"));
            }
        }
        for word in ["std::", "alloc::", "extern crate", "SystemTime", "unsafe {"] {
            if code.split_whitespace().any(|part| part.starts_with(word)) || code.contains(&format!(" {word}")) {
                faults.push(format!("{path}:{number}: {word} has no place in the core"));
            }
        }
    }
    if name == "lib" {
        for attribute in ["#![no_std]", "#![forbid(unsafe_code)]"] {
            if !text.contains(attribute) {
                faults.push(format!("{path}: {attribute} is missing"));
            }
        }
    }
}

/// No file carries a path of the machine it was written on.
fn one_machine(path: &str, text: &str, faults: &mut Vec<String>) {
    let parent = root().parent().map(|parent| parent.display().to_string()).unwrap_or_default();
    let homes = [concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];
    for home in homes.into_iter().chain((parent.len() > 1).then_some(parent.as_str())) {
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
