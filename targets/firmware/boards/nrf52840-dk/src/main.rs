//! The gatekeeper on Nordic's nRF52840-DK: agents that may do so switch LED1, over the board's USB
//! serial port.
#![no_std]
#![no_main]

mod led;
mod serial;

use agentid_gatekeeper::{ByteQueue, DeviceToken, Gatekeeper, Switch, serve};
use agentid_nostd::{
    AgentIdentity, Clock, Error, Gate, LedgerSlot, Policy, PublicKey, Since, TimePolicy, TrustAnchor, TrustBundle,
    UsageLedger,
};
use cortex_m::peripheral::SCB;
use cortex_m_rt::entry;
use heapless::Vec;
use nrf52840_hal::gpio::{Level, p0};
use nrf52840_hal::pac::Peripherals;
use nrf52840_hal::uarte::{Baudrate, Parity, Pins, Uarte};
use nrf52840_hal::{Clocks, Rng};

use led::ActiveLow;
use serial::QUEUE_LEN;

/// The trust bundle, the authority's key, and the board's own name and secret. `build.rs` writes
/// them, from files that the builder names or, with the feature `public-demo-keys`, from the demo.
mod provisioned {
    include!(concat!(env!("OUT_DIR"), "/provisioned.rs"));
}

/// The longest request: a trust bundle of 16 issuers, or a call.
const BUFFER_LEN: usize = 2_048;

/// How many tokens can be counted at a time; 32 bytes each.
const LEDGER_LEN: usize = 256;

#[entry]
fn main() -> ! {
    // The macro makes these statics, so that they are counted among the RAM that the image needs.
    static mut FIRST: Vec<u8, BUFFER_LEN> = Vec::new();
    static mut SECOND: Vec<u8, BUFFER_LEN> = Vec::new();
    static mut LEDGER: UsageLedger<[LedgerSlot; LEDGER_LEN]> =
        UsageLedger::new([LedgerSlot::EMPTY; LEDGER_LEN], Since::Reset);
    static mut QUEUE: ByteQueue<QUEUE_LEN> = ByteQueue::new();

    let Some(board) = Peripherals::take() else { stop() };
    // The crystal: 115,200 baud from the internal oscillator is at the edge of what the other side
    // tolerates.
    Clocks::new(board.CLOCK).enable_ext_hfosc();
    let pins = p0::Parts::new(board.P0);
    // The lines to the chip that is the serial port of the USB socket.
    let lines = Pins {
        txd: pins.p0_06.into_push_pull_output(Level::High).degrade(),
        rxd: pins.p0_08.into_floating_input().degrade(),
        cts: None,
        rts: None,
    };
    let uarte = Uarte::new(board.UARTE0, lines, Parity::EXCLUDED, Baudrate::BAUD115200);
    let led = ActiveLow(pins.p0_13.into_push_pull_output(Level::High));
    let mut generator = Rng::new(board.RNG);

    let Ok(authority) = PublicKey::from_bytes(&provisioned::AUTHORITY) else { stop() };
    let Ok(trust) = TrustBundle::open(&provisioned::BUNDLE, &TrustAnchor::new(authority), Clock::Unknown) else {
        stop()
    };
    // The board has no calendar. A counter would only know for how long it has run, which is no date.
    // What it does know is that it cannot be earlier than the bundle in its flash. So:
    //
    // - A token that had expired by then is refused; one that has expired since is not. Nor is one that
    //   is not valid yet: whom the bundle trusts can date tokens ahead.
    // - Each newer bundle that is adopted moves the bound on, until the next reset.
    // - A ledger of `Since::Reset` keeps tokens from being used again after a reset, but only once a
    //   time is known, which never happens here. So a token that was used up before can be used again.
    // - Counts are kept until the bound reaches the expiry of their token. If it does not move, the
    //   ledger is full after `LEDGER_LEN` tokens and refuses further ones with a budget, rather than
    //   forget.
    //
    // With a clock chip, leave the time policy out and give the chip's time: as `Clock::Known` once
    // it was set, and as `Clock::AtLeast` if it may have lost its power since.
    let bound = trust.issued_at();
    let clock = move || Clock::AtLeast(bound);
    let gate = Gate::new(trust, LEDGER).policy(Policy::new().time_policy(TimePolicy::AllowLowerBound));

    // It lies in the image, so each device needs an image of its own and a chip that is locked
    // against debuggers.
    let Ok(device) = AgentIdentity::derive(provisioned::NAME, "desk", Some(&provisioned::SECRET)) else { stop() };
    // Asked for its token, the board answers "time-uncertain" as long as it knows no date to put
    // in.
    let entropy = move |bytes: &mut [u8]| -> Result<(), Error> {
        generator.random(bytes);
        Ok(())
    };
    let device_token = DeviceToken::new(device, &["device:desk"], entropy);

    let action = Switch::new(led, "led:on", "led:off");
    let keeper = Gatekeeper::new(gate, authority, clock, action).device_token(device_token);
    let (input, output) = serial::start(uarte, QUEUE);
    // The line has failed for good. A reset would empty the ledger, and used tokens would be
    // accepted again.
    let _ended = serve(keeper, input, output, [FIRST, SECOND]);
    stop()
}

/// Nothing to go on with: nobody is admitted.
fn stop() -> ! {
    loop {
        cortex_m::asm::wfi();
    }
}

/// Starts again, as after a reset: LED1 is off, and what was counted is forgotten.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    SCB::sys_reset()
}
