//! The command line. Help, and everything that is made from it, comes from here.

mod device;
mod keys;
#[cfg(feature = "pkcs11")]
mod pkcs11;
mod token;
mod trust;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use device::{DeviceVerb, LineOptions};
pub(crate) use keys::{Agent, KeysVerb, Source, Which};
#[cfg(feature = "pkcs11")]
pub(crate) use pkcs11::{Pkcs11Key, Pkcs11Verb};
pub(crate) use token::{Form, InspectOptions, MintOptions, VerifyOptions};
pub(crate) use trust::{ListFile, TrustVerb};

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
    /// Makes and shows keys that hardware keeps, by PKCS#11
    #[cfg(feature = "pkcs11")]
    Pkcs11 {
        #[command(subcommand)]
        verb: Pkcs11Verb,
    },
    /// Edits the list of trusted agents, and signs bundles of it
    Trust {
        #[command(subcommand)]
        verb: TrustVerb,
    },
    /// Speaks to a device that takes orders, over a serial port or a socket
    Device {
        #[command(subcommand)]
        verb: DeviceVerb,
    },
    /// Prints multiples of an issuer's key as Rust source, for firmware that knows the issuer in advance
    Precompute {
        /// The public key, 64 hexadecimal digits
        key: String,
    },
    /// Makes an authority, two agents, a bundle and tokens for local development. Not for production
    Dev {
        /// The folder; it is made, or used again for new tokens
        #[arg(default_value = "agentid-dev")]
        folder: PathBuf,
    },
    /// Prints the completions of a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Writes the manual pages, one for each verb
    Man {
        /// The folder that they are written to
        folder: PathBuf,
    },
}

/// A scope without the blanks around it: people write one behind a comma.
fn scope(text: &str) -> Result<String, std::convert::Infallible> {
    Ok(text.trim().to_owned())
}
