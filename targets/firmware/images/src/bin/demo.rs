//! Verifies the tokens that the host has put into the file `tokens`, and says what each verdict
//! cost.
//!
//! The file: the time as 8 bytes, how many keys are trusted as one, the keys, then each token
//! behind 2 bytes of length. The answer: one line per token, code and instructions. Run with
//! `-icount shift=0`.
#![no_std]
#![no_main]

use agentid_emulated_boards::Stopwatch;
use agentid_images::{Curve, exit};
use agentid_nostd::{Clock, Error, PublicKey, Verifier};
use cortex_m_rt::entry;
use defmt::println;
use heapless::Vec;
use semihosting::fs::File;
use semihosting::io::Read;

/// The longest token that this image takes.
const MAX_TOKEN_LEN: usize = 1_024;

/// Fewer instructions than any signature check takes.
const QUICK: u64 = 10_000;

#[entry]
fn main() -> ! {
    let Some(peripherals) = cortex_m::Peripherals::take() else { exit(1) };
    let mut stopwatch = Stopwatch::new(peripherals.SYST);
    let Ok(mut file) = File::open(c"tokens") else { exit(2) };
    let (mut now, mut count) = ([0; 8], [0]);
    if file.read_exact(&mut now).and_then(|()| file.read_exact(&mut count)).is_err() {
        exit(3)
    }
    let mut trusted = Vec::<PublicKey, 8>::new();
    for _ in 0..count[0] {
        let mut key = [0; 32];
        let Ok(()) = file.read_exact(&mut key) else { exit(4) };
        let Ok(key) = PublicKey::from_bytes_with(Curve, &key) else { exit(5) };
        let Ok(()) = trusted.push(key) else { exit(6) };
    }
    let verifier = Verifier::new(&trusted).with_backend(Curve);
    let mut room = [0; MAX_TOKEN_LEN];
    let mut len = [0; 2];
    while file.read_exact(&mut len).is_ok() {
        let Some(token) = room.get_mut(..usize::from(u16::from_be_bytes(len))) else { exit(7) };
        let Ok(()) = file.read_exact(token) else { exit(8) };
        let mut code = 0;
        let clock = Clock::Known(i64::from_be_bytes(now));
        let mut verify = || code = verifier.verify(token, clock).err().map_or(0, Error::code);
        let mut instructions = stopwatch.instructions(1, &mut verify);
        // A tick is up to 62 instructions: what is quick is averaged.
        if instructions < QUICK {
            instructions = stopwatch.instructions(1_000, &mut verify);
        }
        println!("{=u8} {=u64}", code, instructions);
    }
    println!("end");
    exit(0)
}
