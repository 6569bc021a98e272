//! What a real board has and an emulated one borrows from its host, over semihosting: a clock,
//! random numbers.

use core::ffi::CStr;

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

/// A page of flash: the file of this name where QEMU was started. `None` if there is none, or if it
/// fills the buffer, because then it can be longer.
#[inline(never)]
pub fn page<'b>(name: &CStr, buf: &'b mut [u8]) -> Option<&'b [u8]> {
    let mut file = File::open(name).ok()?;
    let mut len = 0;
    loop {
        match file.read(buf.get_mut(len..)?).ok()? {
            0 => break,
            more => len = len.checked_add(more)?,
        }
    }
    if len == buf.len() { None } else { buf.get(..len) }
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
