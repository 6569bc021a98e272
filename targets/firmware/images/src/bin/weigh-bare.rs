//! The bare signature check.
#![no_std]
#![no_main]

use core::hint::black_box;

use agentid_images::Curve;
use agentid_images::measured::{bare, example};
use agentid_nostd::PublicKey;

#[cortex_m_rt::entry]
fn main() -> ! {
    let Ok(key) = PublicKey::from_bytes_with(Curve, black_box(&example::KEY)) else { agentid_images::exit(1) };
    let token = black_box(&example::TOKEN[..]);
    let (message, signature) = token.split_last_chunk::<64>().unwrap_or((&[], &[0; 64]));
    loop {
        black_box(bare(black_box(&key), message, signature));
    }
}
