//! The serial line, as `targets/cortex-m/README.md` describes it, written without the device's code.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, channel};

use anyhow::{Context, Result, ensure};
use crc::{CRC_32_ISO_HDLC, Crc};

use crate::device::PATIENCE;

const CHECKSUM: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// The host's end of the line. Responses are read all the time, so that neither side ever waits for the other.
#[derive(Debug)]
pub struct Line {
    output: UnixStream,
    responses: Receiver<Vec<u8>>,
}

/// What a device answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The id of the request.
    pub id: u32,
    /// 0 or the reason.
    pub code: u8,
    /// Calls left, a passport, or nothing.
    pub body: Vec<u8>,
}

impl Line {
    pub(crate) fn new(stream: UnixStream) -> Result<Self> {
        let mut input = stream.try_clone()?;
        input.set_read_timeout(None)?;
        let (sender, responses) = channel();
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
        Ok(Self { output: stream, responses })
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
        let frame = self.responses.recv_timeout(PATIENCE).context("the board does not answer")?;
        let content = cobs::decode_vec(&frame).ok().context("not COBS")?;
        let (content, checksum) = content.split_last_chunk::<4>().context("no checksum")?;
        ensure!(CHECKSUM.checksum(content) == u32::from_be_bytes(*checksum), "a wrong checksum");
        let (head, body) = content.split_first_chunk::<7>().context("no head")?;
        ensure!(usize::from(u16::from_be_bytes([head[5], head[6]])) == body.len(), "a wrong length");
        let id = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
        Ok(Response { id, code: head[4], body: body.to_vec() })
    }

    /// Sends a request and returns the response to it, passing over what earlier bytes caused.
    ///
    /// # Errors
    /// As [`send`](Self::send) and [`receive`](Self::receive).
    pub fn ask(&mut self, request: &[u8]) -> Result<Response> {
        let id = u32::from_be_bytes(request.get(1..5).and_then(|id| id.try_into().ok()).context("no id")?);
        self.send(&framed(request))?;
        loop {
            let response = self.receive()?;
            if response.id == id {
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
pub fn passport_request(id: u32) -> Vec<u8> {
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
