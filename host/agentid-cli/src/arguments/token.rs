//! The command lines of `mint`, `verify` and `inspect`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Which;

#[derive(Args, Debug)]
pub(crate) struct MintOptions {
    #[command(flatten)]
    pub(crate) which: Which,
    /// What the token asks for, with commas between
    #[arg(long, value_delimiter = ',', value_name = "SCOPES", value_parser = super::scope, required_unless_present = "no_scopes")]
    pub(crate) scopes: Vec<String>,
    /// Mints a token that says who is calling, and permits nothing
    #[arg(long, conflicts_with = "scopes")]
    pub(crate) no_scopes: bool,
    /// How many seconds the token lives, 1 to 86400
    #[arg(long, default_value_t = 900, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) ttl: u64,
    /// How many calls the token is good for; 0 is unlimited
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    pub(crate) max_calls: u32,
    /// The form of the token
    #[arg(long, value_enum, default_value_t = Form::Base64url)]
    pub(crate) format: Form,
    #[cfg(feature = "pkcs11")]
    #[command(flatten)]
    pub(crate) pkcs11: Option<super::Pkcs11Key>,
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
    /// A scope that the call needs; may be given several times, or with commas between
    #[arg(long = "scope", value_delimiter = ',', value_name = "SCOPE", value_parser = super::scope)]
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
