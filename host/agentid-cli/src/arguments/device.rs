//! The command line of `device`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum DeviceVerb {
    /// Sends a call to the device
    Send {
        #[command(flatten)]
        line: Line,
        /// The scope that the call needs; it names the action
        #[arg(long, value_name = "SCOPE")]
        scope: String,
        /// The token as base64url, base64 or hexadecimal; - is standard input
        token: String,
    },
    /// Gives the device a trust bundle
    Trust {
        #[command(flatten)]
        line: Line,
        /// The bundle
        #[arg(long, default_value = "trust.bundle", value_name = "FILE")]
        bundle: PathBuf,
    },
    /// Asks the device for a token of its own. It names the device and proves nothing
    Token {
        #[command(flatten)]
        line: Line,
    },
}

/// The way to a device.
#[derive(Args, Debug)]
pub(crate) struct Line {
    /// The serial port, such as /dev/ttyACM0 or COM3
    #[arg(long, value_name = "PORT", required_unless_present = "socket", conflicts_with = "socket")]
    pub(crate) port: Option<String>,
    /// The speed of the serial port, in baud
    #[arg(long, default_value_t = 115_200, value_name = "BAUD", conflicts_with = "socket")]
    pub(crate) baud: u32,
    /// A socket: HOST:PORT, or the path of one with a slash in it
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) socket: Option<String>,
    /// For how many seconds to wait for the answer
    #[arg(long, default_value_t = 5, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) timeout: u64,
}
