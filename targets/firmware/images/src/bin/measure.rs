//! Instructions and stack of parse, verify and admit, one line each; run with `-icount shift=0`.
#![no_std]
#![no_main]

use core::hint::black_box;
use core::mem::size_of;

use agentid_emulated_boards::{Stopwatch, stack_used};
use agentid_images::measured::{ExampleGate, admit, bare, example, mint, parse, verify};
use agentid_images::{Curve, exit};
use agentid_nostd::{
    AgentIdentity, Clock, Error, Gate, LedgerSlot, PublicKey, Since, TrustAnchor, TrustBundle, UsageLedger,
};
use cortex_m_rt::entry;
use defmt::println;

/// What passes the curve is long enough for one run; what does not is repeated, because a tick is
/// up to 62 instructions.
const MANY: u32 = 1_000;

#[entry]
fn main() -> ! {
    let Some(peripherals) = cortex_m::Peripherals::take() else { exit(1) };
    let mut stopwatch = Stopwatch::new(peripherals.SYST);
    let token = black_box(&example::TOKEN[..]);
    let Some((message, signature)) = token.split_last_chunk::<64>() else { exit(2) };
    let clock = Clock::Known(black_box(example::NOW));

    let Ok(key) = PublicKey::from_bytes_with(Curve, &example::KEY) else { exit(3) };
    report(&mut stopwatch, "bare", 1, || bare(&key, message, signature));

    #[cfg(feature = "backend-builtin")]
    {
        use agentid_images::measured::{load, multiples, precomputed};
        report(&mut stopwatch, "load", 1, || load(&key, &multiples::PRECOMPUTED).is_ok());
        let Ok(loaded) = load(&key, &multiples::PRECOMPUTED) else { exit(8) };
        report(&mut stopwatch, "precomputed", 1, || precomputed(&loaded, message, signature));
    }

    let trusted = [key];
    report(&mut stopwatch, "parse", MANY, || parse(token).is_ok());
    report(&mut stopwatch, "verify", 1, || verify(token, &trusted, clock).is_ok());
    report(&mut stopwatch, "verify-expired", MANY, || {
        verify(token, &trusted, Clock::Known(example::NOW + 86_400)) == Err(Error::Expired)
    });

    let Ok(authority) = PublicKey::from_bytes_with(Curve, &example::AUTHORITY) else { exit(4) };
    let open = || TrustBundle::open_with(Curve, &example::BUNDLE, &TrustAnchor::new(authority), clock);
    report(&mut stopwatch, "open-bundle", 1, || open().is_ok());
    let Ok(trust) = open() else { exit(5) };
    let mut gate: ExampleGate =
        Gate::new(trust, UsageLedger::new([LedgerSlot::EMPTY; 64], Since::Beginning)).with_backend(Curve);
    report(&mut stopwatch, "admit", 1, || admit(&mut gate, token, "read:arxiv", clock).is_ok());
    report(&mut stopwatch, "admit-refused", MANY, || {
        admit(&mut gate, token, "read:arxiv", Clock::AtLeast(example::NOW)) == Err(Error::TimeUncertain)
    });
    report(&mut stopwatch, "derive", 1, || derive().is_ok());
    let Ok(agent) = derive() else { exit(6) };
    let mut room = [0; 256];
    report(&mut stopwatch, "mint", 1, || mint(&agent, &mut room).is_ok());
    println!("gate-ram = {=usize}", size_of::<ExampleGate>());
    println!("end");
    exit(0)
}

fn derive() -> Result<AgentIdentity<'static>, Error> {
    AgentIdentity::derive("research-bot", "phd-lab", black_box(Some(&[0x5a; 32])))
}

/// Prints both figures; a call that does not answer as it should measures nothing, and ends the
/// program.
fn report(stopwatch: &mut Stopwatch, what: &str, runs: u32, mut call: impl FnMut() -> bool) {
    let mut good = true;
    let instructions = stopwatch.instructions(runs, || good &= call());
    let stack = stack_used(|| good &= call());
    if !good {
        println!("{=str}: the answer is not the expected one", what);
        exit(7)
    }
    println!("{=str}-instructions = {=u64}", what, instructions);
    println!("{=str}-stack = {=usize}", what, stack);
}
