//! Frames on a byte stream: COBS, so that a zero byte always ends one, and CRC-32, so that noise is
//! no request.
//!
//! Whatever was garbled, the reader is in step again after the next zero. It never waits for a
//! number of bytes.

use core::fmt;

use cobs::{CobsEncoder, DecodeResult, DecoderState, DestBufTooSmallError};
use crc::{CRC_32_ISO_HDLC, Crc, NoTable};
use embedded_io::Write;
use heapless::VecView;

use crate::code::LineError;

/// Without a table: 1 KB less flash, and a request is some two hundred bytes.
const CHECKSUM: Crc<u32, NoTable> = Crc::<u32, NoTable>::new(&CRC_32_ISO_HDLC);

/// Ends every frame, and begins it as well, so that noise before it is cut off.
const DELIMITER: u8 = 0;

/// The most bytes that a response may have, without its checksum.
pub const MAX_RESPONSE_LEN: usize = 288;

/// With the checksum, one byte of stuffing per 254 begun, and a delimiter on both sides.
const MAX_FRAME_LEN: usize = MAX_RESPONSE_LEN + 4 + 2 + 2;

/// Puts frames together, byte by byte, in a vector that the caller lends.
///
/// The vector knows how much of a frame is in it. A frame that is begun in one vector and ended in
/// another is refused by its checksum.
#[derive(Debug, Default)]
pub struct FrameReader {
    state: DecoderState,
    too_long: bool,
    spoilt: bool,
}

impl FrameReader {
    /// Takes the next byte. Returns `None` until a frame ends; then `frame` holds its content
    /// without the checksum.
    ///
    /// # Errors
    /// Once per frame, when it ends: [`LineError::FrameTooLong`], [`LineError::FrameCorrupt`];
    /// `frame` is empty then. Answer them as
    /// [`Response::UNREADABLE`](crate::Response::UNREADABLE) says: not each of them.
    pub fn push(&mut self, byte: u8, frame: &mut VecView<u8>) -> Option<Result<(), LineError>> {
        let ended = match self.state.feed(byte) {
            Ok(DecodeResult::NoData) => return None,
            Ok(DecodeResult::DataStart) => {
                frame.clear();
                self.too_long = false;
                self.spoilt = false;
                return None;
            }
            Ok(DecodeResult::DataContinue(byte)) => {
                self.too_long |= frame.push(byte).is_err();
                return None;
            }
            Ok(DecodeResult::DataComplete) => self.content_len(frame),
            Err(_) if self.too_long => Err(LineError::FrameTooLong),
            Err(_) => Err(LineError::FrameCorrupt),
        };
        frame.truncate(ended.unwrap_or(0));
        Some(ended.map(drop))
    }

    /// The line lost something: the frame that has begun is refused when it ends.
    pub const fn spoil(&mut self) {
        self.spoilt = true;
    }

    /// The length of a whole frame's content, if its checksum is right.
    fn content_len(&self, frame: &[u8]) -> Result<usize, LineError> {
        if self.too_long {
            return Err(LineError::FrameTooLong);
        }
        if self.spoilt {
            return Err(LineError::FrameCorrupt);
        }
        let (content, checksum) = frame.split_last_chunk::<4>().ok_or(LineError::FrameCorrupt)?;
        if CHECKSUM.checksum(content) == u32::from_be_bytes(*checksum) {
            Ok(content.len())
        } else {
            Err(LineError::FrameCorrupt)
        }
    }
}

/// A frame was not written, or not to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteError<E> {
    /// The content is longer than [`MAX_RESPONSE_LEN`] bytes. Nothing was written.
    TooLong,
    /// The line failed with this error. The part of the frame before it may have been written.
    Line(E),
    /// The line took none of the bytes. The part of the frame before them may have been written.
    TakesNothing,
}

