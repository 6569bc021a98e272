//! Admission: a gate that owns its trust bundle and its ledger.

use agentid_nostd::{
    BundleVersion, CacheSlot, Call, Clock, CountedElsewhere, Counting, Demand, DemandKind, Error, Gate as CoreGate,
    HashKey, IssuerShare, Ledger, LedgerSlot, Policy, ReplayFilter, Since, TrustAnchor, TrustBundle, UsageLedger,
    VerifiedCache,
};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::num::NonZeroU32;
use self_cell::self_cell;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::bundle::{anchor, state, write_state};
use crate::claims;
use crate::curve::{Curve, curve};
use crate::errors::{Code, NO_MEMORY, code};
use crate::policy::{clock, length, policy};
use crate::record::{Reader, Writer};

self_cell!(
    /// A bundle, together with its opened form, which borrows from it.
    struct Opened {
        owner: Vec<u8>,
        #[covariant]
        dependent: TrustBundle,
    }
);

/// Reads a ledger: its kind; for one in memory its size, its limit or window, and its start: the
/// beginning, or a time.
///
/// # Errors
/// [`NO_MEMORY`].
fn ledger(record: &mut Reader<'_>) -> Result<Box<dyn Ledger>, Code> {
    let kind = record.number();
    if kind == 0 {
        // It refuses to count: `js/` asks such a gate for `check` alone.
        return Ok(Box::new(CountedElsewhere(Since::Beginning)));
    }
    let size = length(record.small());
    if kind != 1 {
        let (window, memory) = (record.small(), zeroed(size, 0)?);
        return Ok(Box::new(ReplayFilter::new(memory, window, since(record))));
    }
    let max_slots = record.optional_small();
    let ledger = UsageLedger::new(zeroed(size, LedgerSlot::EMPTY)?, since(record)).with_hash_key(hash_key());
    // As many shares as slots: no issuer is refused because others have all of them.
    let shares = zeroed(if max_slots.is_some() { size } else { 0 }, IssuerShare::EMPTY)?;
    Ok(Box::new(ledger.with_issuer_limit(shares, max_slots.unwrap_or(u32::MAX))))
}

fn since(record: &mut Reader<'_>) -> Since {
    record.optional().map_or(Since::Beginning, |time| Since::Time(time.cast_signed()))
}

/// So many items, if there is memory for them.
#[inline(never)]
fn zeroed<T: Copy>(len: usize, item: T) -> Result<Vec<T>, Code> {
    let mut items = Vec::new();
    items.try_reserve_exact(len).map_err(|_| NO_MEMORY)?;
    items.extend(core::iter::repeat_n(item, len));
    Ok(items)
}

/// The last 64 signatures that held, 20 KB.
type Cached = VerifiedCache<Curve, [CacheSlot<256>; 64]>;

fn cached() -> Cached {
    VerifiedCache::new(curve(), hash_key(), [CacheSlot::EMPTY; 64])
}

/// Where nothing random can be had, as in a Worker outside requests, whoever may sign can push tokens
/// of others out of the cache, or make calls read many slots, and no more.
fn hash_key() -> HashKey {
    let mut random = [0; 16];
    let _ = getrandom::fill(&mut random);
    HashKey::new(random)
}

/// The core's gate for one call. It borrows trust and cache, and knows only the start of the
/// ledger: the count is a step of its own.
type OneCall<'g> = CoreGate<TrustBundle<'g>, CountedElsewhere, &'g Cached>;

/// A question to a gate: a time, the scopes that the call needs, a token.
struct Question<'r> {
    clock: Clock,
    scopes: Vec<&'r str>,
    token: Cow<'r, [u8]>,
}

impl<'r> Question<'r> {
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
    counting: Counting,
}

impl Settings {
    fn read(record: &mut Reader<'_>) -> Self {
        Self {
            policy: policy(record),
            not_issued_before: record.optional().map(u64::cast_signed),
            counting: counting(record.is_present()),
        }
    }

    /// The core's gate, for one call. What lasts is the bundle and the ledger, so no state is lost
    /// between calls.
    #[inline(never)]
    fn gate<'g>(&self, trust: &'g Opened, since: Since, cache: &'g Cached) -> OneCall<'g> {
        let gate = CoreGate::new(*trust.borrow_dependent(), CountedElsewhere(since))
            .with_backend(cache)
            .policy(self.policy)
            .counting(self.counting);
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
    ledger: Box<dyn Ledger>,
    settings: Settings,
    cache: Box<Cached>,
}

#[wasm_bindgen]
impl Gate {
    /// Opens a bundle. The record holds clock, anchor, ledger, policy and the other settings.
    ///
    /// # Errors
    /// The code.
    #[wasm_bindgen(constructor)]
    pub fn new(bundle: Vec<u8>, record: &[u8]) -> Result<Gate, Code> {
        let mut record = Reader::new(record);
        let (clock, anchor, ledger) = (clock(&mut record), anchor(&mut record)?, ledger(&mut record)?);
        let settings = Settings::read(&mut record);
        let (trust, version) = opened(bundle, |bytes| TrustBundle::open_with(curve(), bytes, &anchor, clock))?;
        Ok(Self { trust, version, anchor, ledger, settings, cache: Box::new(cached()) })
    }

