//! Frames on a byte stream: COBS, so that a zero byte always ends one, and CRC-32, so that noise is no request.
//!
//! Whatever was garbled, the reader is in step again after the next zero. It never waits for a number of bytes.

use cobs::{CobsEncoder, DecodeResult, DecoderState, DestBufTooSmallError};
use crc::{CRC_32_ISO_HDLC, Crc, NoTable};
use embedded_io::Write;

use crate::code::LineError;

/// Without a table: 1 KB less flash, and a request is some two hundred bytes.
const CHECKSUM: Crc<u32, NoTable> = Crc::<u32, NoTable>::new(&CRC_32_ISO_HDLC);

/// Ends every frame, and begins it as well, so that noise before it is cut off.
const DELIMITER: u8 = 0;

/// The most bytes that a response may have, without its checksum.
pub const MAX_RESPONSE_LEN: usize = 288;

/// With the checksum, one byte of stuffing per 254 begun, and a delimiter on both sides.
const MAX_FRAME_LEN: usize = MAX_RESPONSE_LEN + 4 + 2 + 2;

/// Puts frames together, byte by byte, in a buffer that the caller lends.
#[derive(Debug, Default)]
pub struct FrameReader {
    state: DecoderState,
    len: usize,
    too_long: bool,
    spoilt: bool,
}

impl FrameReader {
    /// Takes the next byte. `None`: no frame has ended yet. Otherwise the length of its content, which stands at the
    /// beginning of `buffer`, without the checksum; the same buffer must have been lent since the frame began.
    ///
    /// # Errors
    /// Once per frame, when it ends: [`LineError::FrameTooLong`], [`LineError::FrameCorrupt`].
    pub fn push(&mut self, byte: u8, buffer: &mut [u8]) -> Option<Result<usize, LineError>> {
        match self.state.feed(byte) {
            Ok(DecodeResult::NoData) => None,
            Ok(DecodeResult::DataStart) => {
                self.len = 0;
                self.too_long = false;
                self.spoilt = false;
                None
            }
            Ok(DecodeResult::DataContinue(byte)) => {
                match buffer.get_mut(self.len) {
                    Some(place) => {
                        *place = byte;
                        self.len += 1;
                    }
                    None => self.too_long = true,
                }
                None
            }
            Ok(DecodeResult::DataComplete) => Some(self.content(buffer)),
            Err(_) => Some(Err(if self.too_long { LineError::FrameTooLong } else { LineError::FrameCorrupt })),
        }
    }

    /// The line lost something: the frame that has begun is refused when it ends.
    pub const fn spoil(&mut self) {
        self.spoilt = true;
    }

    fn content(&self, buffer: &[u8]) -> Result<usize, LineError> {
        if self.too_long {
            return Err(LineError::FrameTooLong);
        }
        if self.spoilt {
            return Err(LineError::FrameCorrupt);
        }
        let frame = buffer.get(..self.len).ok_or(LineError::FrameCorrupt)?;
        let (content, checksum) = frame.split_last_chunk::<4>().ok_or(LineError::FrameCorrupt)?;
        if CHECKSUM.checksum(content) == u32::from_be_bytes(*checksum) {
            Ok(content.len())
        } else {
            Err(LineError::FrameCorrupt)
        }
    }
}

/// Writes one frame with this content: the parts, one behind the other, of at most [`MAX_RESPONSE_LEN`] bytes.
///
/// # Errors
/// Those of the line. Content that is too long is written as nothing at all.
pub fn write_frame<W: Write>(line: &mut W, content: [&[u8]; 2]) -> Result<(), W::Error> {
    let mut frame = [DELIMITER; MAX_FRAME_LEN];
    let Some((_, room)) = frame.split_first_mut() else { return Ok(()) };
    if let Ok(len) = stuff(room, content) {
        // Behind a last run of 254 bytes the encoder leaves a byte of its own, where the delimiter belongs.
        if let Some(end) = frame.get_mut(len.saturating_add(1)) {
            *end = DELIMITER;
        }
        // One delimiter before, one behind.
        let mut rest = frame.get(..len.saturating_add(2)).unwrap_or_default();
        // Not `write_all`, which panics where a line takes nothing.
        while !rest.is_empty() {
            match line.write(rest)? {
                0 => break,
                written => rest = rest.get(written..).unwrap_or_default(),
            }
        }
    }
    line.flush()
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

    use super::{FrameReader, MAX_RESPONSE_LEN, write_frame};
    use crate::code::LineError;

    fn framed(content: &[u8]) -> Vec<u8> {
        let mut line = Vec::new();
        let (head, body) = content.split_at(content.len().min(7));
        write_frame(&mut line, [head, body]).expect("memory is endless");
        line
    }

    /// What the reader reports for these bytes with a buffer of 300.
    fn read(bytes: &[u8]) -> Vec<Result<Vec<u8>, LineError>> {
        let (mut reader, mut buffer) = (FrameReader::default(), [0; 300]);
        let mut seen = Vec::new();
        for &byte in bytes {
            if let Some(frame) = reader.push(byte, &mut buffer) {
                seen.push(frame.map(|len| buffer[..len].to_vec()));
            }
        }
        seen
    }

    #[test]
    fn what_is_written_is_read() {
        for len in 0..=MAX_RESPONSE_LEN {
            for fill in [0, 1, 0xFF] {
                let content = std::vec![fill; len];
                assert_eq!(read(&framed(&content)), [Ok(content)], "{len} bytes of {fill}");
            }
        }
        assert!(framed(&[1; MAX_RESPONSE_LEN + 1]).is_empty(), "nothing rather than half a response");
    }

    #[test]
    fn a_line_that_takes_nothing_is_given_up() {
        struct Stuck;
        impl embedded_io::ErrorType for Stuck {
            type Error = core::convert::Infallible;
        }
        impl embedded_io::Write for Stuck {
            fn write(&mut self, _: &[u8]) -> Result<usize, Self::Error> {
                Ok(0)
            }
            fn flush(&mut self) -> Result<(), Self::Error> {
                Ok(())
            }
        }
        assert_eq!(write_frame(&mut Stuck, [b"open", b""]), Ok(()));
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
