//! A hash table that never evicts a live entry.
//!
//! Robin Hood hashing with linear probing (Celis, "Robin Hood Hashing", 1986) and deletion by
//! backward shift: entries stand in the order of their home slots, so a search for what is not
//! there ends early even in a full table, and expired entries leave no tombstones.

use super::demand::has_twins;
use super::share::Limit;
use super::slot::{Key, LedgerSlot};
use super::spread::Spread;
use super::{Demand, Since};
use crate::clock::Clock;
use crate::error::Error;
use crate::hash_key::place;

/// How many slots each call looks at for expired entries. With 16, a table stays within about 3 %
/// of its live load, so that insertion, which moves entries up to the next empty slot, stays short.
const SWEEP: usize = 16;
/// How many expired entries each call takes out at most: one more than it puts in. Each may move
/// what stands behind it, which in a table that is nearly full can be most of it.
const REMOVALS: u8 = 2;

/// The state of a ledger besides its slots.
pub(super) struct State {
    /// Whether the slots were emptied: this ledger did not count the entries in them before.
    is_cleared: bool,
    len: usize,
    /// The next slot to look at for expired entries.
    cursor: usize,
    /// Whether an entry was ever given up.
    has_forgotten: bool,
    /// The latest expiry of an entry that was given up.
    forgotten: i64,
    /// No entry expires before this, if there is any.
    next_expiry: i64,
    since: Since,
}

impl State {
    pub(super) const fn new(since: Since) -> Self {
        Self { is_cleared: false, len: 0, cursor: 0, has_forgotten: false, forgotten: 0, next_expiry: 0, since }
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) const fn since(&self) -> Since {
        self.since
    }

    /// The state of a ledger whose entries will lie elsewhere: it begins anew, and if there was
    /// anything in it, it has forgotten all there can be.
    pub(super) const fn given_up(self) -> Self {
        if self.is_cleared {
            Self { has_forgotten: true, forgotten: i64::MAX, ..Self::new(self.since) }
        } else {
            self
        }
    }
}

/// Where a key is, or where it belongs.
enum Place {
    Found(usize),
    Free(usize),
    Nowhere,
}

/// A ledger for one call, over slots in any memory, so that ledgers of all sizes share their code.
pub(super) struct Table<'t, H, I> {
    state: &'t mut State,
    slots: &'t mut [LedgerSlot],
    hash: &'t H,
    limit: &'t mut I,
}

impl<'t, H: Spread, I: Limit> Table<'t, H, I> {
    pub(super) const fn new(
        state: &'t mut State,
        slots: &'t mut [LedgerSlot],
        hash: &'t H,
        limit: &'t mut I,
    ) -> Self {
        Self { state, slots, hash, limit }
    }

    /// Checks every demand, then reserves a slot for each that is new, then writes: nothing is
    /// counted in part.
    pub(super) fn count(&mut self, demands: &[Demand], clock: Clock) -> Result<Option<u32>, Error> {
        if has_twins(demands, Key::of) {
            return Err(Error::CannotCount);
        }
        let limited = || demands.iter().filter(|demand| demand.limit().is_some());
        if !self.state.is_cleared {
            self.slots.fill(LedgerSlot::EMPTY);
            self.limit.clear();
            self.state.is_cleared = true;
        }
        for demand in limited() {
            self.sweep(demand, clock);
            self.drop_expired(&Key::of(demand), demand, clock);
        }
        self.check_memory(demands)?;
        let mut new = 0_usize;
        for demand in limited() {
            match self.found(&Key::of(demand)) {
                Some(slot) => {
                    // Another token with the same id may live longer: the count must live as long as either.
                    slot.expires_at = slot.expires_at.max(demand.expires_at());
                    demand.check(slot.uses)?;
                }
                None => {
                    demand.check(0)?;
                    new = new.saturating_add(1);
                }
            }
        }
        self.make_room_in_shares(demands, clock);
        let mut room = self.slots.len().saturating_sub(self.state.len);
        for demand in limited() {
            if new > room && self.make_room(demand, clock) {
                room = room.saturating_add(1);
            }
        }
        self.check_memory(demands)?;
        if new > room || !self.shares_have_room(demands) {
            return Err(Error::LedgerFull);
        }
        let mut calls_left = None;
        for demand in limited().rev() {
            calls_left = demand.check(self.use_once(demand)?)?;
        }
        // Of the first demand, which may be unlimited.
        if demands.first().is_some_and(|demand| demand.limit().is_none()) { Ok(None) } else { Ok(calls_left) }
    }

