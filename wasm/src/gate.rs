//! Admission: a gate that owns its trust bundle and its ledger.

use agentid_nostd::{
    BundleVersion, Clock, Counting, Demand, Error, Gate as CoreGate, Ledger, LedgerSlot, ReplayFilter, Since,
    TimePolicy, TrustAnchor, TrustBundle, UsageLedger, VerifiedCache,
};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use self_cell::self_cell;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::bundle::{anchor, clock};
use crate::claims;
use crate::curve::{Curve, curve};
use crate::errors::{Code, code};
use crate::policy::{Policy, length};
use crate::record::{Reader, Writer};

self_cell!(
    /// A bundle, together with its opened form, which borrows from it.
    struct Opened {
        owner: Vec<u8>,
        #[covariant]
        dependent: TrustBundle,
    }
);

/// A ledger of a kind and size chosen at run time; `None` if uses are counted elsewhere.
type AnyLedger = Option<Box<dyn Ledger>>;

/// Reads a ledger: its kind, its size in slots or seconds, and its start: the beginning, or a time.
fn ledger(record: &mut Reader<'_>) -> AnyLedger {
    let kind = record.number();
    if kind == 0 {
        return None;
    }
    let size = record.small();
    let since = record.optional().map_or(Since::Beginning, |time| Since::Time(time.cast_signed()));
    Some(match kind {
        1 => Box::new(UsageLedger::new(vec![LedgerSlot::EMPTY; length(size)], since)),
        _ => Box::new(ReplayFilter::<1024>::new(size, since)),
    })
}

/// The last 64 signatures that held, 20 KB.
type Cached = VerifiedCache<Curve, 64>;

fn cached() -> Cached {
    let mut hash_key = [0; 16];
    // Where there is none, as in a Worker outside requests, whoever may sign can push out tokens of others, and no more.
    let _ = getrandom::fill(&mut hash_key);
    VerifiedCache::new(curve(), hash_key)
}

/// A ledger for one call. `js/` refuses calls that must be counted here if there is none.
struct Counted<'g>(Option<&'g mut (dyn Ledger + 'static)>);

impl Ledger for Counted<'_> {
    fn since(&self) -> Since {
        self.0.as_ref().map_or(Since::Beginning, |ledger| ledger.since())
    }

    fn count(&mut self, demand: &Demand, clock: Clock) -> Result<Option<u32>, Error> {
        self.0.as_mut().ok_or(Error::CannotCount)?.count(demand, clock)
    }
}

/// The core's gate, which borrows all that it needs.
type OneCall<'g> = CoreGate<TrustBundle<'g>, Counted<'g>, &'g Cached>;

/// A question to a gate: a time, the scopes that are needed, a token.
struct Call<'r> {
    clock: Clock,
    scopes: Vec<&'r str>,
    token: Cow<'r, [u8]>,
}

impl<'r> Call<'r> {
    #[inline(never)]
    fn read(record: &'r [u8]) -> Result<Self, Code> {
        let mut record = Reader::new(record);
        Ok(Self { clock: clock(&mut record), scopes: record.texts(), token: claims::token(&mut record)? })
    }
}

/// The settings of a gate.
struct Settings {
    policy: Policy,
    not_issued_before: Option<i64>,
    time_policy: TimePolicy,
    counting: Counting,
}

impl Settings {
    fn read(record: &mut Reader<'_>) -> Self {
        Self {
            policy: Policy::read(record),
            not_issued_before: record.optional().map(u64::cast_signed),
            time_policy: match record.number() {
                1 => TimePolicy::AllowLowerBound,
                2 => TimePolicy::AllowUnknown,
                _ => TimePolicy::RequireKnown,
            },
            counting: if record.is_present() { Counting::SingleUse } else { Counting::Budget },
        }
    }

    /// The core's gate, for one call. All bundles of a gate are of one authority, so a new one
    /// replaces the time bound of the old one, and no state is lost between calls.
    #[inline(never)]
    fn gate<'g>(&self, trust: &'g Opened, ledger: Counted<'g>, cache: &'g Cached) -> OneCall<'g> {
        let mut gate = CoreGate::new(*trust.borrow_dependent(), ledger)
            .backend(cache)
            .time_policy(self.time_policy)
            .counting(self.counting);
        if let Some(seconds) = self.policy.clock_skew_seconds {
            gate = gate.clock_skew_seconds(seconds);
        }
        if let Some(seconds) = self.policy.max_lifetime_seconds {
            gate = gate.max_lifetime_seconds(seconds);
        }
        if let Some(len) = self.policy.max_token_len {
            gate = gate.max_token_len(length(len));
        }
        match self.not_issued_before {
            Some(time) => gate.not_issued_before(time),
            None => gate,
        }
    }
}

