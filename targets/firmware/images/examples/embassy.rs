//! Embassy tasks that share one gate. Two of them check tokens, a third is told who was admitted.
//!
//! The gate is shared by reference: a check needs no more. The ledger stands behind a lock of its
//! own, which is held for the count and not for the signature. What is sent on outlives token and
//! gate: claims that own what they say.
//!
//! A signature keeps the processor busy, and no task of this executor runs meanwhile. Where others
//! must not wait, give these tasks an executor of a lower priority: Embassy's `InterruptExecutor`.
//!
//! It runs under QEMU like the other images, with public demo keys.
#![no_std]
#![no_main]

use agentid_images::measured::example;
use agentid_images::{Curve, exit};
use agentid_nostd::{
    Call, Clock, CountedElsewhere, Error, Gate, LedgerSlot, OwnedClaims, PublicKey, Since, TrustAnchor, TrustBundle,
    UsageLedger,
};
use defmt::println;
use embassy_executor::Spawner;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::channel::Channel;
use embassy_sync::mutex::Mutex;
use heapless::Vec;

/// A token and the scope that its call needs.
type Request = (Vec<u8, 512>, &'static str);
/// Who was admitted, and how many calls are left. 256 bytes hold the signed part of a token and the
/// issuer's ceiling.
type Caller = (OwnedClaims<Vec<u8, 256>>, Option<u32>);
type SharedGate = Gate<TrustBundle<'static>, CountedElsewhere, Curve>;

static REQUESTS: Channel<CriticalSectionRawMutex, Request, 4> = Channel::new();
static ANSWERS: Channel<CriticalSectionRawMutex, Result<Caller, Error>, 4> = Channel::new();
static LEDGER: Mutex<CriticalSectionRawMutex, UsageLedger<[LedgerSlot; 64]>> =
    Mutex::new(UsageLedger::new([LedgerSlot::EMPTY; 64], Since::Reset));

/// A board reads it from its clock chip.
fn clock() -> Clock {
    Clock::Known(example::NOW)
}

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    let Ok(gate) = gate() else { exit(1) };
    let Some(gate) = cortex_m::singleton!(: SharedGate = gate) else { exit(2) };
    for _ in 0..2 {
        let Ok(task) = check(gate) else { exit(3) };
        spawner.spawn(task);
    }
    let Ok(task) = report() else { exit(3) };
    spawner.spawn(task);

    // A line would bring them.
    for scope in ["read:arxiv", "write:notes", "read:arxiv"] {
        let Ok(token) = Vec::from_slice(&example::TOKEN) else { exit(4) };
        REQUESTS.send((token, scope)).await;
    }
}

/// The ledger is in RAM, so that it counts since the first time that is known.
fn gate() -> Result<SharedGate, Error> {
    let anchor = TrustAnchor::new(PublicKey::from_bytes_with(Curve, &example::AUTHORITY)?);
    let trust = TrustBundle::open_with(Curve, &example::BUNDLE, &anchor, clock())?;
    let mut gate = Gate::new(trust, CountedElsewhere(Since::Reset)).with_backend(Curve);
    // The example token was issued at this second. It stands for a start that was a while before.
    gate.start_counting(Clock::Known(example::NOW - 31));
    Ok(gate)
}

#[embassy_executor::task(pool_size = 2)]
async fn check(gate: &'static SharedGate) {
    loop {
        let (token, scope) = REQUESTS.receive().await;
        ANSWERS.send(admit(gate, &token, scope).await).await;
    }
}

async fn admit(gate: &SharedGate, token: &[u8], scope: &str) -> Result<Caller, Error> {
    let uncounted = gate.check(token, &Call::new(&[scope]), clock())?;
    let admitted = uncounted.count(&mut *LEDGER.lock().await)?;
    Ok((admitted.claims().to_heapless()?, admitted.calls_left()))
}

#[embassy_executor::task]
async fn report() {
    for _ in 0..3 {
        match ANSWERS.receive().await {
            Ok((caller, calls_left)) => {
                let may_read = caller.permits("read:arxiv");
                println!("{=str} may read: {=bool}, calls left: {}", caller.name(), may_read, calls_left);
            }
            Err(error) => println!("refused: code {=u8}", error.code()),
        }
    }
    exit(0)
}
