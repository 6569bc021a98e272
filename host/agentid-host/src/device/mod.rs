//! A device that takes orders from agents, over a serial port or a socket: the protocol of
//! `targets/firmware/README.md`.
//!
//! ```no_run
//! use agentid_host::device::{Device, open_serial};
//!
//! # let (bundle, token) = ([0; 4], [0; 173]);
//! let mut device = Device::new(open_serial("/dev/ttyACM0", 115_200)?)?;
//! device.set_trust(&bundle)?;
//! let calls_left = device.call(&token, "relay:on")?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod frame;
mod port;

use std::io;
use std::time::{Duration, Instant};

pub use error::{DeviceError, DeviceRefusal};
pub use frame::{Request, Response, framed};
pub use port::{Port, open_serial};

/// How long a response may take unless told otherwise. A signature takes 0.2 s on the slowest board.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The longest response: a frame with a token of the longest kind.
const LONGEST_FRAME: usize = 67_000;
/// How long the response to a request may still take after one to a frame that could not be read.
/// That frame can be noise from before the request.
const AFTER_NOISE: Duration = Duration::from_secs(1);

/// A device at the other end of a line.
#[derive(Debug)]
pub struct Device<P> {
    port: P,
    timeout: Duration,
    /// The id of the next request.
    next_id: u32,
    /// The bytes since the last zero.
    partial: Vec<u8>,
}

impl<P: Port> Device<P> {
    /// Begins to speak on a line. The first id is random, so that a response to an earlier program is
    /// not taken for one to this.
    ///
    /// # Errors
    /// [`DeviceError::Line`] if the system has no randomness.
    pub fn new(port: P) -> Result<Self, DeviceError> {
        let next_id = getrandom::u32().map_err(io::Error::other)?;
        Ok(Self { port, timeout: TIMEOUT, next_id, partial: Vec::new() })
    }

    /// Sets how long the device may take for each request, 5 s unless told otherwise.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Has the device do what a scope stands for. Returns how many calls the token is good for after
    /// this one, or `None` for any number.
    ///
    /// # Errors
    /// [`DeviceError::Refused`] with the code of the device. After [`DeviceError::NoAnswer`] the call
    /// may have been carried out: if the token is for one use, send it again. Code 34 means that it was.
    pub fn call(&mut self, token: &[u8], scope: &str) -> Result<Option<u32>, DeviceError> {
        let body = self.ask(Request::Call { token, scope })?;
        let left = u32::from_be_bytes(body.try_into().map_err(|_| DeviceError::MalformedResponse)?);
        Ok((left != u32::MAX).then_some(left))
    }

    /// Gives the device a trust bundle, which it adopts if it is newer than its own.
    ///
    /// # Errors
    /// As [`call`](Self::call). A bundle can be sent again.
    pub fn set_trust(&mut self, bundle: &[u8]) -> Result<(), DeviceError> {
        let body = self.ask(Request::Trust(bundle))?;
        if body.is_empty() { Ok(()) } else { Err(DeviceError::MalformedResponse) }
    }

    /// Asks the device for a token of its own. It is a name to look up, and no proof of who is on the
    /// line.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub fn token(&mut self) -> Result<Vec<u8>, DeviceError> {
        let body = self.ask(Request::Token)?;
        if body.is_empty() { Err(DeviceError::MalformedResponse) } else { Ok(body) }
    }

    /// Sends a request and returns the body of the response to it. It is sent once: a device that
    /// carried it out and was not heard would do so again.
    fn ask(&mut self, request: Request<'_>) -> Result<Vec<u8>, DeviceError> {
        let deadline = Instant::now() + self.timeout;
        let id = self.next_id;
        self.next_id = id.wrapping_add(1);
        let frame = framed(&request.content(id).ok_or(DeviceError::TooLong)?);
        self.send(&frame, deadline)?;
        let response = self.response(request.response_kind(), id, deadline)?;
        match response.code {
            0 => Ok(response.body),
            code => Err(DeviceError::Refused(DeviceRefusal(code))),
        }
    }

    fn send(&mut self, frame: &[u8], deadline: Instant) -> Result<(), DeviceError> {
        let mut rest = frame;
        while !rest.is_empty() {
            let written = self.limited(deadline, |port| port.write(rest))?;
            rest = rest.get(written.ok_or(DeviceError::NoAnswer(self.timeout))?..).unwrap_or_default();
        }
        Ok(())
    }

    /// Reads until the response to this request. Passes over everything else.
    fn response(&mut self, kind: u8, id: u32, mut deadline: Instant) -> Result<Response, DeviceError> {
        let (mut frames, mut unreadable) = (0_u32, None);
        let mut bytes = [0; 1024];
        loop {
            let Some(len) = self.limited(deadline, |port| port.read(&mut bytes))? else {
                return Err(match (unreadable, frames) {
                    (Some(code), _) => DeviceError::Refused(DeviceRefusal(code)),
                    (None, 0) => DeviceError::NoAnswer(self.timeout),
                    (None, frames) => DeviceError::NoResponse(frames),
                });
            };
            for &byte in bytes.get(..len).unwrap_or_default() {
                if byte != 0 {
                    // What is longer than every response is cut off, and then is none.
                    if self.partial.len() < LONGEST_FRAME {
                        self.partial.push(byte);
                    }
                    continue;
                }
                let frame = std::mem::take(&mut self.partial);
                frames = frames.saturating_add(u32::from(!frame.is_empty()));
                let Some(response) = Response::read(&frame) else { continue };
                if (response.kind, response.id) == (kind, id) {
                    return Ok(response);
                }
                if (response.kind, response.id) == (Response::UNREADABLE, 0) && response.code != 0 {
                    unreadable = Some(response.code);
                    deadline = deadline.min(Instant::now() + AFTER_NOISE);
                }
            }
        }
    }

    /// Reads or writes until the deadline. `None` is late.
    fn limited(
        &mut self,
        deadline: Instant,
        mut transfer: impl FnMut(&mut P) -> io::Result<usize>,
    ) -> io::Result<Option<usize>> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            self.port.set_timeout(left.max(Duration::from_millis(1)))?;
            match transfer(&mut self.port) {
                Ok(0) => {
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the other end has closed it"));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                    return Ok(None);
                }
                done => return done.map(Some),
            }
        }
    }
}