impl<E: fmt::Display> fmt::Display for WriteError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str("the content is too long for a frame"),
            Self::Line(error) => write!(f, "the line failed: {error}"),
            Self::TakesNothing => f.write_str("the line takes no bytes"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for WriteError<E> {}

/// Writes one frame with this content: the parts, one behind the other, of at most
/// [`MAX_RESPONSE_LEN`] bytes.
///
/// `Ok` means that the line took the whole frame and was flushed.
///
/// # Errors
/// Those of [`WriteError`].
pub fn write_frame<W: Write>(line: &mut W, content: [&[u8]; 2]) -> Result<(), WriteError<W::Error>> {
    let [head, body] = content;
    if head.len().saturating_add(body.len()) > MAX_RESPONSE_LEN {
        return Err(WriteError::TooLong);
    }
    let mut frame = [DELIMITER; MAX_FRAME_LEN];
    let (_, room) = frame.split_first_mut().ok_or(WriteError::TooLong)?;
    let len = stuff(room, content).map_err(|_| WriteError::TooLong)?;
    // Behind a last run of 254 bytes the encoder leaves a byte of its own in the delimiter's place.
    *frame.get_mut(len.saturating_add(1)).ok_or(WriteError::TooLong)? = DELIMITER;
    // One delimiter before, one behind.
    let mut rest = frame.get(..len.saturating_add(2)).ok_or(WriteError::TooLong)?;
    // Not `write_all`, which panics if a line takes nothing.
    while !rest.is_empty() {
        match line.write(rest).map_err(WriteError::Line)? {
            0 => return Err(WriteError::TakesNothing),
            written => rest = rest.get(written..).unwrap_or_default(),
        }
    }
    line.flush().map_err(WriteError::Line)
}

fn stuff(room: &mut [u8], content: [&[u8]; 2]) -> Result<usize, DestBufTooSmallError> {
    let mut encoder = CobsEncoder::new(room);
    let mut digest = CHECKSUM.digest();
    for part in content {
        encoder.push(part)?;
        digest.update(part);
    }
    encoder.push(&digest.finalize().to_be_bytes())?;
    Ok(encoder.finalize())
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::vec::Vec;

    use embedded_io::ErrorKind;
    use heapless::VecView;

    use super::{FrameReader, MAX_RESPONSE_LEN, WriteError, write_frame};
    use crate::code::LineError;

    fn framed(content: &[u8]) -> Vec<u8> {
        let mut line = Vec::new();
        let (head, body) = content.split_at(content.len().min(7));
        write_frame(&mut line, [head, body]).expect("memory is endless");
        line
    }

    /// What the reader reports for these bytes with a buffer of 300.
    fn read(bytes: &[u8]) -> Vec<Result<Vec<u8>, LineError>> {
        read_into(&mut heapless::Vec::<u8, 300>::new(), bytes, &mut FrameReader::default())
    }

    /// What the reader reports for these bytes with this buffer.
    fn read_into(
        buffer: &mut VecView<u8>,
        bytes: &[u8],
        reader: &mut FrameReader,
    ) -> Vec<Result<Vec<u8>, LineError>> {
        let mut seen = Vec::new();
        for &byte in bytes {
            if let Some(frame) = reader.push(byte, buffer) {
                assert!(frame.is_ok() || buffer.is_empty(), "nothing of a bad frame is left");
                seen.push(frame.map(|()| buffer.to_vec()));
            }
        }
        seen
    }

    #[test]
    fn a_frame_that_ends_in_another_buffer_is_refused_and_the_next_is_read() {
        let good = framed(b"\x01door:north:open");
        // The first two bytes hold nothing of the content.
        for at in 3..good.len() - 1 {
            let (begun, rest) = good.split_at(at);
            let (mut first, mut second) = (heapless::Vec::<u8, 300>::new(), heapless::Vec::<u8, 20>::new());
            // What a frame before it left there, as long as what is missing.
            second.extend_from_slice(&[7; 20][..at - 2]).expect("room");
            let mut reader = FrameReader::default();
            assert_eq!(read_into(&mut first, begun, &mut reader), []);
            let ended = read_into(&mut second, rest, &mut reader);
            assert!(ended.len() == 1 && ended[0].is_err(), "cut at {at}: {ended:?}");
            assert_eq!(read_into(&mut first, &good, &mut reader), [Ok(b"\x01door:north:open".to_vec())]);
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for len in 0..=MAX_RESPONSE_LEN {
            for fill in [0, 1, 0xFF] {
                let content = std::vec![fill; len];
                assert_eq!(read(&framed(&content)), [Ok(content)], "{len} bytes of {fill}");
            }
        }
    }

    #[test]
    fn content_that_is_too_long_is_an_error_and_nothing_is_written() {
        // Zeros are stuffed with fewer bytes than others, so a frame of one more would have room
        // for them.
        for fill in [0, 1] {
            for len in [MAX_RESPONSE_LEN + 1, MAX_RESPONSE_LEN + 2, 2 * MAX_RESPONSE_LEN, 70_000] {
                let (mut line, content) = (Vec::new(), std::vec![fill; len]);
                let written = write_frame(&mut line, [&content[..7], &content[7..]]);
                assert_eq!(written, Err(WriteError::TooLong), "{len} bytes of {fill}");
                assert!(line.is_empty(), "{len} bytes of {fill}: nothing rather than half a response");
            }
        }
    }

    /// A line that takes three bytes at a time, until it has taken so many.
    struct Short {
        room: usize,
        then: Result<usize, ErrorKind>,
    }

    impl embedded_io::ErrorType for Short {
        type Error = ErrorKind;
    }

    impl embedded_io::Write for Short {
        fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
            let written = bytes.len().min(self.room).min(3);
            self.room -= written;
            if written > 0 { Ok(written) } else { self.then }
        }

        fn flush(&mut self) -> Result<(), ErrorKind> {
            Ok(())
        }
    }

    #[test]
    fn a_frame_that_the_line_does_not_take_to_its_end_is_an_error() {
        let len = framed(b"open").len();
        for room in 0..len {
            let write = |then| write_frame(&mut Short { room, then }, [b"open", b""]);
            assert_eq!(write(Ok(0)), Err(WriteError::TakesNothing), "{room} bytes");
            assert_eq!(write(Err(ErrorKind::Other)), Err(WriteError::Line(ErrorKind::Other)), "{room} bytes");
        }
        assert_eq!(write_frame(&mut Short { room: len, then: Ok(0) }, [b"open", b""]), Ok(()));
    }

    #[test]
    fn a_frame_behind_any_garbage_is_read() {
        let good = framed(b"open");
        for garbage in [&b"\xff"[..], b"\x05", b"\x01\x02\x03", &[7; 1_000], &good[..5]] {
            let line = [garbage, &good].concat();
            let seen = read(&line);
            assert_eq!(seen.last(), Some(&Ok(b"open".to_vec())), "{garbage:?}");
            assert!(seen.len() == 2 && seen[0].is_err(), "{garbage:?}: {seen:?}");
        }
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_refused() {
        let good = framed(b"\x01door:north:open");
        for at in 1..good.len() - 1 {
            for bit in 0..8 {
                let mut bad = good.clone();
                bad[at] ^= 1 << bit;
                assert!(read(&bad).iter().all(Result::is_err), "byte {at}, bit {bit}");
            }
            assert!(read(&[&good[..at], &[0]].concat()).iter().all(Result::is_err), "cut at {at}");
        }
    }

    #[test]
    fn a_frame_that_is_too_long_is_refused_once_and_the_next_is_read() {
        let mut line = std::vec![0xFF; 1_000];
        line.extend(framed(b"open"));
        assert_eq!(read(&line), [Err(LineError::FrameTooLong), Ok(b"open".to_vec())]);
    }
}
