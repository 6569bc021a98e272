//! Vectors from a file of the host's, one at a time: there may be more of them than a board has
//! flash for.
//!
//! The file: for each vector its length in 2 bytes, then its parts, in the order of the code below.
//! Numbers are big-endian. `tests/agreement/src/boards.rs` writes it.

use agentid_nostd::{Clock, Counting, Since, TimePolicy};
use heapless::Vec;
use semihosting::fs::File;
use semihosting::io::Read;

use crate::{Bytes, Call, Keep, Text, Vector, fits};

/// The longest vector in such a file.
const MAX_LEN: usize = 2_560;

/// Reads the file to its end. A file that is not understood stops the image.
#[inline(never)] // or else the vectors in the image would have to do without its memory
pub(crate) fn each(mut file: File, mut show: impl FnMut(&Vector<'_>)) {
    let (mut room, mut len) = ([0; MAX_LEN], [0; 2]);
    while file.read_exact(&mut len).is_ok() {
        let case = room.get_mut(..usize::from(u16::from_be_bytes(len))).expect("a vector fits");
        assert!(file.read_exact(case).is_ok(), "a vector is whole");
        let mut parts = Parts(case);
        match parts.byte() {
            1 => verify(&mut parts, &mut show),
            2 => gate(&mut parts, &mut show),
            _ => panic!("an operation that this image does not know"),
        }
        assert!(parts.0.is_empty(), "nothing is left over");
    }
}

fn verify(parts: &mut Parts<'_>, show: &mut impl FnMut(&Vector<'_>)) {
    let token = parts.bytes();
    let trusted = parts.list::<4>();
    show(&Vector::Verify {
        token,
        trusted: &trusted,
        now: parts.number(),
        required: parts.text(),
        clock_skew: parts.option().map(|seconds| seconds as u32),
        max_lifetime: parts.option().map(i64::cast_unsigned),
        max_token_len: parts.option().map(|len| len as usize),
    });
}

fn gate(parts: &mut Parts<'_>, show: &mut impl FnMut(&Vector<'_>)) {
    let (authority, clock) = (parts.bytes(), parts.clock());
    let ledger = match (parts.byte(), parts.number()) {
        (0, slots) => Keep::Usage(slots as usize),
        (_, window) => Keep::Filter(window as u32),
    };
    let since = parts.option().map_or(Since::Beginning, Since::Time);
    let (bundles, tokens) = (parts.list::<4>(), parts.list::<8>());
    // The scopes of all calls come first; a call says how many of them are its own.
    let mut scopes = Vec::<Text<'_>, 32>::new();
    for _ in 0..parts.byte() {
        fits(scopes.push(parts.text()));
    }
    let mut rest = scopes.as_slice();
    let mut calls = Vec::<Call<'_>, 16>::new();
    for _ in 0..parts.byte() {
        let (kind, number, clock) = (parts.byte(), usize::from(parts.byte()), parts.clock());
        let (own, others) = rest.split_at(usize::from(parts.byte()));
        rest = others;
        fits(calls.push(match kind {
            0 => Call::Token(number, clock, own),
            1 => Call::Bundle(number, clock),
            2 | 3 => Call::HandOver(number, clock, kind == 2),
            _ => Call::Restart(number, clock),
        }));
    }
    show(&Vector::Gate {
        authority,
        clock,
        ledger,
        since,
        bundles: &bundles,
        tokens: &tokens,
        calls: &calls,
        clock_skew: parts.option().map(|seconds| seconds as u32),
        max_lifetime: parts.option().map(i64::cast_unsigned),
        max_token_len: parts.option().map(|len| len as usize),
        not_issued_before: parts.option(),
        time_policy: match parts.byte() {
            0 => TimePolicy::RequireKnown,
            1 => TimePolicy::AllowLowerBound,
            _ => TimePolicy::AllowUnknown,
        },
        counting: if parts.byte() == 0 { Counting::Budget } else { Counting::SingleUse },
    });
}

/// What is left of a vector.
struct Parts<'v>(&'v [u8]);

impl<'v> Parts<'v> {
    fn take(&mut self, len: usize) -> Bytes<'v> {
        let (taken, rest) = self.0.split_at(len);
        self.0 = rest;
        taken
    }

    fn byte(&mut self) -> u8 {
        self.take(1)[0]
    }

    fn number(&mut self) -> i64 {
        i64::from_be_bytes(self.take(8).try_into().expect("8 bytes"))
    }

    /// A byte that says whether a number follows.
    fn option(&mut self) -> Option<i64> {
        (self.byte() == 1).then(|| self.number())
    }

    /// Behind their length in 2 bytes.
    fn bytes(&mut self) -> Bytes<'v> {
        let len = self.take(2).try_into().map(u16::from_be_bytes).expect("2 bytes");
        self.take(usize::from(len))
    }

    fn text(&mut self) -> Text<'v> {
        core::str::from_utf8(self.bytes()).expect("UTF-8")
    }

    /// Behind their number in a byte.
    fn list<const MAX: usize>(&mut self) -> Vec<Bytes<'v>, MAX> {
        let mut list = Vec::new();
        for _ in 0..self.byte() {
            fits(list.push(self.bytes()));
        }
        list
    }

    fn clock(&mut self) -> Clock {
        match self.byte() {
            0 => Clock::Unknown,
            1 => Clock::Known(self.number()),
            _ => Clock::AtLeast(self.number()),
        }
    }
}
