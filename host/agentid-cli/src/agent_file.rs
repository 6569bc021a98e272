//! `agent.toml`: which agent a folder belongs to, and where the seed of its key comes from.
//!
//! The file is looked for in this folder and in those above. A file of another user is refused: it
//! could name a seed that this user knows.

use std::path::{Path, PathBuf};
use std::{env, fs};

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::arguments::Agent;
use crate::failure::{Failure, INPUT, USAGE};
use crate::input;

const NAME: &str = "agent.toml";

/// An agent, named by the command line or by a file.
#[derive(Debug)]
pub(crate) struct NamedAgent {
    pub(crate) name: String,
    pub(crate) project: String,
    /// Where the file says that the key comes from.
    pub(crate) source: Option<SourceInFile>,
}

/// Where a key comes from. There is no way to ask a file for a key without a secret.
#[derive(Debug)]
pub(crate) enum SourceInFile {
    Random,
    SeedFile(PathBuf),
    SeedVariable(String),
}

impl SourceInFile {
    /// Returns the seed; `None` for a random key.
    pub(crate) fn seed(&self) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
        match self {
            Self::Random => Ok(None),
            Self::SeedFile(path) => Ok(Some(Zeroizing::new(input::read(path)?))),
            Self::SeedVariable(name) => match env::var(name) {
                Ok(seed) => Ok(Some(Zeroizing::new(seed.into_bytes()))),
                Err(_) => Err(Failure::new(
                    INPUT,
                    "no-seed",
                    format!("{NAME} takes the seed from the variable {name}, which is not set"),
                )
                .hint(format!("set {name} to the seed, 16 bytes or more"))),
            },
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Contents {
    name: String,
    project: String,
    key: Option<Key>,
    seed_file: Option<PathBuf>,
    seed_variable: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Key {
    Random,
}

/// Returns the agent that the options name, or else the one of `agent.toml`.
pub(crate) fn named(agent: &Agent) -> Result<NamedAgent, Failure> {
    let folder = env::current_dir().map_err(|error| Failure::file(Path::new("."), "read", &error))?;
    named_from(agent, &folder)
}

fn named_from(agent: &Agent, folder: &Path) -> Result<NamedAgent, Failure> {
    if let Agent { name: Some(name), project: Some(project) } = agent {
        return Ok(NamedAgent { name: name.clone(), project: project.clone(), source: None });
    }
    let Some(path) = folder.ancestors().map(|folder| folder.join(NAME)).find(|path| path.symlink_metadata().is_ok())
    else {
        return Err(Failure::new(
            USAGE,
            "no-agent",
            format!("no agent is named, and there is no {NAME} here or above"),
        )
        .hint(format!("give --name and --project, or write both into {NAME}")));
    };
    read(&path)
}

fn read(path: &Path) -> Result<NamedAgent, Failure> {
    check_owner(path)?;
    let text = fs::read_to_string(path).map_err(|error| Failure::file(path, "read", &error))?;
    let fault = |message: String| {
        Failure::new(INPUT, "agent-file", format!("{}: {message}", path.display()))
            .hint("it has name, project, and one of key = \"random\", seed-file and seed-variable")
    };
    let Contents { name, project, key, seed_file, seed_variable } =
        toml::from_str(&text).map_err(|error| fault(error.to_string().trim_end().to_owned()))?;
    let source = match (key, seed_file, seed_variable) {
        (None, None, None) => None,
        (Some(Key::Random), None, None) => Some(SourceInFile::Random),
        // Beside the file that names it.
        (None, Some(file), None) => Some(SourceInFile::SeedFile(path.with_file_name(file))),
        (None, None, Some(variable)) => Some(SourceInFile::SeedVariable(variable)),
        _ => return Err(fault("it says more than once where the key comes from".to_owned())),
    };
    Ok(NamedAgent { name, project, source })
}

/// Refuses a file that another user owns, root excepted, or that everybody may write.
#[cfg(unix)]
fn check_owner(path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::MetadataExt;
    // That of the file behind a link, and of the link: either can be planted.
    let own = rustix::process::geteuid().as_raw();
    for found in [path.symlink_metadata(), fs::metadata(path)] {
        let found = found.map_err(|error| Failure::file(path, "read", &error))?;
        let is_own = found.uid() == 0 || found.uid() == own;
        if !is_own || (found.mode() & 0o002 != 0 && !found.is_symlink()) {
            return Err(Failure::new(
                INPUT,
                "agent-file-of-others",
                format!("{} can be changed by another user", path.display()),
            )
            .hint("make it your own, writable by you alone, or give --name and --project"));
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_owner(_: &Path) -> Result<(), Failure> {
    Ok(())
}
