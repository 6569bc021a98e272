//! The grammar of scopes and that of UTF-8 (RFC 3629, section 4) as one automaton.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "tables of constants; no index is above their length"
)]

/// A state is six times its number. The state after a byte stands that many bits up in the byte's
/// row.
const BITS: u64 = 6;
/// No byte leads out of it.
const REFUSED: u64 = 0;
/// A segment begins.
const BEGINNING: u64 = BITS;
/// A segment that has a letter: here a scope may end.
const INSIDE: u64 = 2 * BITS;
/// One, two or three bytes are to follow, any of 80 to BF.
const ONE: u64 = 3 * BITS;
const TWO: u64 = 4 * BITS;
const THREE: u64 = 5 * BITS;
/// Not every byte of 80 to BF may follow these: that would give one letter two encodings, or be a
/// surrogate, or a number above 10FFFF.
const E0: u64 = 6 * BITS;
const ED: u64 = 7 * BITS;
const F0: u64 = 8 * BITS;
const F4: u64 = 9 * BITS;

const STATES: [u64; 10] = [REFUSED, BEGINNING, INSIDE, ONE, TWO, THREE, E0, ED, F0, F4];

const fn after(state: u64, byte: u8) -> u64 {
    match (state, byte) {
        (INSIDE, b':') => BEGINNING,
        (BEGINNING, b':') | (_, 0) => REFUSED,
        (BEGINNING | INSIDE, ..=0x7f) | (ONE, 0x80..=0xbf) => INSIDE,
        (BEGINNING | INSIDE, 0xc2..=0xdf) => ONE,
        (BEGINNING | INSIDE, 0xe0) => E0,
        (BEGINNING | INSIDE, 0xed) => ED,
        (BEGINNING | INSIDE, 0xe1..=0xef) => TWO,
        (BEGINNING | INSIDE, 0xf0) => F0,
        (BEGINNING | INSIDE, 0xf1..=0xf3) => THREE,
        (BEGINNING | INSIDE, 0xf4) => F4,
        (TWO, 0x80..=0xbf) | (E0, 0xa0..=0xbf) | (ED, 0x80..=0x9f) => ONE,
        (THREE, 0x80..=0xbf) | (F0, 0x90..=0xbf) | (F4, 0x80..=0x8f) => TWO,
        _ => REFUSED,
    }
}

/// Where each state leads after a byte.
const fn row(byte: u8) -> u64 {
    let (mut row, mut at) = (0, 0);
    while at < STATES.len() {
        row |= after(STATES[at], byte) << STATES[at];
        at += 1;
    }
    row
}

/// The class of each byte, and the row of each class: there are 14 different rows.
static CLASSES: ([u8; 256], [u64; 16]) = {
    let (mut classes, mut rows) = ([0; 256], [0; 16]);
    let (mut byte, mut known) = (0, 0);
    while byte < classes.len() {
        let row = row(byte as u8);
        let mut class = 0;
        while class < known && rows[class] != row {
            class += 1;
        }
        if class == known {
            rows[class] = row;
            known += 1;
        }
        classes[byte] = class as u8;
        byte += 1;
    }
    (classes, rows)
};

/// Returns whether the bytes are a well-formed scope, with `COLON` in place of each colon.
pub(crate) fn accepts<const COLON: u8>(bytes: &[u8]) -> bool {
    let (classes, rows) = &CLASSES;
    let mut state = BEGINNING;
    for byte in bytes {
        let byte = if *byte == b':' { COLON } else { *byte };
        let class = classes[usize::from(byte)];
        // The bits above the state are not cleared.
        state = rows[usize::from(class & 15)] >> (state & 63);
    }
    state & 63 == INSIDE
}

#[cfg(test)]
mod tests {
    use super::accepts;
    use crate::grammar::is_valid_scope;

    /// All strings of three bytes, and of four bytes those that UTF-8 treats differently.
    #[test]
    fn it_knows_both_grammars() {
        let expected = |bytes: &[u8]| core::str::from_utf8(bytes).is_ok_and(is_valid_scope);
        let check = |bytes: &[u8]| {
            assert_eq!(accepts::<b':'>(bytes), expected(bytes), "{bytes:02x?}");
            let text = core::str::from_utf8(bytes).is_ok_and(|text| !text.is_empty() && !text.contains('\0'));
            assert_eq!(accepts::<b'a'>(bytes), text, "{bytes:02x?}");
        };
        let step = if cfg!(miri) { 37 } else { 1 };
        for first in (0..=u8::MAX).step_by(step) {
            for second in (0..=u8::MAX).step_by(step) {
                check(&[first]);
                check(&[first, second]);
                for third in (0..=u8::MAX).step_by(step) {
                    check(&[first, second, third]);
                }
                let edges = [0, b':', b'a', 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xf0, 0xff];
                for third in edges {
                    for fourth in edges {
                        check(&[first, second, third, fourth]);
                        check(&[b'a', first, second, third, fourth, b':', b'b']);
                    }
                }
            }
        }
        check(&[]);
    }
}
