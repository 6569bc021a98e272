//! Frames on a byte stream: COBS between zero bytes, with a CRC-32 behind the content. Written from
//! the description in `targets/firmware/README.md`, without the device's code.

use crc::{CRC_32_ISO_HDLC, Crc};

const CHECKSUM: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// Begins and ends every frame, so that noise before it is cut off.
const DELIMITER: u8 = 0;

/// The longest content that a length of two bytes allows in a response, with its head and checksum.
const MAX_ENCODED_LEN: usize = cobs::max_encoding_length(8 + 0xFFFF + 4);

/// Returns the frame with this content, a zero byte on both sides.
#[must_use]
pub fn framed(content: &[u8]) -> Vec<u8> {
    let checked = [content, &CHECKSUM.checksum(content).to_be_bytes()].concat();
    [&[DELIMITER], &cobs::encode_vec(&checked)[..], &[DELIMITER]].concat()
}

/// Bytes between two zeros are no frame: badly stuffed, cut off, too long, or with a wrong checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are no frame")]
pub struct BadFrame;

/// Finds frames in a stream of bytes. After any noise it is in step again at the next zero.
#[derive(Debug, Default)]
pub struct FrameReader {
    /// The bytes since the last zero. They are bounded, whatever a line sends.
    encoded: Vec<u8>,
    is_too_long: bool,
}

impl FrameReader {
    /// Takes the next byte. Returns `None` until a frame ends, then its content without the
    /// checksum.
    ///
    /// # Errors
    /// [`BadFrame`], once for the bytes between two zeros.
    pub fn push(&mut self, byte: u8) -> Option<Result<Vec<u8>, BadFrame>> {
        if byte != DELIMITER {
            self.is_too_long |= self.encoded.len() >= MAX_ENCODED_LEN;
            if !self.is_too_long {
                self.encoded.push(byte);
            }
            return None;
        }
        let (encoded, is_too_long) = (std::mem::take(&mut self.encoded), std::mem::take(&mut self.is_too_long));
        if encoded.is_empty() {
            return None;
        }
        Some(if is_too_long { Err(BadFrame) } else { content(&encoded).ok_or(BadFrame) })
    }
}

fn content(encoded: &[u8]) -> Option<Vec<u8>> {
    let mut content = cobs::decode_vec(encoded).ok()?;
    let checksum = *content.last_chunk::<4>()?;
    content.truncate(content.len().saturating_sub(checksum.len()));
    (CHECKSUM.checksum(&content) == u32::from_be_bytes(checksum)).then_some(content)
}

#[cfg(test)]
mod tests {
    use super::{BadFrame, FrameReader, MAX_ENCODED_LEN, framed};

    fn read(reader: &mut FrameReader, bytes: &[u8]) -> Vec<Result<Vec<u8>, BadFrame>> {
        bytes.iter().filter_map(|&byte| reader.push(byte)).collect()
    }

    /// Computed by hand from the description: the CRC-32 of `123456789` is CBF43926.
    #[test]
    fn a_frame_is_the_one_of_the_description() {
        assert_eq!(framed(b"123456789"), b"\0\x0e123456789\xCB\xF4\x39\x26\0");
        assert_eq!(framed(b"\0"), b"\0\x01\x05\xD2\x02\xEF\x8D\0");
    }

    #[test]
    fn every_length_and_fill_is_read_again() {
        for len in (0..=600).chain([0xFFFF + 8]) {
            for fill in [0, 1, 0xFF] {
                let content = vec![fill; len];
                assert_eq!(read(&mut FrameReader::default(), &framed(&content)), [Ok(content)], "{len} of {fill}");
            }
        }
    }

    #[test]
    fn every_cut_and_flipped_bit_is_no_frame_and_the_next_one_is_read() {
        let good = framed(b"\x81\0\0\0\x07\0\0\x04\0\0\0\x02");
        for at in 1..good.len() - 1 {
            for bit in 0..8 {
                let mut flipped = good.clone();
                flipped[at] ^= 1 << bit;
                let mut reader = FrameReader::default();
                let seen = read(&mut reader, &flipped);
                assert!(seen.iter().all(Result::is_err) && !seen.is_empty(), "byte {at}, bit {bit}");
                assert!(read(&mut reader, &good)[0].is_ok(), "byte {at}, bit {bit}");
            }
            let mut reader = FrameReader::default();
            assert_eq!(read(&mut reader, &good[..at]), []);
            let seen = read(&mut reader, &good);
            assert!(seen.last().is_some_and(Result::is_ok), "cut at {at}");
            assert_eq!(seen.iter().filter(|frame| frame.is_ok()).count(), 1, "cut at {at}");
        }
    }

    #[test]
    fn bytes_without_end_take_no_more_memory_than_the_longest_frame() {
        let mut reader = FrameReader::default();
        assert_eq!(read(&mut reader, &vec![7; 1_000_000]), []);
        assert!(reader.encoded.len() == MAX_ENCODED_LEN);
        assert_eq!(read(&mut reader, &[0]), [Err(BadFrame)]);
        assert_eq!(read(&mut reader, &framed(b"next")), [Ok(b"next".to_vec())]);
    }
}
