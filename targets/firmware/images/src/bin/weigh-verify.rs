//! The verdict on one token, of one trusted issuer.
#![no_std]
#![no_main]

use core::hint::black_box;

use agentid_images::Curve;
use agentid_images::measured::{example, verify};
use agentid_nostd::{Clock, PublicKey};

#[cortex_m_rt::entry]
fn main() -> ! {
    let Ok(key) = PublicKey::from_bytes_with(Curve, black_box(&example::KEY)) else { agentid_images::exit(1) };
    let trusted = [key];
    let clock = Clock::Known(black_box(example::NOW));
    loop {
        let _ = black_box(verify(black_box(&example::TOKEN), &trusted, clock));
    }
}