/// A gate whose trust is a signed bundle.
#[wasm_bindgen]
pub struct Gate {
    trust: Opened,
    version: BundleVersion,
    anchor: TrustAnchor,
    ledger: AnyLedger,
    settings: Settings,
    cache: Box<Cached>,
}

#[wasm_bindgen]
impl Gate {
    /// Opens a bundle. The record holds clock, anchor and ledger, then the settings.
    ///
    /// # Errors
    /// The code.
    #[wasm_bindgen(constructor)]
    pub fn new(bundle: Vec<u8>, record: &[u8]) -> Result<Gate, Code> {
        let mut record = Reader::new(record);
        let clock = clock(&mut record);
        let (mut anchor, ledger) = (anchor(&mut record)?, ledger(&mut record));
        let settings = Settings::read(&mut record);
        if let Some(seconds) = settings.policy.clock_skew_seconds {
            anchor = anchor.clock_skew_seconds(seconds);
        }
        let (trust, version) = opened(bundle, |bytes| TrustBundle::open_with(curve(), bytes, &anchor, clock))?;
        Ok(Self { trust, version, anchor, ledger, settings, cache: Box::new(cached()) })
    }

    /// Epoch and digest of the bundle in force.
    pub fn version(&self) -> Vec<u8> {
        let mut record = Writer::default();
        record.number(self.version.epoch).bytes(&self.version.digest);
        record.finish()
    }

    /// Puts the next bundle in force, at the time in the record. The memory of the old one is
    /// freed.
    ///
    /// # Errors
    /// The code; the old bundle stays in force.
    #[wasm_bindgen(js_name = setBundle)]
    pub fn set_bundle(&mut self, bundle: Vec<u8>, record: &[u8]) -> Result<(), Code> {
        let clock = clock(&mut Reader::new(record));
        let gate = self.settings.gate(&self.trust, Counted(None), &self.cache);
        (self.trust, self.version) = opened(bundle, |bytes| gate.open_next(bytes, &self.anchor, clock))?;
        Ok(())
    }

    /// Admits a call and counts it; the time, the scopes it needs and the token stand in the
    /// record.
    ///
    /// # Errors
    /// The code.
    pub fn admit(&mut self, record: &[u8]) -> Result<Vec<u8>, Code> {
        let Call { clock, scopes, token } = Call::read(record)?;
        let ledger = Counted(self.ledger.as_deref_mut());
        let mut gate = self.settings.gate(&self.trust, ledger, &self.cache);
        let admitted = gate.admit(&token, &scopes, clock).map_err(code)?;
        Ok(claims::verified(admitted.claims()).optional(admitted.calls_left()).finish())
    }

    /// Decides everything but the count. Returns the claims, which `js/` keeps back until [`count`]
    /// has decided, and the use that must be counted.
    ///
    /// # Errors
    /// The code.
    pub fn check(&self, record: &[u8]) -> Result<Vec<u8>, Code> {
        let Call { clock, scopes, token } = Call::read(record)?;
        let gate = self.settings.gate(&self.trust, Counted(None), &self.cache);
        let checked = gate.check(&token, &scopes, clock).map_err(code)?;
        let demand = *checked.demand();
        // The first use of a token always passes.
        let admitted = checked.admit(0).map_err(code)?;
        let mut answer = claims::verified(admitted.claims());
        answer.number((self.settings.counting == Counting::SingleUse).into());
        answer.optional(demand.limit()).time(demand.retain_until());
        Ok(answer.finish())
    }
}

/// Opens a bundle and keeps its bytes; the memory of one that is refused is freed.
fn opened(
    bundle: Vec<u8>,
    open: impl for<'b> FnOnce(&'b Vec<u8>) -> Result<TrustBundle<'b>, Error>,
) -> Result<(Opened, BundleVersion), Code> {
    let opened = Opened::try_new(bundle, open).map_err(code)?;
    let version = opened.borrow_dependent().version();
    Ok((opened, version))
}

/// Decides on a call that was checked, given the number of uses counted before this one. Returns
/// the calls left, or `undefined` if unlimited.
///
/// # Errors
/// The code.
#[wasm_bindgen]
pub fn count(is_single_use: bool, max_calls: u32, earlier_uses: u32) -> Result<Option<u32>, Code> {
    let counting = if is_single_use { Counting::SingleUse } else { Counting::Budget };
    // The token's identity and expiry do not matter here.
    Demand::new([0; 32], 0, max_calls, counting, 0, 0).check(earlier_uses).map_err(code)
}
