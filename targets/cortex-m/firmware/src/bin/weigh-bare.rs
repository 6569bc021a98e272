//! The bare signature check of the curve library.
#![no_std]
#![no_main]

use core::hint::black_box;

use agentid_firmware::measured::{bare, example};

#[cortex_m_rt::entry]
fn main() -> ! {
    let token = black_box(&example::TOKEN[..]);
    let (message, signature) = token.split_last_chunk::<64>().unwrap_or((&[], &[0; 64]));
    loop {
        black_box(bare(black_box(&example::KEY), message, signature));
    }
}
