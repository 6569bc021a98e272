//! The serial line to a board, over the frames of `agentid-host`, and with room for what no host
//! should send.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use agentid_host::device::{Request, Response, framed};

use anyhow::{Context, Result};

use crate::device::PATIENCE;

/// The host's end of the line. Responses are read all the time, so that neither side ever waits for
/// the other.
#[derive(Debug)]
pub struct Line {
    output: UnixStream,
    /// The bytes between two zeros, as they came.
    frames: Receiver<Vec<u8>>,
}

impl Line {
    pub(crate) fn new(stream: UnixStream) -> Result<Self> {
        let mut input = stream.try_clone()?;
        input.set_read_timeout(None)?;
        let (sender, frames) = channel();
        std::thread::spawn(move || {
            let (mut frame, mut bytes) = (Vec::new(), [0; 4096]);
            while let Ok(len @ 1..) = input.read(&mut bytes) {
                for &byte in &bytes[..len] {
                    if byte != 0 {
                        frame.push(byte);
                    } else if !frame.is_empty() && sender.send(std::mem::take(&mut frame)).is_err() {
                        return;
                    }
                }
            }
        });
        Ok(Self { output: stream, frames })
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// Where the board is gone.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.output.write_all(bytes)?)
    }

    /// The next response.
    ///
    /// # Errors
    /// Where none comes for a minute, or what comes is no response.
    pub fn receive(&mut self) -> Result<Response> {
        let frame = self.frames.recv_timeout(PATIENCE).context("the board does not answer")?;
        Response::read(&frame).context("no whole response")
    }

    /// Sends every frame back to the board, byte for byte, until none comes for this long. Returns
    /// the number of frames; stops at `most`.
    ///
    /// # Errors
    /// If the board is gone.
    pub fn echo(&mut self, silence: Duration, most: usize) -> Result<usize> {
        for count in 0..most {
            let Ok(frame) = self.frames.recv_timeout(silence) else { return Ok(count) };
            self.send(&[&[0], &frame[..], &[0]].concat())?;
        }
        Ok(most)
    }

    /// Sends a request and returns the response to it, passing over what earlier bytes caused.
    ///
    /// # Errors
    /// As [`send`](Self::send) and [`receive`](Self::receive).
    pub fn ask(&mut self, request: &[u8]) -> Result<Response> {
        let (&[kind, ref id @ ..], _) = request.split_first_chunk::<5>().context("no id")?;
        let id = u32::from_be_bytes(*id);
        self.send(&framed(request))?;
        loop {
            let response = self.receive()?;
            if (response.kind, response.id) == (kind | 0x80, id) {
                return Ok(response);
            }
        }
    }
}

/// Kind 1.
pub fn call_request(id: u32, token: &[u8], scope: &str) -> Vec<u8> {
    content(Request::Call { token, scope }, id)
}

/// Kind 2.
pub fn bundle_request(id: u32, bundle: &[u8]) -> Vec<u8> {
    content(Request::Trust(bundle), id)
}

/// Kind 3.
pub fn token_request(id: u32) -> Vec<u8> {
    content(Request::Token, id)
}

fn content(request: Request<'_>, id: u32) -> Vec<u8> {
    request.content(id).expect("a part is shorter than 64 KB")
}