    /// Epoch and digest of the bundle in force.
    pub fn version(&self) -> Vec<u8> {
        let mut record = Writer::default();
        record.number(self.version.epoch).bytes(&self.version.digest);
        record.finish()
    }

    /// What is to be stored of the bundle in force.
    pub fn state(&self) -> Vec<u8> {
        write_state(&self.trust.borrow_dependent().state())
    }

    /// Checks a bundle of the next authority, at the time in the record. Returns its state.
    ///
    /// # Errors
    /// The code.
    #[wasm_bindgen(js_name = prepareHandOver)]
    pub fn prepare_hand_over(&self, bundle: &[u8], record: &[u8]) -> Result<Vec<u8>, Code> {
        let clock = clock(&mut Reader::new(record));
        let gate = self.settings.gate(&self.trust, self.ledger.since(), &self.cache);
        let hand_over = gate.prepare_hand_over(bundle, &self.anchor, clock).map_err(code)?;
        Ok(write_state(&hand_over.state()))
    }

    /// Puts a bundle of the next authority in force, if the state in the record, read back from where
    /// it was stored, is that of this bundle.
    ///
    /// # Errors
    /// The code. With that of a bundle past its not_after, it is in force and trusts nobody. With any
    /// other the old bundle stays.
    #[wasm_bindgen(js_name = adoptHandOver)]
    pub fn adopt_hand_over(&mut self, bundle: Vec<u8>, record: &[u8]) -> Result<(), Code> {
        let mut record = Reader::new(record);
        let (clock, stored) = (clock(&mut record), state(&mut record)?);
        let gate = self.settings.gate(&self.trust, self.ledger.since(), &self.cache);
        (self.trust, self.version) =
            opened(bundle, |bytes| gate.prepare_hand_over(bytes, &self.anchor, clock)?.adopt(&stored))?;
        let bundle = self.trust.borrow_dependent();
        self.anchor = TrustAnchor::new(bundle.authority());
        bundle.check_current(clock).map_err(code)
    }

    /// Puts the next bundle in force, at the time in the record. The memory of the old one is
    /// freed.
    ///
    /// # Errors
    /// The code; the old bundle stays in force.
    #[wasm_bindgen(js_name = setBundle)]
    pub fn set_bundle(&mut self, bundle: Vec<u8>, record: &[u8]) -> Result<(), Code> {
        let clock = clock(&mut Reader::new(record));
        let gate = self.settings.gate(&self.trust, self.ledger.since(), &self.cache);
        (self.trust, self.version) = opened(bundle, |bytes| gate.open_next(bytes, &self.anchor, clock))?;
        Ok(())
    }

    /// Admits a call and counts it. The record holds the time, the scopes that the call needs and
    /// the token.
    ///
    /// # Errors
    /// The code.
    pub fn admit(&mut self, record: &[u8]) -> Result<Vec<u8>, Code> {
        let Question { clock, scopes, token } = Question::read(record)?;
        let gate = self.settings.gate(&self.trust, self.ledger.since(), &self.cache);
        let uncounted = gate.check(&token, &Call::new(&scopes), clock).map_err(code)?;
        let admitted = uncounted.count(&mut *self.ledger).map_err(code)?;
        Ok(claims::verified(admitted.claims()).optional(admitted.calls_left()).finish())
    }

    /// Decides everything but the count. Returns the claims, and the use that must be counted.
    ///
    /// # Errors
    /// The code.
    pub fn check(&self, record: &[u8]) -> Result<Vec<u8>, Code> {
        let Question { clock, scopes, token } = Question::read(record)?;
        let gate = self.settings.gate(&self.trust, self.ledger.since(), &self.cache);
        let uncounted = gate.check(&token, &Call::new(&scopes), clock).map_err(code)?;
        let mut answer = claims::verified(uncounted.claims());
        answer.number((self.settings.counting == Counting::SingleUse).into());
        answer.len(uncounted.demands().len());
        for demand in uncounted.demands() {
            answer.number(demand.kind().number().into()).bytes(demand.issuer()).number(demand.token_id());
            answer.optional(demand.limit()).time(demand.expires_at()).time(demand.retain_until());
        }
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

const fn counting(is_single_use: bool) -> Counting {
    if is_single_use { Counting::SingleUse } else { Counting::Budget }
}

/// Decides on one demand, given the number of uses counted before this one. Returns the calls left,
/// or `undefined` if unlimited.
///
/// # Errors
/// The code.
#[wasm_bindgen]
pub fn count(
    is_quota: bool,
    is_single_use: bool,
    limit: Option<u32>,
    earlier_uses: u32,
) -> Result<Option<u32>, Code> {
    let limit = limit.and_then(NonZeroU32::new);
    // The token's identity and expiry do not matter here.
    let kind = if is_quota { DemandKind::Quota } else { DemandKind::Token };
    let demand = Demand::new(kind, [0; 32], 0, limit, counting(is_single_use), 0, 0);
    demand.check(earlier_uses).map_err(code)
}
