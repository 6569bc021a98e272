//! The gatekeeper on UART0. Its clock is the file `clock` where QEMU was started.
//!
//! Its keys are the demo's and public, as is its own secret: it is for emulated boards and tests
//! only.
#![no_std]
#![no_main]

use agentid_emulated_boards::{clock, entropy, uart};
use agentid_gatekeeper::{Action, ActionFailed, DeviceToken, Gatekeeper, serve};
use agentid_images::measured::example;
use agentid_images::{Curve, exit};
use agentid_nostd::{
    AgentIdentity, Error, Gate, LedgerSlot, PublicKey, Since, TrustAnchor, TrustBundle, UsageLedger,
};
use cortex_m_rt::entry;
use heapless::Vec;

/// The longest request: a trust bundle of 16 issuers, or a call.
const BUFFER_LEN: usize = 1_536;

#[entry]
fn main() -> ! {
    // The macro makes these statics, so that they are counted among the RAM that the image needs.
    static mut FIRST: Vec<u8, BUFFER_LEN> = Vec::new();
    static mut SECOND: Vec<u8, BUFFER_LEN> = Vec::new();
    static mut LEDGER: UsageLedger<[LedgerSlot; 64]> = UsageLedger::new([LedgerSlot::EMPTY; 64], Since::Reset);

    // Public demo keys. A product reads both from its own flash pages; see README.md,
    // "Provisioning".
    let Ok(authority) = PublicKey::from_bytes_with(Curve, &example::AUTHORITY) else { exit(1) };
    let Ok(trust) = trust(authority) else { exit(2) };
    let Ok(device) = device() else { exit(3) };

    let gate = Gate::new(trust, LEDGER).with_backend(Curve);
    let device_token = DeviceToken::new(device, &["device:desk"], entropy);
    let keeper = Gatekeeper::new(gate, authority, clock, Board).device_token(device_token);
    let (input, output) = uart();
    match serve(keeper, input, output, [FIRST, SECOND]) {
        Ok(()) => exit(0),
        Err(never) => match never {},
    }
}

// Functions of their own, so that what they need of the stack is free again while the device
// serves.

#[inline(never)]
fn trust(authority: PublicKey) -> Result<TrustBundle<'static>, Error> {
    TrustBundle::open_with(Curve, &example::BUNDLE, &TrustAnchor::new(authority), clock())
}

#[inline(never)]
fn device() -> Result<AgentIdentity<'static>, Error> {
    AgentIdentity::derive("emulated-board", "desk", Some(b"the device's own secret"))
}

/// The emulated board can do anything, and does it by logging.
struct Board;

impl Action for Board {
    fn offers(&self, _: &str) -> bool {
        true
    }

    #[cfg_attr(not(feature = "defmt"), expect(unused_variables, reason = "only logged"))]
    fn perform(&mut self, scope: &str) -> Result<(), ActionFailed> {
        #[cfg(feature = "defmt")]
        defmt::info!("performed {=str}", scope);
        Ok(())
    }
}
