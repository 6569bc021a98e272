//! The command line of `keys`, and how an agent or a key is named.

use std::path::PathBuf;

use agentid_host::KeyId;
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum KeysVerb {
    /// Adds an agent: with a random key, or one derived from a seed
    Add {
        #[command(flatten)]
        agent: Agent,
        #[command(flatten)]
        source: Source,
    },
    /// Lists the keys. It needs no password
    List,
    /// Shows one key. It needs the password
    Show(Which),
    /// Removes a key for ever
    Remove {
        #[command(flatten)]
        which: Which,
        /// Does not ask
        #[arg(long)]
        yes: bool,
        /// Removes the key of an authority too
        #[arg(long)]
        authority: bool,
    },
    /// Makes the next key of an agent, and the two overlapping entries for the trust list
    Rotate {
        #[command(flatten)]
        agent: Agent,
        /// The scopes that its tokens can use at most, with commas between
        #[arg(long, value_delimiter = ',', required = true, value_name = "SCOPES", value_parser = super::scope)]
        ceiling: Vec<String>,
        /// For how many days the old key is trusted beside the new one
        #[arg(long, default_value_t = 7, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=90))]
        overlap_days: u32,
    },
    /// Changes the password of every key
    Passwd {
        /// A file whose first line is the new password
        #[arg(long, value_name = "FILE")]
        new_password_file: Option<PathBuf>,
    },
    /// Writes the secret of a key to a new file. Whoever has it is the agent
    Export {
        #[command(flatten)]
        which: Which,
        /// The new file; its mode is 0600
        #[arg(long, value_name = "FILE")]
        secret_to: PathBuf,
    },
    /// Adds an agent with an existing secret key
    Import {
        #[command(flatten)]
        agent: Agent,
        /// A file with 64 hexadecimal digits; - is standard input
        #[arg(long, value_name = "FILE")]
        secret_file: PathBuf,
    },
}

/// Names an agent. Without options `agent.toml` does, in this folder or in one above.
#[derive(Args, Debug)]
pub(crate) struct Agent {
    /// The agent's name; that of `agent.toml` unless given
    #[arg(long, requires = "project")]
    pub(crate) name: Option<String>,
    /// The agent's project; that of `agent.toml` unless given
    #[arg(long, requires = "name")]
    pub(crate) project: Option<String>,
}

/// Where a new key comes from.
#[derive(Args, Debug)]
#[group(multiple = false)]
pub(crate) struct Source {
    /// A random key, which nobody can derive
    #[arg(long)]
    pub(crate) random: bool,
    /// Derives the key from name, project and the bytes of this file, 16 or more; - is standard
    /// input. Without any of the three `agent.toml` says where the key comes from
    #[arg(long, value_name = "FILE")]
    pub(crate) seed_file: Option<PathBuf>,
    /// Derives the key from name and project alone: everybody who knows them has the key
    #[arg(long)]
    pub(crate) no_seed: bool,
}

/// Names one key of the vault.
#[derive(Args, Debug)]
pub(crate) struct Which {
    #[command(flatten)]
    pub(crate) agent: Agent,
    /// The fingerprint of the key
    #[arg(long, value_name = "FINGERPRINT", conflicts_with_all = ["name", "project"])]
    pub(crate) fingerprint: Option<KeyId>,
}
