//! The same gate on the host: what a device must answer, given what it was told before.

use agentid_nostd::{Call, Clock, Error, Gate, LedgerSlot, PublicKey, Since, TrustAnchor, TrustBundle, UsageLedger};
use agentid_test_kit::raw_bundle::authority_key;

/// A gate that goes through what the device goes through.
#[derive(Debug)]
pub struct Mirror {
    gate: Gate<TrustBundle<'static>, UsageLedger<[LedgerSlot; 64]>>,
}

impl Mirror {
    /// A device that was switched on at `start` and was then given this bundle at `clock`.
    ///
    /// # Errors
    /// Those of opening the bundle.
    pub fn new(start: Clock, bundle: &[u8], clock: Clock) -> Result<Self, Error> {
        // The device knew this time before it was given a bundle that is later than that.
        let since = if let Clock::Known(start) = start { Since::Time(start) } else { Since::Reset };
        let gate = Gate::new(open(bundle, clock, &anchor()?)?, UsageLedger::new([LedgerSlot::EMPTY; 64], since));
        Ok(Self { gate })
    }

    /// The code and the calls left, as they stand in the body.
    pub fn call(&mut self, token: &[u8], scope: &str, clock: Clock) -> (u8, Vec<u8>) {
        match self.gate.admit(token, &Call::new(&[scope]), clock) {
            Ok(admitted) => (0, admitted.calls_left().unwrap_or(u32::MAX).to_be_bytes().to_vec()),
            Err(error) => (error.code(), Vec::new()),
        }
    }

    /// The code; the bundle in force is accepted again, another one must have a higher epoch.
    pub fn bundle(&mut self, bundle: &[u8], clock: Clock) -> u8 {
        if self.gate.is_in_force(bundle) {
            return 0;
        }
        let opened = anchor().and_then(|anchor| self.gate.open_next(bundle.to_vec().leak(), &anchor, clock));
        match opened.and_then(|bundle| self.gate.set_trust(bundle)) {
            Ok(()) => 0,
            Err(error) => error.code(),
        }
    }
}

/// The authority of all tests.
fn anchor() -> Result<TrustAnchor, Error> {
    PublicKey::from_bytes(authority_key().verifying_key().as_bytes()).map(TrustAnchor::new)
}

/// Opened bundles stay in memory until the test ends.
fn open(bundle: &[u8], clock: Clock, anchor: &TrustAnchor) -> Result<TrustBundle<'static>, Error> {
    TrustBundle::open(bundle.to_vec().leak(), anchor, clock)
}