    /// Counts one use and returns how many there were before.
    fn use_once(&mut self, demand: &Demand) -> Result<u32, Error> {
        let key = Key::of(demand);
        match self.find(&key) {
            Place::Found(at) => {
                let slot = self.slots.get_mut(at).ok_or(Error::LedgerFull)?;
                let earlier = slot.uses;
                slot.uses = earlier.saturating_add(1);
                Ok(earlier)
            }
            Place::Free(at) if self.state.len < self.slots.len() => {
                let Key { of, token_id } = key;
                self.insert(at, LedgerSlot { token_id, expires_at: demand.expires_at(), of, uses: 1 });
                Ok(0)
            }
            _ => Err(Error::LedgerFull),
        }
    }

    fn found(&mut self, key: &Key) -> Option<&mut LedgerSlot> {
        let Place::Found(at) = self.find(key) else { return None };
        self.slots.get_mut(at)
    }

    /// The slot that a key would have in an empty table.
    // Not inlined, as `set`: it stands in several places, and is 0.1 KB on Cortex-M0.
    #[inline(never)]
    fn home(&self, key: &Key) -> usize {
        place(self.hash.hash(key), self.slots.len())
    }

    fn next(&self, slot: usize) -> usize {
        let next = slot.saturating_add(1);
        if next >= self.slots.len() { 0 } else { next }
    }

    /// How far an entry in this slot is from home.
    fn distance(&self, slot: usize, key: &Key) -> usize {
        let home = self.home(key);
        slot.checked_sub(home).unwrap_or_else(|| slot.saturating_add(self.slots.len()).saturating_sub(home))
    }

    fn find(&self, key: &Key) -> Place {
        let mut at = self.home(key);
        for distance in 0..self.slots.len() {
            match self.slots.get(at) {
                Some(slot) if slot.uses == 0 => return Place::Free(at),
                Some(slot) if slot.key() == *key => return Place::Found(at),
                Some(slot) if self.distance(at, &slot.key()) < distance => return Place::Free(at),
                Some(_) => at = self.next(at),
                None => return Place::Nowhere,
            }
        }
        Place::Nowhere
    }

    /// Puts an entry where it belongs and moves those behind it on by one, up to the next empty
    /// slot.
    fn insert(&mut self, at: usize, entry: LedgerSlot) {
        if self.limit.is_limited() {
            self.limit.take(self.hash, &entry.key().issuer(), entry.expires_at);
        }
        let state = &mut *self.state;
        state.next_expiry = if state.len == 0 { entry.expires_at } else { state.next_expiry.min(entry.expires_at) };
        state.len = state.len.saturating_add(1);
        let (mut at, mut carried) = (at, entry);
        for _ in 0..self.slots.len() {
            let Some(slot) = self.slots.get_mut(at) else { return };
            core::mem::swap(slot, &mut carried);
            if carried.uses == 0 {
                return;
            }
            at = self.next(at);
        }
    }

    /// Takes an entry out and moves those behind it back by one, up to the next that is at home.
    fn remove(&mut self, at: usize) {
        let Some(slot) = self.slots.get(at) else { return };
        if self.limit.is_limited() {
            self.limit.give_back(self.hash, &slot.key().issuer());
        }
        let state = &mut *self.state;
        state.forgotten = if state.has_forgotten { state.forgotten.max(slot.expires_at) } else { slot.expires_at };
        state.has_forgotten = true;
        state.len = state.len.saturating_sub(1);
        let mut at = at;
        for _ in 1..self.slots.len() {
            let from = self.next(at);
            match self.slots.get(from) {
                Some(slot) if slot.uses != 0 && self.distance(from, &slot.key()) != 0 => {}
                _ => break,
            }
            // A swap: for a copy the compiler calls `memmove`, 1.6 KB on a device.
            let Ok([to, moved]) = self.slots.get_disjoint_mut([at, from]) else { break };
            core::mem::swap(to, moved);
            at = from;
        }
        self.set(at, LedgerSlot::EMPTY);
    }

    /// Takes an entry out that has expired, so that no answer depends on whether the sweep has come
    /// by.
    fn drop_expired(&mut self, key: &Key, demand: &Demand, clock: Clock) {
        if let Place::Found(at) = self.find(key)
            && self.slots.get(at).is_some_and(|slot| is_over(slot.expires_at, demand, clock))
        {
            self.remove(at);
        }
    }

    /// Refuses what may have been counted and given up, which takes a clock that went back.
    #[inline(never)]
    fn check_memory(&self, demands: &[Demand]) -> Result<(), Error> {
        let is_lost = |demand: &Demand| demand.limit().is_some() && demand.expires_at() <= self.state.forgotten;
        if self.state.has_forgotten && demands.iter().any(is_lost) { Err(Error::UsageForgotten) } else { Ok(()) }
    }

