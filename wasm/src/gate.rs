//! Admission: a gate that owns its trust bundle and its ledger.

use agentid_nostd::{Clock, Counting, Demand, Error, Ledger, PublicKey, ReplayFilter, TimePolicy};
use agentid_nostd::{TrustBundle, UsageLedger, VerifiedCache};
use alloc::boxed::Box;
use alloc::vec::Vec;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::curve::{Curve, curve, public_key};
use crate::errors::{Code, code};
use crate::passport::{Passport, State};
use crate::record::Reader;
use crate::trap;

/// What is known of the time: 0 known, 1 at least, anything else unknown; and the time.
pub(crate) fn clock(record: &mut Reader<'_>) -> Clock {
    match (record.number(), record.time()) {
        (0, time) => Clock::Known(time),
        (1, time) => Clock::AtLeast(time),
        _ => Clock::Unknown,
    }
}

/// A ledger of a size chosen at run time; `None` where uses are counted elsewhere.
struct AnyLedger(Option<Box<dyn Ledger>>);

impl AnyLedger {
    /// A kind, 1 for a replay filter, and its size: seconds, or slots.
    fn new(record: &mut Reader<'_>) -> Self {
        Self(match (record.number(), record.small()) {
            (1, window) => Some(Box::new(ReplayFilter::<1024>::new(window))),
            (_, 0) => None,
            (_, 2) => Some(Box::new(UsageLedger::<2>::new())),
            (_, 8) => Some(Box::new(UsageLedger::<8>::new())),
            (_, 1024) => Some(Box::new(UsageLedger::<1024>::new())),
            _ => trap(),
        })
    }
}

impl Ledger for AnyLedger {
    fn count(&mut self, demand: &Demand, clock: Clock) -> Result<Option<u32>, Error> {
        // Without a ledger nothing can be counted here, and nothing passes.
        self.0.as_mut().ok_or(Error::CannotCount)?.count(demand, clock)
    }
}

/// The last 64 signatures that held, 20 KB.
type Cached = VerifiedCache<Curve, 64>;

fn cached() -> Cached {
    let mut hash_key = [0; 16];
    // Where there is none, as in a Worker outside requests, whoever may sign can push out tokens of others, and no more.
    let _ = getrandom::fill(&mut hash_key);
    VerifiedCache::new(curve(), hash_key)
}

/// A gate whose trust is a signed bundle.
#[wasm_bindgen]
pub struct Gate {
    gate: agentid_nostd::Gate<TrustBundle<'static>, AnyLedger, Cached>,
    authority: PublicKey,
    /// The bundle in force.
    bytes: &'static [u8],
}

#[wasm_bindgen]
impl Gate {
    /// Opens a bundle: clock, authority and lowest epoch stand in the record, then the settings. What is not set stays
    /// as the core has it.
    ///
    /// # Errors
    /// The code.
    #[wasm_bindgen(constructor)]
    pub fn new(bundle: Vec<u8>, record: &[u8]) -> Result<Gate, Code> {
        let mut record = Reader::new(record);
        let clock = clock(&mut record);
        let authority = public_key(record.bytes())?;
        let (bundle, bytes) = open(bundle, &authority, clock, record.number(), &[])?;
        let mut gate = agentid_nostd::Gate::new(bundle, AnyLedger::new(&mut record))
            .backend(cached())
            .time_policy(match record.number() {
                1 => TimePolicy::AllowLowerBound,
                2 => TimePolicy::AllowUnknown,
                _ => TimePolicy::RequireKnown,
            })
            .counting(if record.is_present() { Counting::SingleUse } else { Counting::Budget });
        if let Some(seconds) = record.optional_small() {
            gate = gate.clock_skew_seconds(seconds);
        }
        if let Some(seconds) = record.optional() {
            gate = gate.max_lifetime_seconds(seconds);
        }
        if let Some(len) = record.optional_small() {
            gate = gate.max_token_len(usize::try_from(len).unwrap_or(usize::MAX));
        }
        if let Some(time) = record.optional() {
            gate = gate.not_issued_before(time.cast_signed());
        }
        Ok(Self { gate, authority, bytes })
    }

    /// The epoch of the bundle in force.
    pub fn epoch(&self) -> u64 {
        self.gate.trust().epoch()
    }

    /// Puts the next bundle in force, at the time in the record.
    ///
    /// # Errors
    /// The code; the old bundle stays in force.
    #[wasm_bindgen(js_name = setBundle)]
    pub fn set_bundle(&mut self, bundle: Vec<u8>, record: &[u8]) -> Result<(), Code> {
        let clock = clock(&mut Reader::new(record));
        let (bundle, bytes) = open(bundle, &self.authority, clock, self.epoch(), self.bytes)?;
        self.gate.set_trust(bundle).map_err(code)?;
        self.bytes = bytes;
        Ok(())
    }

    /// Admits a call and counts it; the time and the scopes it needs stand in the record.
    ///
    /// # Errors
    /// The code.
    pub fn admit(&mut self, token: Vec<u8>, record: &[u8]) -> Result<Passport, Code> {
        let mut record = Reader::new(record);
        let (clock, scopes) = (clock(&mut record), record.texts());
        Passport::try_new(token, |token| self.gate.admit(token, &scopes, clock).map(State::Admitted).map_err(code))
    }

    /// Decides everything but the count.
    ///
    /// # Errors
    /// The code.
    pub fn check(&self, token: Vec<u8>, record: &[u8]) -> Result<Passport, Code> {
        let mut record = Reader::new(record);
        let (clock, scopes) = (clock(&mut record), record.texts());
        Passport::try_new(token, |token| self.gate.check(token, &scopes, clock).map(State::Checked).map_err(code))
    }
}

/// What is opened stays in memory for ever, because claims borrow from it: so bytes that are in force already are not
/// taken twice, and what is refused is given back.
fn open(
    bundle: Vec<u8>,
    authority: &PublicKey,
    clock: Clock,
    lowest: u64,
    in_force: &'static [u8],
) -> Result<(TrustBundle<'static>, &'static [u8]), Code> {
    TrustBundle::open_with(curve(), &bundle, authority, clock, lowest).map_err(code)?;
    let bytes = if bundle == in_force { in_force } else { bundle.leak() };
    TrustBundle::open_with(curve(), bytes, authority, clock, lowest).map(|opened| (opened, bytes)).map_err(code)
}
