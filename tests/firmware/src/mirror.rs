//! The same gate on the host: what a device must answer, given what it was told before.

use agentid_nostd::{Clock, Error, Gate, LedgerSlot, PublicKey, TrustBundle, UsageLedger};
use agentid_tests::raw_bundle::authority_key;

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
        let mut gate = Gate::new(open(bundle, clock, 0)?, UsageLedger::new());
        if let Clock::Known(start) = start {
            // The skew of 30 seconds, and one more.
            gate = gate.not_issued_before(start + 31);
        }
        Ok(Self { gate })
    }

    /// The code and the calls left, as they stand in the body.
    pub fn call(&mut self, token: &[u8], scope: &str, clock: Clock) -> (u8, Vec<u8>) {
        match self.gate.admit(token, &[scope], clock) {
            Ok(admitted) => (0, admitted.calls_left().unwrap_or(u32::MAX).to_be_bytes().to_vec()),
            Err(denied) => (denied.code(), Vec::new()),
        }
    }

    /// The code; a bundle must have a higher epoch than the one in force.
    pub fn bundle(&mut self, bundle: &[u8], clock: Clock) -> u8 {
        let lowest = self.gate.trust().epoch().saturating_add(1);
        match open(bundle, clock, lowest).and_then(|bundle| self.gate.set_trust(bundle)) {
            Ok(()) => 0,
            Err(error) => error.code(),
        }
    }
}

/// The authority of all tests. What is opened stays in memory until the test ends.
fn open(bundle: &[u8], clock: Clock, lowest_epoch: u64) -> Result<TrustBundle<'static>, Error> {
    let authority = PublicKey::from_bytes(authority_key().verifying_key().as_bytes())?;
    TrustBundle::open(bundle.to_vec().leak(), &authority, clock, lowest_epoch)
}
