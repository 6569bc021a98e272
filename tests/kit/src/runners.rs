//! The platforms that answer the vectors, found on disk: every `agreement.toml` of the npm package
//! and of the targets names the programs that do so there.

use std::collections::BTreeMap;
use std::io::{Error, Result, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use serde::Deserialize;

/// A program that reads a question from standard input and writes the answer to standard output.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Runner {
    /// As people call the platform.
    pub name: String,
    command: Vec<String>,
    /// The program that verifies the demo's tokens, if the platform is part of the demo.
    demo: Option<Vec<String>>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    /// The folder that both run in.
    #[serde(skip)]
    folder: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    runner: Vec<Runner>,
}

impl Runner {
    /// Returns every runner on disk, by folder, then in the order of its file.
    ///
    /// # Errors
    /// If a folder or a file cannot be read, or there is no runner at all.
    pub fn all() -> Result<Vec<Self>> {
        let mut folders = vec![root().join("wasm")];
        for entry in fs::read_dir(root().join("targets"))? {
            folders.push(entry?.path());
        }
        folders.sort();
        let mut all = Vec::new();
        for folder in folders {
            let path = folder.join("agreement.toml");
            let Ok(text) = fs::read_to_string(&path) else { continue };
            let file: File =
                toml::from_str(&text).map_err(|error| Error::other(format!("{}: {error}", path.display())))?;
            all.extend(file.runner.into_iter().map(|runner| Self { folder: folder.clone(), ..runner }));
        }
        if all.is_empty() { Err(Error::other("no agreement.toml was found")) } else { Ok(all) }
    }

    /// Puts vectors to the platform and returns what it prints.
    ///
    /// # Errors
    /// If the program is not there, fails, or prints what is not UTF-8.
    pub fn ask(&self, question: &str) -> Result<String> {
        self.run(&self.command, question)
    }

    /// Puts the demo's question to the platform; `None` if it is not part of the demo.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn ask_demo(&self, question: &str) -> Option<Result<String>> {
        self.demo.as_ref().map(|command| self.run(command, question))
    }

    fn run(&self, command: &[String], question: &str) -> Result<String> {
        let failed = |error| Error::other(format!("{}: {error}: try `cargo xtask test setup`", self.name));
        self.output(command, question).map_err(failed)
    }

    fn output(&self, command: &[String], question: &str) -> Result<String> {
        let [program, arguments @ ..] = command else { return Err(Error::other("an empty command")) };
        let mut child = Command::new(program)
            .args(arguments)
            .envs(&self.env)
            .env("PATH", path()?)
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        // Dropped behind this, so that the program sees the end.
        child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(question.as_bytes()))?;
        let output = child.wait_with_output()?;
        if !output.status.success() {
            return Err(Error::other(output.status.to_string()));
        }
        String::from_utf8(output.stdout).map_err(Error::other)
    }
}

/// The search path with the Node that `package-lock.json` locks before that of the machine.
fn path() -> Result<std::ffi::OsString> {
    let locked = root().join("node_modules/.bin");
    let others = env::var_os("PATH").unwrap_or_default();
    env::join_paths([locked].into_iter().chain(env::split_paths(&others))).map_err(Error::other)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
