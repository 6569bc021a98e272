//! Admission: a gate that owns its trust bundle and its ledger.

use agentid_nostd::{Clock, Counting, Demand, Error, Ledger, PublicKey, ReplayFilter, TimePolicy};
use agentid_nostd::{TrustBundle, UsageLedger};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::claims::{Uncounted, Verified};
use crate::errors::{Code, code};

/// What `js/` passes for a clock: 0 known, 1 at least, anything else unknown; and the time.
pub(crate) fn clock(kind: u8, time: i64) -> Clock {
    match kind {
        0 => Clock::Known(time),
        1 => Clock::AtLeast(time),
        _ => Clock::Unknown,
    }
}

/// The settings of a gate; what is not set stays as the core has it.
#[wasm_bindgen]
#[derive(Default)]
pub struct GateOptions {
    /// Seconds.
    #[wasm_bindgen(js_name = clockSkewSeconds)]
    pub clock_skew_seconds: Option<u32>,
    /// Seconds.
    #[wasm_bindgen(js_name = maxLifetimeSeconds)]
    pub max_lifetime_seconds: Option<u64>,
    /// Bytes.
    #[wasm_bindgen(js_name = maxTokenLength)]
    pub max_token_len: Option<u32>,
    /// Unix seconds.
    #[wasm_bindgen(js_name = notIssuedBefore)]
    pub not_issued_before: Option<i64>,
    /// 0 require-known, 1 allow-lower-bound, 2 allow-unknown.
    #[wasm_bindgen(js_name = timePolicy)]
    pub time_policy: u8,
    /// Whether every token is good for one use only.
    #[wasm_bindgen(js_name = singleUse)]
    pub single_use: bool,
    /// How many tokens a ledger counts at a time; 0 where uses are counted elsewhere.
    #[wasm_bindgen(js_name = ledgerSlots)]
    pub ledger_slots: u32,
    /// Seconds that a replay filter remembers, in place of a ledger.
    #[wasm_bindgen(js_name = filterWindow)]
    pub filter_window: Option<u32>,
}

#[wasm_bindgen]
impl GateOptions {
    /// The core's defaults, and no ledger.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }
}

/// A ledger of a size chosen at run time.
struct AnyLedger(Option<Box<dyn Ledger>>);

impl AnyLedger {
    fn new(options: &GateOptions) -> Option<Self> {
        if let Some(window) = options.filter_window {
            return Some(Self(Some(Box::new(ReplayFilter::<1024>::new(window)))));
        }
        Some(Self(match options.ledger_slots {
            0 => None,
            2 => Some(Box::new(UsageLedger::<2>::new())),
            8 => Some(Box::new(UsageLedger::<8>::new())),
            1024 => Some(Box::new(UsageLedger::<1024>::new())),
            _ => return None,
        }))
    }
}

impl Ledger for AnyLedger {
    fn count(&mut self, demand: &Demand, clock: Clock) -> Result<Option<u32>, Error> {
        // Without a ledger nothing can be counted here, and nothing passes.
        self.0.as_mut().ok_or(Error::CannotCount)?.count(demand, clock)
    }
}

/// A gate whose trust is a signed bundle.
#[wasm_bindgen]
pub struct Gate {
    gate: agentid_nostd::Gate<TrustBundle<'static>, AnyLedger>,
    authority: PublicKey,
    /// The bundle in force.
    bytes: &'static [u8],
}

#[wasm_bindgen]
impl Gate {
    /// Opens a bundle; `None` for a number of slots that there is no ledger of.
    ///
    /// # Errors
    /// The code.
    pub fn open(
        bundle: Vec<u8>,
        authority: &[u8],
        clock_kind: u8,
        time: i64,
        lowest_epoch: u64,
        options: &GateOptions,
    ) -> Result<Option<Gate>, Code> {
        let authority = PublicKey::try_from(authority).map_err(code)?;
        let Some(ledger) = AnyLedger::new(options) else { return Ok(None) };
        let (bundle, bytes) = open(bundle, &authority, clock(clock_kind, time), lowest_epoch, &[])?;
        let mut gate = agentid_nostd::Gate::new(bundle, ledger)
            .time_policy(match options.time_policy {
                1 => TimePolicy::AllowLowerBound,
                2 => TimePolicy::AllowUnknown,
                _ => TimePolicy::RequireKnown,
            })
            .counting(if options.single_use { Counting::SingleUse } else { Counting::Budget });
        if let Some(seconds) = options.clock_skew_seconds {
            gate = gate.clock_skew_seconds(seconds);
        }
        if let Some(seconds) = options.max_lifetime_seconds {
            gate = gate.max_lifetime_seconds(seconds);
        }
        if let Some(len) = options.max_token_len {
            gate = gate.max_token_len(usize::try_from(len).unwrap_or(usize::MAX));
        }
        if let Some(time) = options.not_issued_before {
            gate = gate.not_issued_before(time);
        }
        Ok(Some(Self { gate, authority, bytes }))
    }

