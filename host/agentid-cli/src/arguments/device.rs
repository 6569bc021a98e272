//! The command line of `device`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum DeviceVerb {
    /// Sends a call: the device verifies the token, counts the call and acts
    Send {
        #[command(flatten)]
        line: LineOptions,
        /// The scope that the call needs; it names the action
        #[arg(long)]
        scope: String,
        /// The token as base64url, base64 or hexadecimal; - is standard input
        token: String,
    },
    /// Sends a trust bundle, which the device puts in force if its authority signed it
    Trust {
        #[command(flatten)]
        line: LineOptions,
        /// The file of the bundle; - is standard input
        #[arg(long, value_name = "FILE")]
        bundle: PathBuf,
    },
    /// Asks the device for a token of its own. It names the device and proves nothing
    Token {
        #[command(flatten)]
        line: LineOptions,
    },
}

#[derive(Args, Debug)]
pub(crate) struct LineOptions {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The bits per second of the serial port
    #[arg(long, default_value_t = 115_200, value_name = "NUMBER", conflicts_with = "socket",
        value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) baud: u32,
    /// How many seconds the device has to answer
    #[arg(long, default_value_t = 5, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) timeout: u64,
}

/// Where the device is.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct Place {
    /// The serial port of the device, such as `/dev/ttyACM0`
    #[arg(long, value_name = "PATH")]
    pub(crate) port: Option<PathBuf>,
    /// A socket that stands for its serial line: `host:port`, or the path of a Unix socket
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) socket: Option<String>,
}
