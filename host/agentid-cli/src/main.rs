//! The command `agentid`: the whole life of a token without writing a program.
//!
//! It makes no decision about a token: `agentid-nostd` does. A verb returns an [`Answer`] or a
//! [`Failure`]; only this file prints them, so that standard output carries the result and nothing
//! else.
#![forbid(unsafe_code)]

mod answer;
mod arguments;
mod failure;
mod input;
mod inspect;
mod inspect_bundle;
mod keys;
mod mint;
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
    match run(arguments) {
        Ok(answer) => match answer.print(as_json) {
            Ok(()) => ExitCode::from(answer.exit_code),
            Err(error) => {
                // The reader of a pipe has gone, or the disk is full: the result did not arrive.
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
        Verb::Trust { verb } => trust::run(verb, &vault),
    }
}
