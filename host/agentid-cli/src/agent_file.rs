//! `agent.toml`: which agent a folder belongs to, and where the seed of its key comes from.
//!
//! The file is looked for in this folder and in those above. A file of another user is refused: it
//! could name a seed that this user knows.

use std::path::{Path, PathBuf};
use std::{env, fmt, io};

use agentid_host::read_at_most;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::arguments::Agent;
use crate::failure::{Failure, INPUT, USAGE};

const NAME: &str = "agent.toml";
/// The longest file and the longest seed, in bytes.
const MAX_LEN: u64 = 65_536;

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

impl fmt::Display for SourceInFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Random => write!(f, "a random key"),
            Self::SeedFile(path) => write!(f, "a key from the seed in {}", path.display()),
            Self::SeedVariable(name) => write!(f, "a key from the seed in the variable {name}"),
        }
    }
}

impl SourceInFile {
    /// Returns the seed; `None` for a random key.
    pub(crate) fn seed(&self) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
        match self {
            Self::Random => Ok(None),
            Self::SeedFile(path) => {
                is_secret(path)?;
                let seed = read_at_most(path, MAX_LEN).map_err(|error| Failure::file(path, "read", &error))?;
                Ok(Some(Zeroizing::new(seed)))
            }
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
    let text = read_at_most(path, MAX_LEN)
        .and_then(|bytes| String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error)))
        .map_err(|error| Failure::file(path, "read", &error))?;
    let fault = |message: String| {
        Failure::new(INPUT, "agent-file", format!("{}: {message}", path.display()))
            .hint("it has name, project, and one of key = \"random\", seed-file and seed-variable")
    };
    let Contents { name, project, key, seed_file, seed_variable } =
        toml::from_str(&text).map_err(|error: toml::de::Error| {
            // Not the line itself: the file can be one that is secret.
            let before = text.get(..error.span().map_or(0, |span| span.start)).unwrap_or_default();
            fault(format!("line {}: {}", before.matches('\n').count().saturating_add(1), error.message()))
        })?;
    let source = match (key, seed_file, seed_variable) {
        (None, None, None) => None,
        (Some(Key::Random), None, None) => Some(SourceInFile::Random),
        // Beside the file that names it.
        (None, Some(file), None) => {
            let is_beside = file.components().all(|part| matches!(part, std::path::Component::Normal(_)));
            if !is_beside {
                return Err(fault("seed-file names a file outside of this folder".to_owned()));
            }
            Some(SourceInFile::SeedFile(path.with_file_name(file)))
        }
        (None, None, Some(variable)) => Some(SourceInFile::SeedVariable(variable)),
        _ => return Err(fault("it says more than once where the key comes from".to_owned())),
    };
    Ok(NamedAgent { name, project, source })
}

/// Refuses a seed that others can read: a file of a repository, for example.
#[cfg(unix)]
fn is_secret(path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::MetadataExt;
    let found = path.symlink_metadata().map_err(|error| Failure::file(path, "read", &error))?;
    if found.is_file() && found.mode() & 0o077 == 0 {
        return Ok(());
    }
    Err(Failure::new(INPUT, "seed-not-secret", format!("others can read the seed in {}", path.display()))
        .hint(format!("chmod 600 {}, if it is secret", path.display())))
}

#[cfg(not(unix))]
fn is_secret(_: &Path) -> Result<(), Failure> {
    Ok(())
}

/// Refuses a file that another user owns, root excepted, or that everybody may write.
#[cfg(unix)]
fn check_owner(path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::MetadataExt;
    let (own, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    let found = path.symlink_metadata().map_err(|error| Failure::file(path, "read", &error))?;

    let is_own = found.uid() == 0 || found.uid() == own;
    let others = if found.gid() == group { 0o002 } else { 0o022 };
    // A link can lead to a file that is secret.
    if !is_own || found.is_symlink() || found.mode() & others != 0 {
        return Err(Failure::new(
            INPUT,
            "agent-file-of-others",
            format!("{} can be changed by another user", path.display()),
        )
        .hint("make it your own, writable by you alone, or give --name and --project"));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_owner(_: &Path) -> Result<(), Failure> {
    Ok(())
}