    /// The epoch of the bundle in force.
    #[wasm_bindgen(getter)]
    pub fn epoch(&self) -> u64 {
        self.gate.trust().epoch()
    }

    /// Puts the next bundle in force.
    ///
    /// # Errors
    /// The code; the old bundle stays in force.
    #[wasm_bindgen(js_name = setBundle)]
    pub fn set_bundle(&mut self, bundle: Vec<u8>, clock_kind: u8, time: i64) -> Result<(), Code> {
        let (bundle, bytes) = open(bundle, &self.authority, clock(clock_kind, time), self.epoch(), self.bytes)?;
        self.gate.set_trust(bundle).map_err(code)?;
        self.bytes = bytes;
        Ok(())
    }

    /// Admits a call and counts it.
    ///
    /// # Errors
    /// The code.
    pub fn admit(
        &mut self,
        token: Vec<u8>,
        scopes: Vec<String>,
        clock_kind: u8,
        time: i64,
    ) -> Result<Admitted, Code> {
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        let mut calls_left = None;
        let claims = Verified::try_new(token, |token| {
            let admitted = self.gate.admit(token, &scopes, clock(clock_kind, time)).map_err(code)?;
            calls_left = admitted.calls_left();
            Ok(*admitted.claims())
        })?;
        Ok(Admitted { claims: Some(claims), calls_left })
    }

    /// Decides everything but the count.
    ///
    /// # Errors
    /// The code.
    pub fn check(&self, token: Vec<u8>, scopes: Vec<String>, clock_kind: u8, time: i64) -> Result<Pending, Code> {
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        let mut demand = None;
        let uncounted = Uncounted::try_new(token, |token| {
            let checked = self.gate.check(token, &scopes, clock(clock_kind, time)).map_err(code)?;
            demand = Some(*checked.demand());
            Ok(checked)
        })?;
        // There is a demand wherever there is something to be counted.
        demand.map(|demand| Pending { uncounted, demand }).ok_or_else(|| code(Error::CannotCount))
    }
}

/// A call that may pass: claims, and how many calls are left.
#[wasm_bindgen]
pub struct Admitted {
    claims: Option<Verified>,
    calls_left: Option<u32>,
}

#[wasm_bindgen]
impl Admitted {
    /// The claims, once.
    #[wasm_bindgen(js_name = takeClaims)]
    pub fn take_claims(&mut self) -> Option<Verified> {
        self.claims.take()
    }

    /// `undefined` is unlimited.
    #[wasm_bindgen(getter, js_name = callsLeft)]
    pub fn calls_left(&self) -> Option<u32> {
        self.calls_left
    }
}

/// A call that may pass if its use can be counted.
#[wasm_bindgen]
pub struct Pending {
    uncounted: Uncounted,
    demand: Demand,
}

#[wasm_bindgen]
impl Pending {
    /// 32 bytes: half of what identifies a token.
    #[wasm_bindgen(getter)]
    pub fn issuer(&self) -> Vec<u8> {
        self.demand.issuer().into()
    }

    /// The other half.
    #[wasm_bindgen(getter, js_name = tokenId)]
    pub fn token_id(&self) -> u64 {
        self.demand.token_id()
    }

    /// `undefined` is unlimited, and need not be counted.
    #[wasm_bindgen(getter)]
    pub fn limit(&self) -> Option<u32> {
        self.demand.limit()
    }

    /// The Unix second from which on the count may be forgotten.
    #[wasm_bindgen(getter)]
    pub fn until(&self) -> i64 {
        self.demand.until()
    }

    /// Admits the call, given how many uses were counted before this one.
    ///
    /// # Errors
    /// The code.
    pub fn admit(self, earlier_uses: u32) -> Result<Admitted, Code> {
        let (claims, calls_left) = self.uncounted.admit(earlier_uses)?;
        Ok(Admitted { claims: Some(claims), calls_left })
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
    TrustBundle::open(&bundle, authority, clock, lowest).map_err(code)?;
    let bytes = if bundle == in_force { in_force } else { bundle.leak() };
    TrustBundle::open(bytes, authority, clock, lowest).map(|opened| (opened, bytes)).map_err(code)
}