    // Not inlined: for two slots that may be the same the compiler calls `memmove`, 1.3 KB on M0.
    #[inline(never)]
    fn set(&mut self, at: usize, entry: LedgerSlot) {
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = entry;
        }
    }

    /// Looks at a few slots in turn and takes expired entries out, at most as many as keep the call
    /// short.
    fn sweep(&mut self, demand: &Demand, clock: Clock) {
        let mut removals = 0;
        for _ in 0..SWEEP {
            let at = self.state.cursor;
            match self.slots.get(at) {
                Some(slot) if slot.uses != 0 && is_over(slot.expires_at, demand, clock) => {
                    // Removal moves the next entry into this slot, so the cursor stays.
                    self.remove(at);
                    removals = 1u8.saturating_add(removals);
                    if removals >= REMOVALS {
                        return;
                    }
                }
                _ => self.state.cursor = self.next(at),
            }
        }
    }

    /// Takes out the entry that expires first, if it is over, and returns whether it was.
    fn make_room(&mut self, demand: &Demand, clock: Clock) -> bool {
        if !is_over(self.state.next_expiry, demand, clock) {
            return false;
        }
        // Not `enumerate`, which adds with a check.
        let live = (0..self.slots.len()).zip(&*self.slots).filter(|(_, slot)| slot.uses != 0);
        let expiries = live.map(|(at, slot)| (at, slot.expires_at));
        let Some((first, expires_at)) = expiries.min_by_key(|(_, expires_at)| *expires_at) else { return false };
        let is_over = is_over(expires_at, demand, clock);
        if is_over {
            self.remove(first);
        }
        // Whatever is left expires no earlier.
        self.state.next_expiry = expires_at;
        is_over
    }
}

/// The part of a table that has a limit per issuer.
impl<H: Spread, I: Limit> Table<'_, H, I> {
    fn is_new(&self, demand: &Demand) -> bool {
        demand.limit().is_some() && !matches!(self.find(&Key::of(demand)), Place::Found(_))
    }

    /// Takes out expired entries that stand in the way: those of an issuer that holds its share, and
    /// all of them if all shares are taken. A pass over the slots follows only if there is one to take
    /// out, so an issuer that has used its share cannot make every call of its own a long one.
    fn make_room_in_shares(&mut self, demands: &[Demand], clock: Clock) {
        if !self.limit.is_limited() || self.shares_have_room(demands) {
            return;
        }
        for demand in demands {
            let issuer = Key::of(demand).issuer();
            let (_, next_expiry) = self.limit.held(self.hash, &issuer);
            if is_over(next_expiry, demand, clock) {
                let next_expiry = self.remove_expired(Some(&issuer), demand, clock);
                self.limit.set_next_expiry(self.hash, &issuer, next_expiry);
            }
        }
        if self.limit.free() < demands.len()
            && let Some(demand) = demands.first()
            && is_over(self.state.next_expiry, demand, clock)
            && !self.shares_have_room(demands)
        {
            self.state.next_expiry = self.remove_expired(None, demand, clock);
        }
    }

    /// Whether the issuers of all new demands may hold as many slots more.
    // Not inlined: it stands in two places.
    #[inline(never)]
    fn shares_have_room(&mut self, demands: &[Demand]) -> bool {
        if !self.limit.is_limited() {
            return true;
        }
        let mut strangers = 0_usize;
        let mut seen = demands;
        while let [earlier @ .., demand] = seen {
            seen = earlier;
            if !self.is_new(demand) {
                continue;
            }
            let issuer = Key::of(demand).issuer();
            let is_of_issuer = |other: &&Demand| Key::of(other).issuer() == issuer;
            let new = demands.iter().filter(is_of_issuer).filter(|other| self.is_new(other)).count();
            let (held, _) = self.limit.held(self.hash, &issuer);
            if held.saturating_add(u32::try_from(new).unwrap_or(u32::MAX)) > self.limit.max_slots() {
                return false;
            }
            if held == 0 && !earlier.iter().filter(is_of_issuer).any(|other| self.is_new(other)) {
                strangers = strangers.saturating_add(1);
            }
        }
        strangers <= self.limit.free()
    }

    /// Takes out every entry that has expired, of one issuer or of all, and returns the earliest
    /// expiry of those that stay.
    fn remove_expired(&mut self, of: Option<&Key>, demand: &Demand, clock: Clock) -> i64 {
        let mut earliest = i64::MAX;
        let mut at = 0_usize;
        while let Some(slot) = self.slots.get(at) {
            let is_meant = slot.uses != 0 && of.is_none_or(|issuer| slot.key().issuer() == *issuer);
            if is_meant && is_over(slot.expires_at, demand, clock) {
                // Removal moves the next entry into this slot.
                self.remove(at);
                continue;
            }
            if is_meant {
                earliest = earliest.min(slot.expires_at);
            }
            at = at.saturating_add(1);
        }
        earliest
    }
}

/// Returns whether a count with this expiry may be given up, by the skew of this gate.
#[inline(never)]
fn is_over(expires_at: i64, demand: &Demand, clock: Clock) -> bool {
    clock.has_reached(demand.may_be_given_up_at(expires_at))
}
