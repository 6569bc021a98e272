//! The serial line, as `targets/firmware/README.md` describes it, written without the device's
//! code.

use std::fmt;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use crc::{CRC_32_ISO_HDLC, Crc};

use crate::device::PATIENCE;

const CHECKSUM: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// The host's end of the line. Responses are read all the time, so that neither side ever waits for
/// the other.
#[derive(Debug)]
pub struct Line {
    output: UnixStream,
    /// The bytes between two zeros, as they came.
    frames: Receiver<Vec<u8>>,
}

/// A device's answer. `Debug` prints the length of the body, because it may be a token.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The kind of the request with the top bit set.
    pub kind: u8,
    /// The id of the request.
    pub id: u32,
    /// 0 or the reason.
    pub code: u8,
    /// Calls left, a token, or nothing.
    pub body: Vec<u8>,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, id, code, body } = self;
        write!(f, "response {kind:02x} to {id}: code {code}, {} bytes", body.len())
    }
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
        let content = cobs::decode_vec(&frame).ok().context("not COBS")?;
        let (content, checksum) = content.split_last_chunk::<4>().context("no checksum")?;
        ensure!(CHECKSUM.checksum(content) == u32::from_be_bytes(*checksum), "a wrong checksum");
        let (&[kind, i0, i1, i2, i3, code, l0, l1], body) = content.split_first_chunk().context("no head")?;
        ensure!(kind >= 0x80, "a kind that requests have");
        ensure!(usize::from(u16::from_be_bytes([l0, l1])) == body.len(), "a wrong length");
        Ok(Response { kind, id: u32::from_be_bytes([i0, i1, i2, i3]), code, body: body.to_vec() })
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

/// A frame with this content.
pub fn framed(content: &[u8]) -> Vec<u8> {
    let content = [content, &CHECKSUM.checksum(content).to_be_bytes()].concat();
    [&[0], &cobs::encode_vec(&content)[..], &[0]].concat()
}

/// Kind 1.
pub fn call_request(id: u32, token: &[u8], scope: &str) -> Vec<u8> {
    request(1, id, &[token, scope.as_bytes()])
}

/// Kind 2.
pub fn bundle_request(id: u32, bundle: &[u8]) -> Vec<u8> {
    request(2, id, &[bundle])
}

/// Kind 3.
pub fn token_request(id: u32) -> Vec<u8> {
    request(3, id, &[])
}

fn request(kind: u8, id: u32, parts: &[&[u8]]) -> Vec<u8> {
    let mut content = vec![kind];
    content.extend(id.to_be_bytes());
    for part in parts {
        content.extend(u16::try_from(part.len()).expect("a part is shorter than 64 KB").to_be_bytes());
        content.extend(*part);
    }
    content
}
