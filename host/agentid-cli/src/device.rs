//! `device`: calls and trust bundles for a device on a serial line or a socket. The device decides.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use agentid_host::device::{Device, DeviceError, DeviceRefusal, Heard, Line, SerialLine, connect};
use agentid_nostd::{encode_text, text_len};
use serde_json::json;

use crate::answer::Answer;
use crate::arguments::{DeviceVerb, LineOptions};
use crate::failure::{Failure, INPUT};
use crate::input;

pub(crate) fn run(verb: &DeviceVerb) -> Result<Answer, Failure> {
    match verb {
        DeviceVerb::Send { line, scope, token } => {
            let token = input::token(token)?;
            answer(open(line)?.send(&token, scope), |calls_left| {
                let text = match calls_left {
                    Some(1) => "admitted: 1 call left".to_owned(),
                    Some(calls) => format!("admitted: {calls} calls left"),
                    None => "admitted: calls are not limited".to_owned(),
                };
                Answer::new(text, json!({ "accepted": true, "code": 0, "callsLeft": calls_left }))
            })
        }
        DeviceVerb::Trust { line, bundle } => {
            let bundle = input::read(bundle)?;
            answer(open(line)?.trust(&bundle), |()| {
                Answer::new("the trust bundle is in force", json!({ "accepted": true, "code": 0 }))
            })
        }
        DeviceVerb::Token { line } => {
            let token = open(line)?.token();
            let mut text = vec![0; token.as_ref().map_or(0, |token| text_len(token.len()))];
            answer(token, |token| match encode_text(&token, &mut text) {
                Ok(text) => Answer::new(text, json!({ "accepted": true, "code": 0, "token": text })),
                Err(error) => Answer::refused(error.to_string(), json!({ "accepted": false, "name": error.name() })),
            })
        }
    }
}

/// The device at the other end of the line that the options name.
fn open(options: &LineOptions) -> Result<Device<Box<dyn Line>>, Failure> {
    let patience = Duration::from_secs(options.timeout);
    let line: Box<dyn Line> = match (&options.place.port, &options.place.socket) {
        (Some(port), _) => {
            Box::new(SerialLine::open(port, options.baud).map_err(|error| Failure::file(port, "opened", &error))?)
        }
        (_, socket) => {
            let address = socket.as_deref().unwrap_or_default();
            connect(address, patience).map_err(|error| match error.kind() {
                ErrorKind::InvalidInput => {
                    Failure::new(INPUT, "invalid-address", format!("{address} is no address: {error}"))
                        .hint("give host:port, or the path of a Unix socket")
                }
                _ => Failure::file(Path::new(address), "opened", &error),
            })?
        }
    };
    Ok(Device::new(line, patience)?)
}

/// The device's word is an answer, whatever it says. Anything else is a failure.
fn answer<T>(result: Result<T, DeviceError>, accepted: impl FnOnce(T) -> Answer) -> Result<Answer, Failure> {
    match result {
        Ok(result) => Ok(accepted(result)),
        Err(DeviceError::Refused(refusal)) => Ok(refused(refusal)),
        Err(error) => Err(error.into()),
    }
}

fn refused(refusal: DeviceRefusal) -> Answer {
    let (code, name, reason) = (refusal.code(), refusal.name(), refusal.message());
    Answer::refused(
        format!("refused: {refusal}"),
        json!({ "accepted": false, "code": code, "name": name, "reason": reason }),
    )
}

/// What a person can do about it.
pub(crate) fn hint(error: &DeviceError) -> Option<&'static str> {
    Some(match error {
        DeviceError::NoAnswer { heard: Heard::Nothing, .. } => {
            "check the port, its --baud and that the device runs; it may have acted, and only its answer be lost"
        }
        DeviceError::NoAnswer { heard: Heard::Noise, .. } => {
            "check --baud, and that no other program reads the port; the device may have acted"
        }
        DeviceError::NoAnswer { heard: Heard::Unreadable(_), .. } => {
            "try again; if it stays so, the request is longer than the device's buffer"
        }
        error if error.may_have_acted() => "the device may have acted, and only its answer be lost",
        _ => return None,
    })
}
