//! `device`: the line to a device that takes orders.

use std::net::TcpStream;
use std::time::Duration;

use agentid_host::device::{Device, DeviceError, Port, open_serial};
use agentid_nostd::{encode_text, text_len};
use serde_json::json;

use crate::answer::Answer;
use crate::arguments::{DeviceVerb, Line};
use crate::failure::{Failure, INPUT, SYSTEM};
use crate::input;

pub(crate) fn run(verb: DeviceVerb) -> Result<Answer, Failure> {
    match verb {
        DeviceVerb::Send { line, scope, token } => {
            let token = input::token(&token)?;
            answered(open(&line)?.call(&token, &scope), |left| {
                let uses = left.map_or_else(|| "unlimited".to_owned(), |left| left.to_string());
                Ok(Answer::new(format!("done: {scope}; calls left: {uses}"), json!({ "code": 0, "callsLeft": left })))
            })
        }
        DeviceVerb::Trust { line, bundle } => {
            let bytes = input::read(&bundle)?;
            answered(open(&line)?.set_trust(&bytes), |()| {
                Ok(Answer::new(format!("the device trusts {}", bundle.display()), json!({ "code": 0 })))
            })
        }
        DeviceVerb::Token { line } => answered(open(&line)?.token(), |token| {
            let mut buffer = vec![0; text_len(token.len())];
            let text = encode_text(&token, &mut buffer)?;
            Ok(Answer::new(text, json!({ "code": 0, "token": text })))
        }),
    }
}

/// A refusal of the device is a result. Everything else that goes wrong is none.
fn answered<T>(
    result: Result<T, DeviceError>,
    done: impl FnOnce(T) -> Result<Answer, Failure>,
) -> Result<Answer, Failure> {
    match result {
        Ok(value) => done(value),
        Err(DeviceError::Refused(refusal)) => {
            let (code, name, reason) = (refusal.code(), refusal.name(), refusal.reason());
            Ok(Answer::refused(
                format!("refused: {code} {name}: {reason}"),
                json!({ "code": code, "name": name, "reason": reason }),
            ))
        }
        Err(error) => {
            let exit_code = if matches!(error, DeviceError::TooLong) { INPUT } else { SYSTEM };
            let failure = Failure::new(exit_code, error.name(), error.to_string());
            Err(match error {
                DeviceError::NoAnswer(_) | DeviceError::NoResponse(_) => failure
                    .hint("the device may have done it: send the same token again if it is for one use; code 34 says that it has"),
                _ => failure,
            })
        }
    }
}

fn open(line: &Line) -> Result<Device<Box<dyn Port>>, Failure> {
    let timeout = Duration::from_secs(line.timeout);
    let port: std::io::Result<Box<dyn Port>> = match (&line.port, &line.socket) {
        (Some(path), _) => open_serial(path, line.baud).map(|port| Box::new(port) as Box<dyn Port>),
        #[cfg(unix)]
        (_, Some(path)) if path.contains('/') => {
            std::os::unix::net::UnixStream::connect(path).map(|port| Box::new(port) as Box<dyn Port>)
        }
        (_, address) => {
            TcpStream::connect(address.as_deref().unwrap_or_default()).map(|port| Box::new(port) as Box<dyn Port>)
        }
    };
    let name = line.port.as_ref().or(line.socket.as_ref()).map(String::as_str).unwrap_or_default();
    let port = port.map_err(|error| Failure::new(SYSTEM, "line", format!("{name} cannot be opened: {error}")))?;
    let device = Device::new(port).map_err(|error| Failure::new(SYSTEM, error.name(), error.to_string()))?;
    Ok(device.timeout(timeout))
}
