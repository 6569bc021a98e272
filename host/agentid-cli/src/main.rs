//! The command `agentid`: the whole life of a token without writing a program.
//!
//! It makes no decision about a token: `agentid-nostd` does. A verb returns an [`Answer`] or a
//! [`Failure`]; only this file prints them, so that standard output carries the result and nothing
//! else.
#![forbid(unsafe_code)]

mod agent_file;
mod answer;
mod arguments;
mod dev;
mod device;
mod failure;
mod generated;
mod input;
mod inspect;
mod keys;
mod mint;
#[cfg(feature = "pkcs11")]
mod pkcs11;
mod precompute;
mod signing_key;
mod trust;
mod verify;

use std::io::Write;
use std::process::ExitCode;

use answer::Answer;
use arguments::{Arguments, Verb};
use clap::Parser;
use failure::Failure;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let as_json = arguments.json;
    if input::root(&arguments.vault).is_ok_and(|root| root.parent().is_some_and(dev::is_marked)) {
        eprintln!("warning: this vault is of `agentid dev`: everybody knows its password");
    }
    match run(arguments) {
        Ok(answer) => match answer.print(as_json) {
            Ok(()) => ExitCode::from(answer.exit_code),
            // The reader has seen enough.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::from(failure::SYSTEM),
            Err(error) => {
                // The disk is full, for example: the result did not arrive.
                let _ = writeln!(std::io::stderr(), "error: standard output: {error}");
                ExitCode::from(failure::SYSTEM)
            }
        },
        Err(failure) => {
            failure.print(as_json);
            ExitCode::from(failure.exit_code)
        }
    }
}

fn run(arguments: Arguments) -> Result<Answer, Failure> {
    let Arguments { vault, verb, .. } = arguments;
    match verb {
        Verb::Init => keys::init(&vault),
        Verb::Keys { verb } => keys::run(verb, &vault),
        Verb::Mint(options) => mint::run(options, &vault),
        Verb::Verify(options) => verify::run(&options),
        Verb::Inspect(options) => inspect::run(&options),
        #[cfg(feature = "pkcs11")]
        Verb::Pkcs11 { verb } => pkcs11::run(&verb),
        Verb::Trust { verb } => trust::run(verb, &vault),
        Verb::Device { verb } => device::run(&verb),
        Verb::Precompute { key } => precompute::run(&key),
        Verb::Dev { folder } => dev::run(&folder),
        Verb::Completions { shell } => Ok(generated::completions(shell)),
        Verb::Man { folder } => generated::man(&folder),
    }
}
