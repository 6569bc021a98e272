//! The command line of `pkcs11`, and how a key in hardware is named.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Pkcs11Verb {
    /// Makes a key in hardware. Its secret never leaves it
    #[command(mut_arg("pkcs11_module", |arg| arg.required(true)))]
    Generate(Pkcs11Key),
    /// Shows the public key of a key in hardware, after it has signed once
    #[command(mut_arg("pkcs11_module", |arg| arg.required(true)))]
    Show(Pkcs11Key),
}

/// Names a key that hardware keeps.
#[derive(Args, Debug)]
pub(crate) struct Pkcs11Key {
    /// The PKCS#11 module of the hardware's vendor, a shared library
    #[arg(long, value_name = "FILE", requires = "pkcs11_token", requires = "pkcs11_key")]
    pub(crate) pkcs11_module: Option<PathBuf>,
    /// The label of the PKCS#11 token
    #[arg(long, value_name = "LABEL", group = "pkcs11_token", requires = "pkcs11_module")]
    pub(crate) token_label: Option<String>,
    /// The serial number of the PKCS#11 token
    #[arg(long, value_name = "NUMBER", group = "pkcs11_token", requires = "pkcs11_module")]
    pub(crate) token_serial: Option<String>,
    /// The label of the key
    #[arg(long, value_name = "LABEL", group = "pkcs11_key", requires = "pkcs11_module")]
    pub(crate) key_label: Option<String>,
    /// The id of the key, in hexadecimal digits
    #[arg(long, value_name = "HEX", group = "pkcs11_key", requires = "pkcs11_module")]
    pub(crate) key_id: Option<String>,
    /// A file whose first line is the PIN; - is standard input. Without it the variable
    /// `AGENTID_PKCS11_PIN`, or a question on the terminal
    #[arg(long, value_name = "FILE", requires = "pkcs11_module")]
    pub(crate) pin_file: Option<PathBuf>,
}
