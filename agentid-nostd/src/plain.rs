//! One pass over many strings: the fast way to see that nothing in them needs a closer look.

/// One byte of eight, repeated.
const fn repeat(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

const HIGH_BITS: u64 = repeat(0x80);

/// Whether `bytes` are ASCII without NUL and without two colons in a row. May say no to short
/// input.
///
/// The bytes are a token's strings with their length prefixes in between. Where the answer is yes,
/// no string is empty or longer than 127 bytes, all are UTF-8 without NUL, and no scope has an
/// empty segment inside. Where it is no, nothing is known.
pub(crate) fn is_plain(bytes: &[u8]) -> bool {
    let (words, _) = bytes.as_chunks::<8>();
    let Some(last) = bytes.last_chunk::<8>() else { return false };
    let mut bad = 0;
    let mut colon_before = 0;
    for word in words {
        let word = u64::from_le_bytes(*word);
        let colons = colons(word);
        bad |= nul_or_not_ascii(word) | (colons & ((colons << 8) | colon_before));
        colon_before = colons >> 56;
    }
    // The rest, together with bytes already seen: they do no harm twice.
    let last = u64::from_le_bytes(*last);
    let colons = colons(last);
    bad |= nul_or_not_ascii(last) | (colons & (colons << 8));
    bad & HIGH_BITS == 0
}

/// Has a high bit set where some byte is NUL or not ASCII: subtracting 1 sets it for the first NUL,
/// and borrows reach further only from there.
const fn nul_or_not_ascii(word: u64) -> u64 {
    word | word.wrapping_sub(repeat(1))
}

/// The high bit of each byte that is a colon, exactly, where all bytes are ASCII: adding 127 to
/// anything but 0 sets it, without a carry.
const fn colons(word: u64) -> u64 {
    !(word ^ repeat(b':')).wrapping_add(repeat(0x7f)) & HIGH_BITS
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    /// Every position of a 30-byte string, so that every place in a word and every boundary is met.
    #[test]
    fn one_bad_byte_is_found_wherever_it_is() {
        for len in 8..30 {
            let mut bytes = [b'a'; 30];
            assert!(is_plain(&bytes[..len]));
            for at in 0..len {
                for bad in [0, 0x80, 0xba, 0xff] {
                    bytes[at] = bad;
                    assert!(!is_plain(&bytes[..len]), "{bad} at {at} of {len}");
                }
                bytes[at] = b'a';
            }
        }
    }

    #[test]
    fn two_colons_in_a_row_are_found_wherever_they_are() {
        for len in 8..30 {
            for at in 0..len - 1 {
                let mut bytes = [b'a'; 30];
                bytes[at] = b':';
                assert!(is_plain(&bytes[..len]), "one colon at {at} of {len}");
                bytes[at + 1] = b':';
                assert!(!is_plain(&bytes[..len]), "two colons at {at} of {len}");
            }
        }
    }

    #[test]
    fn other_bytes_are_plain() {
        let mut bytes = [0; 127];
        for (value, byte) in (1..).zip(&mut bytes) {
            *byte = value;
        }
        assert!(is_plain(&bytes));
        assert!(is_plain(b":a:a:a:a:"));
        assert!(is_plain(b";9;9;9;9;9"), "neighbours of the colon");
        assert!(!is_plain(b"seven b"));
    }
}
