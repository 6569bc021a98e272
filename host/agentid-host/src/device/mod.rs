//! A device that checks tokens, seen from the host: calls, trust bundles, and its own token, over a
//! serial line or a socket.
//!
//! ```no_run
//! use std::path::Path;
//! use std::time::Duration;
//!
//! use agentid_host::device::{Device, DeviceError, SerialLine};
//!
//! # fn run(bundle: &[u8], token: &[u8]) -> Result<(), DeviceError> {
//! let port = SerialLine::open(Path::new("/dev/ttyACM0"), 115_200).map_err(DeviceError::Line)?;
//! let mut device = Device::new(port, Duration::from_secs(5))?;
//! device.trust(bundle)?;
//! let calls_left = device.send(token, "door:north:open")?;
//! # Ok(())
//! # }
//! ```
//!
//! The protocol is that of `targets/firmware/README.md`. Its checksum is against noise. An attacker
//! on the line can write answers, so an answer proves nothing about what the device did.

mod error;
mod frame;
mod line;
mod message;

use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

pub use error::{DeviceError, DeviceRefusal, Heard};
pub use frame::{BadFrame, FrameReader, framed};
pub use line::{Line, SerialLine, connect};
pub use message::{Request, Response};

/// A body that says that a token's calls are not limited.
const UNLIMITED: u32 = u32::MAX;

/// No stream takes a limit of 0.
const SHORTEST: Duration = Duration::from_millis(1);

/// A device at the other end of a line. One request is under way at a time.
///
/// No request is repeated: a call whose answer was lost has been counted, and maybe done.
#[derive(Debug)]
pub struct Device<L> {
    line: L,
    reader: FrameReader,
    next_id: u32,
    patience: Duration,
}

impl<L: Line> Device<L> {
    /// A device on this line. Each request ends within `patience`, whatever comes over the line.
    ///
    /// The first id is drawn at random, so that an answer to another program's request is not taken
    /// for one to this program's.
    ///
    /// # Errors
    /// [`DeviceError::NoEntropy`].
    pub fn new(line: L, patience: Duration) -> Result<Self, DeviceError> {
        let next_id = getrandom::u32().map_err(|_| DeviceError::NoEntropy)?;
        Ok(Self { line, reader: FrameReader::default(), next_id, patience })
    }

    /// Has the device verify the token and do what the scope stands for. Returns the calls left, if
    /// they are limited.
    ///
    /// # Errors
    /// [`DeviceError::Refused`] with the device's reason; any other [`DeviceError`] if it gave none.
    pub fn send(&mut self, token: &[u8], scope: &str) -> Result<Option<u32>, DeviceError> {
        let body = self.accepted(&Request::Call { token, scope })?;
        let calls_left = u32::from_be_bytes(body.try_into().map_err(|_| DeviceError::MalformedAnswer)?);
        Ok((calls_left != UNLIMITED).then_some(calls_left))
    }

    /// Gives the device a trust bundle. `Ok` if it is in force now, or was before.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn trust(&mut self, bundle: &[u8]) -> Result<(), DeviceError> {
        let body = self.accepted(&Request::Bundle(bundle))?;
        if body.is_empty() { Ok(()) } else { Err(DeviceError::MalformedAnswer) }
    }

    /// Asks the device for its own token, which is not verified here: it is a name to look up.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn token(&mut self) -> Result<Vec<u8>, DeviceError> {
        self.accepted(&Request::Token)
    }

    /// The body of an answer that does not refuse.
    fn accepted(&mut self, request: &Request<'_>) -> Result<Vec<u8>, DeviceError> {
        let Response { code, body, .. } = self.ask(request)?;
        DeviceRefusal::from_code(code).map_or(Ok(body), |refusal| Err(refusal.into()))
    }

    /// Sends a request and returns the response to it, whatever its code.
    ///
    /// # Errors
    /// Those of [`DeviceError`] but [`DeviceError::Refused`].
    pub fn ask(&mut self, request: &Request<'_>) -> Result<Response, DeviceError> {
        let id = self.next_id;
        let frame = framed(&request.content(id)?);
        self.next_id = id.wrapping_add(1);
        let started = Instant::now();
        self.write(&frame, started)?;
        let mut heard = Heard::Nothing;
        let mut bytes = [0; 1024];
        while self.has_time(started)? {
            let read = match self.line.read(&mut bytes) {
                Ok(0) => return Err(DeviceError::Closed),
                Ok(read) => read,
                Err(error) if is_for_now(&error) => continue,
                Err(error) => return Err(DeviceError::Line(error)),
            };
            heard = heard.max(Heard::Noise);
            // What lies behind the response is older than the next request: it is not kept.
            for &byte in bytes.get(..read).unwrap_or_default() {
                let Some(Ok(content)) = self.reader.push(byte) else { continue };
                if Response::is_begun_by(&content, request, id) {
                    return Response::parse(&content).ok_or(DeviceError::MalformedAnswer);
                }
                heard = heard.max(heard_in(&content));
            }
        }
        Err(DeviceError::NoAnswer { waited: self.patience, heard })
    }

    fn write(&mut self, frame: &[u8], started: Instant) -> Result<(), DeviceError> {
        let mut rest = frame;
        while !rest.is_empty() {
            if !self.has_time(started)? {
                return Err(DeviceError::NotSent(self.patience));
            }
            match self.line.write(rest) {
                Ok(0) => return Err(DeviceError::Closed),
                Ok(written) => rest = rest.get(written..).unwrap_or_default(),
                Err(error) if is_for_now(&error) => {}
                Err(error) => return Err(DeviceError::Line(error)),
            }
        }
        Ok(())
    }

    /// Returns whether there is time left, and limits the next read or write to it.
    fn has_time(&mut self, started: Instant) -> Result<bool, DeviceError> {
        let left = self.patience.saturating_sub(started.elapsed());
        self.line.set_limit(left.max(SHORTEST)).map_err(DeviceError::Line)?;
        Ok(!left.is_zero())
    }
}

/// A frame that does not answer the request.
fn heard_in(content: &[u8]) -> Heard {
    match Response::parse(content) {
        Some(Response { kind: Response::UNREADABLE, code, .. }) => {
            DeviceRefusal::from_code(code).map_or(Heard::Others, Heard::Unreadable)
        }
        _ => Heard::Others,
    }
}

/// The wait was over, or a signal came: the line is as good as before.
fn is_for_now(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
