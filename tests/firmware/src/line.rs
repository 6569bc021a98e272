//! The serial line to a board, for tests that choose each byte and each id. Frames and messages are
//! those of `agentid_host::device`.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use agentid_host::device::{BadFrame, FrameReader, Request, Response, framed};
use anyhow::{Context, Result};

use crate::device::PATIENCE;

/// The host's end of the line. Responses are read all the time, so that neither side ever waits for
/// the other.
#[derive(Debug)]
pub struct Line {
    output: UnixStream,
    /// The contents of frames, as they came.
    frames: Receiver<Result<Vec<u8>, BadFrame>>,
}

impl Line {
    pub(crate) fn new(stream: UnixStream) -> Result<Self> {
        let mut input = stream.try_clone()?;
        input.set_read_timeout(None)?;
        let (sender, frames) = channel();
        std::thread::spawn(move || {
            let (mut reader, mut bytes) = (FrameReader::default(), [0; 4096]);
            while let Ok(len @ 1..) = input.read(&mut bytes) {
                let frames = bytes[..len].iter().filter_map(|&byte| reader.push(byte));
                if frames.map(|frame| sender.send(frame)).any(|sent| sent.is_err()) {
                    return;
                }
            }
        });
        Ok(Self { output: stream, frames })
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// If the board is gone.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.output.write_all(bytes)?)
    }

    /// The next response.
    ///
    /// # Errors
    /// If none comes for a minute, or what comes is no response.
    pub fn receive(&mut self) -> Result<Response> {
        let content = self.frames.recv_timeout(PATIENCE).context("the board does not answer")??;
        Response::parse(&content).context("no response")
    }

    /// Sends every frame back to the board, byte for byte, until none comes for this long. Returns
    /// the number of frames; stops at `most`.
    ///
    /// # Errors
    /// If the board is gone, or what it sends is no frame.
    pub fn echo(&mut self, silence: Duration, most: usize) -> Result<usize> {
        for count in 0..most {
            let Ok(frame) = self.frames.recv_timeout(silence) else { return Ok(count) };
            // Each content has one encoding.
            self.send(&framed(&frame?))?;
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
    content(Request::Bundle(bundle), id)
}

/// Kind 3.
pub fn token_request(id: u32) -> Vec<u8> {
    content(Request::Token, id)
}

fn content(request: Request<'_>, id: u32) -> Vec<u8> {
    request.content(id).expect("a part is shorter than 64 KB")
}
