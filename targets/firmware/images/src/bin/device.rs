//! The gatekeeper on UART0 with trust of one's own: `cargo xtask emulate` starts it.
//!
//! The files `authority` and `bundle`, where QEMU was started, stand for two pages of flash. There
//! is no default: without them the image ends.
#![no_std]
#![no_main]

use agentid_emulated_boards::{clock, page, uart};
use agentid_gatekeeper::{Action, ActionFailed, Gatekeeper, serve};
use agentid_images::{Curve, exit};
use agentid_nostd::{Error, Gate, LedgerSlot, PublicKey, Since, TrustAnchor, TrustBundle, UsageLedger};
use cortex_m_rt::entry;
use heapless::Vec;

/// The longest request, and the longest bundle.
const BUFFER_LEN: usize = 1_536;

#[entry]
fn main() -> ! {
    static mut PAGE: [u8; BUFFER_LEN] = [0; BUFFER_LEN];
    static mut FIRST: Vec<u8, BUFFER_LEN> = Vec::new();
    static mut SECOND: Vec<u8, BUFFER_LEN> = Vec::new();
    static mut LEDGER: UsageLedger<[LedgerSlot; 64]> = UsageLedger::new([LedgerSlot::EMPTY; 64], Since::Reset);

    let Some(authority) = authority() else { exit(1) };
    let Some(bundle) = page(c"bundle", PAGE) else { exit(2) };
    let Ok(trust) = trust(authority, bundle) else { exit(3) };
    let keeper = Gatekeeper::new(Gate::new(trust, LEDGER).with_backend(Curve), authority, clock, Board);
    let (input, output) = uart();
    match serve(keeper, input, output, [FIRST, SECOND]) {
        Ok(()) => exit(0),
        Err(never) => match never {},
    }
}

// Functions of their own, so that what they need of the stack is free again while the device
// serves.

#[inline(never)]
fn authority() -> Option<PublicKey> {
    // One byte more, so that a longer file is seen.
    let mut key = [0; 33];
    PublicKey::from_bytes_with(Curve, page(c"authority", &mut key)?.try_into().ok()?).ok()
}

#[inline(never)]
fn trust(authority: PublicKey, bundle: &'static [u8]) -> Result<TrustBundle<'static>, Error> {
    TrustBundle::open_with(Curve, bundle, &TrustAnchor::new(authority), clock())
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
