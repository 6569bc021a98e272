//! Rules for the lock files of npm and for the compiler: only reviewed code is fetched.

use crate::process::NIGHTLY;

const LOCK: &str = "package-lock.json";

/// Packages that fetch a program in an install script, past the lock file.
const FETCHES_PAST_THE_LOCK: [&str; 2] = ["node", "bun"];

/// Adds the faults that it finds.
pub(crate) fn check(files: &[(String, String)], faults: &mut Vec<String>) {
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with(LOCK)) {
        let settings = format!("{}.npmrc", path.trim_end_matches(LOCK));
        let has_settings = |line: &str| {
            files.iter().any(|(path, text)| *path == settings && text.lines().any(|setting| setting == line))
        };
        for line in ["ignore-scripts=true", "omit-lockfile-registry-resolved=true"] {
            if !has_settings(line) {
                faults.push(format!("{settings}: `{line}` is missing, beside {path}"));
            }
        }
        for (number, line) in text.lines().enumerate() {
            if names_a_host(line) {
                faults.push(format!("{path}:{}: a lock file names no host: {}", number + 1, line.trim()));
            }
            for package in FETCHES_PAST_THE_LOCK {
                if line.trim_start().starts_with(&format!("\"node_modules/{package}\"")) {
                    faults.push(format!("{path}:{}: {package} fetches its program in a script", number + 1));
                }
            }
        }
    }
    if !is_dated(NIGHTLY) {
        faults.push(format!("xtask/src/process.rs: {NIGHTLY} is another compiler every day: name its date"));
    }
}

/// Returns whether a line of a lock file names a source of a package other than a folder of the
/// repository.
fn names_a_host(line: &str) -> bool {
    line.trim_start().strip_prefix("\"resolved\":").is_some_and(|source| source.contains(':'))
}

/// Returns whether a toolchain is named by its day, as `nightly-2026-05-20` is.
fn is_dated(toolchain: &str) -> bool {
    let Some(date) = toolchain.strip_prefix("nightly-") else { return false };
    date.len() == 10
        && date.chars().enumerate().all(|(at, c)| if at == 4 || at == 7 { c == '-' } else { c.is_ascii_digit() })
}
