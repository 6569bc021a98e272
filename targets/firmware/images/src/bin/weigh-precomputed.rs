//! The bare signature check for an issuer that is known in advance: its multiples in flash,
//! compared with its key.
#![no_std]
#![no_main]

use core::hint::black_box;

use agentid_images::Curve;
use agentid_images::measured::{example, load, multiples, precomputed};
use agentid_nostd::PublicKey;

#[cortex_m_rt::entry]
fn main() -> ! {
    let Ok(key) = PublicKey::from_bytes_with(Curve, black_box(&example::KEY)) else { agentid_images::exit(1) };
    let Ok(key) = load(&key, &multiples::PRECOMPUTED) else { agentid_images::exit(2) };
    let token = black_box(&example::TOKEN[..]);
    let (message, signature) = token.split_last_chunk::<64>().unwrap_or((&[], &[0; 64]));
    loop {
        black_box(precomputed(black_box(&key), message, signature));
    }
}
