//! The command line of `trust`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Agent;

#[derive(Debug, Subcommand)]
pub(crate) enum TrustVerb {
    /// Makes an authority in the vault, and the list that it signs
    Init {
        /// The project that the authority is named after
        #[arg(long, required_unless_present = "authority")]
        project: Option<String>,
        /// The public key of an authority whose secret is elsewhere, 64 hexadecimal digits
        #[arg(long, value_name = "HEX", conflicts_with = "project")]
        authority: Option<String>,
        /// How many days a bundle is valid
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
        /// The scopes that its tokens can use at most, with commas between
        #[arg(long, value_delimiter = ',', required = true, value_name = "SCOPES", value_parser = super::scope)]
        ceiling: Vec<String>,
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
        #[cfg(feature = "pkcs11")]
        #[command(flatten)]
        pkcs11: Option<super::Pkcs11Key>,
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

#[derive(Args, Debug)]
pub(crate) struct ListFile {
    /// The file of the list
    #[arg(long = "list", default_value = "trust.toml", value_name = "FILE")]
    pub(crate) path: PathBuf,
}
