//! What a real board has and an emulated one borrows from its host, over semihosting: a clock,
//! random numbers.

use agentid_nostd::{Clock, Error};
use semihosting::fs::File;
use semihosting::io::Read;

/// The battery-backed clock: the file `clock` where QEMU was started, with `known:T`, `at-least:T`
/// or `unknown`.
// Functions of their own, so that panics of the way to the host are seen to be theirs.
#[inline(never)]
pub fn clock() -> Clock {
    read_clock().unwrap_or(Clock::Unknown)
}

fn read_clock() -> Option<Clock> {
    let mut text = [0; 32];
    let len = File::open(c"clock").ok()?.read(&mut text).ok()?;
    let (kind, time) = core::str::from_utf8(text.get(..len)?).ok()?.trim_ascii().split_once(':')?;
    let time = time.parse().ok()?;
    match kind {
        "known" => Some(Clock::Known(time)),
        "at-least" => Some(Clock::AtLeast(time)),
        _ => None,
    }
}

/// The hardware generator: the host's.
///
/// # Errors
/// [`Error::EntropyUnavailable`] where the host has no `/dev/urandom`.
#[inline(never)]
pub fn entropy(bytes: &mut [u8]) -> Result<(), Error> {
    let mut source = File::open(c"/dev/urandom").map_err(|_| Error::EntropyUnavailable)?;
    source.read_exact(bytes).map_err(|_| Error::EntropyUnavailable)
}
