//! The command line. Help, and everything that is made from it, comes from here.

use std::path::PathBuf;

use agentid_host::KeyId;
use agentid_host::trust_list::{parse_leaf_binding, parse_quota};
use agentid_nostd::{LeafBinding, Quota};
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Keys, tokens and trust bundles of AI agents.
///
/// A token proves which agent is calling, with which scopes, for how long and how often. It is
/// checked offline.
///
/// Exit codes: 0 done; 1 the token or bundle is refused; 2 the command line is wrong; 3 an input is
/// wrong; 4 the system refused.
#[derive(Debug, Parser)]
#[command(name = "agentid", version, arg_required_else_help = true, subcommand_required = true)]
pub(crate) struct Arguments {
    /// Prints the answer as one line of JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) vault: VaultOptions,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Args, Debug)]
pub(crate) struct VaultOptions {
    /// The folder of the vault; `.agentid` in the home folder unless given
    #[arg(long, global = true, value_name = "FOLDER", env = "AGENTID_VAULT", hide_env_values = true)]
    pub(crate) root: Option<PathBuf>,
    /// A file whose first line is the password of the vault; - is standard input. Without it the
    /// variable `AGENTID_VAULT_PASSWORD`, or a question on the terminal
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Makes a vault
    Init,
    /// Adds, shows and removes the keys of agents
    Keys {
        #[command(subcommand)]
        verb: KeysVerb,
    },
    /// Mints a token
    Mint(MintOptions),
    /// Verifies a token: one verdict with its code
    Verify(VerifyOptions),
    /// Shows what a token or bundle claims, field by field. It verifies nothing
    Inspect(InspectOptions),
    /// Says whom an authority trusts, and makes signed bundles of it
    Trust {
        #[command(subcommand)]
        verb: TrustVerb,
    },
}

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
    /// Shows one key, after it was unlocked
    Show(Which),
    /// Removes a key for ever
    Remove {
        #[command(flatten)]
        which: Which,
        /// Does not ask
        #[arg(long)]
        yes: bool,
    },
    /// Makes the next key of an agent, and the two overlapping entries for the trust list
    Rotate {
        #[command(flatten)]
        agent: Agent,
        /// The most that its tokens may do, with commas between
        #[arg(long, value_delimiter = ',', required = true, value_name = "SCOPES")]
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

#[derive(Args, Debug)]
pub(crate) struct Agent {
    /// The agent's name
    #[arg(long)]
    pub(crate) name: String,
    /// The agent's project
    #[arg(long)]
    pub(crate) project: String,
}

/// Where a new key comes from.
#[derive(Args, Debug)]
#[group(multiple = false)]
pub(crate) struct Source {
    /// A random key, which nobody can derive
    #[arg(long)]
    pub(crate) random: bool,
    /// Derives the key from name, project and the bytes of this file, 16 or more; - is standard
    /// input
    #[arg(long, value_name = "FILE")]
    pub(crate) seed_file: Option<PathBuf>,
    /// Derives the key from name and project alone: everybody who knows them has the key
    #[arg(long)]
    pub(crate) no_seed: bool,
}

/// Names one key of the vault.
#[derive(Args, Debug)]
#[group(required = true, multiple = true)]
pub(crate) struct Which {
    /// The agent's name, with --project
    #[arg(long, requires = "project")]
    pub(crate) name: Option<String>,
    /// The agent's project, with --name
    #[arg(long, requires = "name")]
    pub(crate) project: Option<String>,
    /// The fingerprint of the key
    #[arg(long, value_name = "FINGERPRINT", conflicts_with_all = ["name", "project"])]
    pub(crate) fingerprint: Option<KeyId>,
}

#[derive(Args, Debug)]
pub(crate) struct MintOptions {
    #[command(flatten)]
    pub(crate) which: Which,
    /// What the token asks for, with commas between
    #[arg(long, value_delimiter = ',', value_name = "SCOPES")]
    pub(crate) scopes: Vec<String>,
    /// How many seconds the token lives, 1 to 86400
    #[arg(long, default_value_t = 900, value_name = "SECONDS")]
    pub(crate) ttl: u64,
    /// How many calls the token is good for; 0 is unlimited
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    pub(crate) max_calls: u32,
    /// The form of the token
    #[arg(long, value_enum, default_value_t = Form::Base64url)]
    pub(crate) format: Form,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Form {
    /// base64url without padding
    Base64url,
    /// base64 with padding
    Base64,
    /// hexadecimal
    Hex,
    /// the bytes themselves
    Raw,
    /// a whole line for `curl --header`
    Header,
}

#[derive(Args, Debug)]
pub(crate) struct VerifyOptions {
    /// The token as base64url, base64 or hexadecimal; - is standard input
    pub(crate) token: String,
    /// The public key of the one agent that is trusted, 64 hexadecimal digits
    #[arg(long, value_name = "HEX", conflicts_with_all = ["bundle", "authority"])]
    pub(crate) pubkey: Option<String>,
    /// A trust bundle
    #[arg(long, value_name = "FILE", requires = "authority")]
    pub(crate) bundle: Option<PathBuf>,
    /// The public key of the authority that signed the bundle, 64 hexadecimal digits
    #[arg(long, value_name = "HEX", requires = "bundle")]
    pub(crate) authority: Option<String>,
    /// A scope that the call needs; may be given several times
    #[arg(long = "scope", value_name = "SCOPE")]
    pub(crate) scopes: Vec<String>,
    /// The time to verify at, in Unix seconds, in place of now
    #[arg(long, value_name = "SECONDS")]
    pub(crate) at: Option<i64>,
}

#[derive(Args, Debug)]
pub(crate) struct InspectOptions {
    /// A token as base64url, base64 or hexadecimal; - is standard input
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    pub(crate) token: Option<String>,
    /// A file with the bytes of a token or bundle
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TrustVerb {
    /// Makes an authority in the vault, and the list that it signs
    Init {
        /// The project that the authority is named after
        #[arg(long)]
        project: String,
        /// How many days a bundle trusts
        #[arg(long, default_value_t = 30, value_name = "DAYS", value_parser = clap::value_parser!(u64).range(1..=400))]
        valid_for_days: u64,
        #[command(flatten)]
        list: ListFile,
    },
    /// Adds an agent to the list
    Add {
        #[command(flatten)]
        agent: Agent,
        /// Its public key, 64 hexadecimal digits; that of the vault unless given
        #[arg(long, value_name = "HEX")]
        key: Option<String>,
        /// The most that its tokens may do, with commas between
        #[arg(long, value_delimiter = ',', required = true, value_name = "SCOPES")]
        ceiling: Vec<String>,
        #[command(flatten)]
        limits: Limits,
        #[command(flatten)]
        list: ListFile,
    },
    /// Makes the key that may take over from the authority, and writes it to the list. Keep its vault
    /// apart: name another one with --root
    NextAuthority {
        /// The project that the authority is named after
        #[arg(long)]
        project: String,
        #[command(flatten)]
        list: ListFile,
    },
    /// Takes an agent off the list
    Remove {
        /// Its public key, 64 hexadecimal digits
        #[arg(long, value_name = "HEX")]
        key: String,
        #[command(flatten)]
        list: ListFile,
    },
    /// Revokes a key, or a single token
    Revoke {
        /// The public key, 64 hexadecimal digits
        #[arg(long, value_name = "HEX", required_unless_present = "token", conflicts_with = "token")]
        key: Option<String>,
        /// The token; - is standard input
        #[arg(long)]
        token: Option<String>,
        /// A reason, which stays in the list
        #[arg(long)]
        reason: Option<String>,
        #[command(flatten)]
        list: ListFile,
    },
    /// Signs the list as the bundle of the next epoch
    Build {
        /// The file of the bundle
        #[arg(long, default_value = "trust.bundle", value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        list: ListFile,
    },
    /// Shows the list
    Show {
        #[command(flatten)]
        list: ListFile,
    },
    /// Says what the list changes, and for whom
    Diff {
        /// The bundle that is in force
        #[arg(long, default_value = "trust.bundle", value_name = "FILE")]
        bundle: PathBuf,
        #[command(flatten)]
        list: ListFile,
    },
    /// Looks for mistakes in the list
    Check {
        #[command(flatten)]
        list: ListFile,
    },
}

/// What an agent's tokens must have, and how often they may be used.
#[derive(Args, Debug)]
pub(crate) struct Limits {
    /// How many grants may follow, 0 to 4
    #[arg(long, default_value_t = 0, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(0..=4))]
    pub(crate) depth: u8,
    /// Its tokens must name their audience. Those of version 1 have none, and are refused
    #[arg(long)]
    pub(crate) audience_required: bool,
    /// What its tokens must be bound to: none, any, payload or challenge. Those of version 1 are bound
    /// to nothing
    #[arg(long, default_value = "none", value_name = "BINDING", value_parser = leaf_binding)]
    pub(crate) leaf_binding: LeafBinding,
    /// How many calls are admitted in each window of time, such as "100 per 1h"
    #[arg(long, value_name = "QUOTA", value_parser = quota)]
    pub(crate) quota: Option<Quota>,
}

fn leaf_binding(text: &str) -> Result<LeafBinding, &'static str> {
    parse_leaf_binding(text).ok_or("expected none, any, payload or challenge")
}

fn quota(text: &str) -> Result<Quota, &'static str> {
    parse_quota(text).ok_or("expected calls in a time of at most a day, such as \"100 per 1h\"")
}

#[derive(Args, Debug)]
pub(crate) struct ListFile {
    /// The file of the list
    #[arg(long = "list", default_value = "trust.toml", value_name = "FILE")]
    pub(crate) path: PathBuf,
}
