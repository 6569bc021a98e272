//! The serial line of the gatekeeper: bytes with faults between them become the frames of the model, the contents of
//! frames its requests, and what is written can be read.
//!
//! What is answered is left to `serve`, real UARTs to nobody.

use std::convert::Infallible;

use agentid_gatekeeper::{
    BadRequest, FrameReader, LineError, MAX_RESPONSE_LEN, Request, WriteError, write_frame,
};
use embedded_io::{ErrorType, Write};

use crate::model::frame::{Request as Asked, content, framed, request};

/// Kind: even for bytes of a line, with the room for a frame before them in two bytes; odd for the content of a frame.
pub fn run(data: &[u8]) {
    match data {
        [kind, low, high, line @ ..] if kind % 2 == 0 => stream(line, u16::from_le_bytes([*low, *high]).into()),
        [kind, content @ ..] if kind % 2 == 1 => contents(content),
        _ => {}
    }
}

/// Byte 0xEE stands for a fault of the line when another one follows it.
fn stream(bytes: &[u8], room: usize) {
    let (mut reader, mut buffer) = (FrameReader::default(), vec![0; room]);
    let (mut stuffed, mut spoilt) = (Vec::new(), false);
    let mut line = bytes.iter().copied().peekable();
    while let Some(byte) = line.next() {
        if byte == 0xEE && line.next_if_eq(&0xEE).is_some() {
            reader.spoil();
            // Between frames there is nothing to spoil.
            spoilt |= !stuffed.is_empty();
            continue;
        }
        let seen = reader.push(byte, &mut buffer).map(|frame| frame.map(|len| buffer[..len].to_vec()));
        if byte != 0 {
            stuffed.push(byte);
            assert_eq!(seen, None);
        } else if stuffed.is_empty() {
            assert_eq!(seen, None);
        } else {
            let model = content(&stuffed, room, spoilt);
            assert_eq!(seen.map(|frame| frame.map_err(LineError::code)), Some(model));
            (stuffed, spoilt) = (Vec::new(), false);
        }
    }
}

fn contents(bytes: &[u8]) {
    let ours = match Request::parse(bytes) {
        Ok(Request::Call { id, token, scope }) => {
            Some((1, id, Ok(Asked::Call { token: token.to_vec(), scope: scope.to_owned() })))
        }
        Ok(Request::Bundle { id, bundle }) => Some((2, id, Ok(Asked::Bundle(bundle.to_vec())))),
        Ok(Request::Token { id }) => Some((3, id, Ok(Asked::Token))),
        Err(BadRequest::Refused { kind, id, error }) => Some((kind, id, Err(error.code()))),
        Err(BadRequest::Response) => None,
    };
    assert_eq!(ours, request(bytes));

    let (head, body) = bytes.split_at(bytes.len().min(8));
    let mut line = Vec::new();
    let written = write_frame(&mut Output(&mut line), [head, body]);
    if bytes.len() > MAX_RESPONSE_LEN {
        assert_eq!((written, line.len()), (Err(WriteError::TooLong), 0));
    } else {
        assert_eq!(written, Ok(()));
        let stuffed = line.strip_prefix(&[0]).and_then(|line| line.strip_suffix(&[0])).expect("delimited");
        assert_eq!(content(stuffed, usize::MAX, false).as_deref(), Ok(bytes));
    }
    stream(&framed(bytes), bytes.len() + 4);
}

/// The line back.
pub(super) struct Output<'o>(pub(super) &'o mut Vec<u8>);

impl ErrorType for Output<'_> {
    type Error = Infallible;
}

impl Write for Output<'_> {
    fn write(&mut self, buf: &[u8]) -> Result<usize, Infallible> {
        self.0.extend(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
