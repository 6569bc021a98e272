//! The serial line of the gatekeeper: bytes with faults between them become the frames of the
//! model, the contents of frames its requests, and what is written can be read.
//!
//! What is answered is left to `serve`, real UARTs to nobody.

use std::convert::Infallible;

use agentid_gatekeeper::{BadRequest, FrameReader, LineError, MAX_RESPONSE_LEN, Request, WriteError, write_frame};
use embedded_io::{ErrorType, Write};
use heapless::{Vec, VecView};

use crate::model::frame::{Request as Asked, content, framed, request};

/// Kind: even for bytes of a line, with the room for a frame before them in two bytes; odd for the
/// content of a frame.
pub fn run(data: &[u8]) {
    match data {
        [kind, low, high, line @ ..] if kind % 2 == 0 => stream(line, u16::from_le_bytes([*low, *high]).into()),
        [kind, content @ ..] if kind % 2 == 1 => contents(content),
        _ => {}
    }
}

/// With the smallest buffer that has so much room: how large one is, is said at compile time.
fn stream(bytes: &[u8], room: usize) {
    match room {
        0 => stream_into(bytes, &mut Vec::<u8, 0>::new()),
        1..=3 => stream_into(bytes, &mut Vec::<u8, 3>::new()),
        4 => stream_into(bytes, &mut Vec::<u8, 4>::new()),
        5..=20 => stream_into(bytes, &mut Vec::<u8, 20>::new()),
        21..=300 => stream_into(bytes, &mut Vec::<u8, 300>::new()),
        301..=2_048 => stream_into(bytes, &mut Vec::<u8, 2_048>::new()),
        _ => stream_into(bytes, &mut Vec::<u8, 0x2_0000>::new()),
    }
}

/// Byte 0xEE stands for a fault of the line when another one follows it.
fn stream_into(bytes: &[u8], buffer: &mut VecView<u8>) {
    let (mut reader, room) = (FrameReader::default(), buffer.capacity());
    let (mut stuffed, mut spoilt) = (vec![], false);
    let mut line = bytes.iter().copied().peekable();
    while let Some(byte) = line.next() {
        if byte == 0xEE && line.next_if_eq(&0xEE).is_some() {
            reader.spoil();
            // Between frames there is nothing to spoil.
            spoilt |= !stuffed.is_empty();
            continue;
        }
        let seen = reader.push(byte, buffer).map(|frame| frame.map(|()| buffer.to_vec()));
        if byte != 0 {
            stuffed.push(byte);
            assert_eq!(seen, None);
        } else if stuffed.is_empty() {
            assert_eq!(seen, None);
        } else {
            let model = content(&stuffed, room, spoilt);
            assert_eq!(seen.map(|frame| frame.map_err(LineError::code)), Some(model));
            (stuffed, spoilt) = (vec![], false);
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
    let mut line = vec![];
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
pub(super) struct Output<'o>(pub(super) &'o mut std::vec::Vec<u8>);

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
