//! Admission: a trust bundle in flash, a ledger of 64 slots.
#![no_std]
#![no_main]

use core::hint::black_box;

use agentid_images::Curve;
use agentid_images::measured::{ExampleGate, admit, example};
use agentid_nostd::{Clock, Gate, LedgerSlot, PublicKey, Since, TrustAnchor, TrustBundle, UsageLedger};

#[cortex_m_rt::entry]
fn main() -> ! {
    let clock = Clock::Known(black_box(example::NOW));
    let Ok(authority) = PublicKey::from_bytes_with(Curve, black_box(&example::AUTHORITY)) else {
        agentid_images::exit(1)
    };
    let Ok(trust) = TrustBundle::open_with(Curve, black_box(&example::BUNDLE), &TrustAnchor::new(authority), clock)
    else {
        agentid_images::exit(2)
    };
    let mut gate: ExampleGate =
        Gate::new(trust, UsageLedger::new([LedgerSlot::EMPTY; 64], Since::Beginning)).with_backend(Curve);
    loop {
        let _ = black_box(admit(&mut gate, black_box(&example::TOKEN), black_box("read:arxiv"), clock));
    }
}
