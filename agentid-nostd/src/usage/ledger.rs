//! The exact count, in fixed memory: a hash table that never evicts a live entry.
//!
//! Robin Hood hashing with linear probing (Celis, "Robin Hood Hashing", 1986) and deletion by backward shift: entries
//! stand in the order of their home slots, so a search for what is not there ends early even in a full table, and
//! expired entries leave no tombstones.

use core::fmt;

use super::demand::has_twins;
use super::{Demand, Ledger, Since};
use crate::clock::Clock;
use crate::error::Error;

/// How many slots each call looks at for expired entries. With 16, a table stays within about 3 % of its live load, so
/// that insertion, which moves entries up to the next empty slot, stays short.
const SWEEP: usize = 16;
/// How many expired entries each call takes out at most: one more than it puts in. Each may move what stands behind it,
/// which in a table that is nearly full can be most of it.
const REMOVALS: u8 = 2;

/// Counts uses per token, for as many tokens at a time as it has slots.
///
/// `S` is the memory, 32 bytes for each slot: an array on a device, `&mut [LedgerSlot]`, or with a
/// heap a `Vec<LedgerSlot>`, which takes no stack.
///
/// Entries give their slots back when their token has expired, plus skew; if several tokens share
/// issuer and id, when the last of them has. When all slots hold live entries, a token that is not
/// among them is refused with [`Error::LedgerFull`]: evicting one under a flood is how replay
/// protection dies. If the clock goes back behind what was forgotten, such tokens are refused with
/// [`Error::UsageForgotten`].
///
/// A call reads a few slots. At worst it makes a few passes over all of them: if the table is
/// nearly full, expired entries included, or if a trusted issuer chose token ids that collide. The
/// first call empties the slots.
///
/// ```
/// use agentid_nostd::{LedgerSlot, Since, UsageLedger};
/// let on_a_device = UsageLedger::new([LedgerSlot::EMPTY; 64], Since::Reset);
/// let on_a_server = UsageLedger::new(vec![LedgerSlot::EMPTY; 32_768], Since::Time(1_790_000_000));
/// ```
pub struct UsageLedger<S> {
    state: State,
    slots: S,
}

impl<S> UsageLedger<S> {
    /// An empty ledger, with the time since which it has counted. With [`LedgerSlot::EMPTY`] and
    /// [`Since::Reset`] it is all zeros, so that a `static` one takes no flash.
    #[must_use]
    pub const fn new(slots: S, since: Since) -> Self {
        let state =
            State { is_cleared: false, len: 0, cursor: 0, has_forgotten: false, forgotten: 0, next_expiry: 0, since };
        Self { state, slots }
    }

    /// The number of tokens that are being counted, with expired ones that were not removed yet.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.state.len
    }

    /// Returns whether no token is being counted.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.state.len == 0
    }
}

impl<S: AsMut<[LedgerSlot]>> Ledger for UsageLedger<S> {
    fn since(&self) -> Since {
        self.state.since
    }

    fn count(&mut self, demands: &[Demand], clock: Clock) -> Result<Option<u32>, Error> {
        Table { state: &mut self.state, slots: self.slots.as_mut() }.count(demands, clock)
    }
}

impl<S> fmt::Debug for UsageLedger<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UsageLedger")
            .field("len", &self.state.len)
            .field("since", &self.state.since)
            .finish_non_exhaustive()
    }
}

/// The memory for one token that is being counted, 32 bytes.
#[derive(Clone, Copy)]
pub struct LedgerSlot {
    token_id: u64,
    expires_at: i64,
    of: [u8; OF_LEN],
    /// 0 marks an empty slot.
    uses: u32,
}

impl LedgerSlot {
    /// A slot without a token.
    pub const EMPTY: Self = Self { token_id: 0, expires_at: 0, of: [0; OF_LEN], uses: 0 };

    const fn key(&self) -> Key {
        Key { of: self.of, token_id: self.token_id }
    }
}

impl fmt::Debug for LedgerSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LedgerSlot").field("uses", &self.uses).finish_non_exhaustive()
    }
}

/// The state of a ledger besides its slots.
struct State {
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

/// How much is kept of who a count is of: its kind, and the beginning of the issuer's key. Whoever wants to spend somebody
/// else's counts needs a trusted key that has all of this in common with theirs, which takes 2^88 keys to find.
const OF_LEN: usize = 12;

/// What a count is known by.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    of: [u8; OF_LEN],
    token_id: u64,
}

impl Key {
    // Not inlined, as some others below: it stands in several places, and is 30 bytes on Cortex-M0.
    #[inline(never)]
    fn of(demand: &Demand) -> Self {
        let mut of = [0; OF_LEN];
        let (kind, issuer) = of.split_at_mut(1);
        kind.fill(demand.kind().number());
        issuer.iter_mut().zip(demand.issuer()).for_each(|(to, from)| *to = *from);
        Self { of, token_id: demand.token_id() }
    }

    /// Spread evenly: the finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
    fn hash(&self) -> u64 {
        let (of, _) = self.of.split_last_chunk().map_or((&[0; 8], &[][..]), |(rest, last)| (last, rest));
        let mut hash = self.token_id ^ u64::from_le_bytes(*of);
        hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        hash ^ (hash >> 31)
    }
}

/// Where a key is, or where it belongs.
enum Place {
    Found(usize),
    Free(usize),
    Nowhere,
}

/// A ledger for one call, over slots in any memory, so that all ledgers share their code.
struct Table<'t> {
    state: &'t mut State,
    slots: &'t mut [LedgerSlot],
}

impl Table<'_> {
    /// Checks every demand, then reserves a slot for each that is new, then writes: nothing is counted in part.
    fn count(&mut self, demands: &[Demand], clock: Clock) -> Result<Option<u32>, Error> {
        if has_twins(demands, Key::of) {
            return Err(Error::CannotCount);
        }
        let limited = || demands.iter().filter(|demand| demand.limit().is_some());
        if !self.state.is_cleared {
            self.slots.fill(LedgerSlot::EMPTY);
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
        let mut room = self.slots.len().saturating_sub(self.state.len);
        for demand in limited() {
            if new > room && self.make_room(demand, clock) {
                room = room.saturating_add(1);
            }
        }
        self.check_memory(demands)?;
        if new > room {
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
    fn home(&self, key: &Key) -> usize {
        let slots = u64::try_from(self.slots.len()).unwrap_or(u64::MAX);
        usize::try_from((key.hash() >> 32).saturating_mul(slots) >> 32).unwrap_or(0)
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

    /// Puts an entry where it belongs and moves those behind it on by one, up to the next empty slot.
    fn insert(&mut self, at: usize, entry: LedgerSlot) {
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

    /// Takes an entry out that has expired, so that no answer depends on whether the sweep has come by.
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

    /// Looks at a few slots in turn and takes expired entries out, at most as many as keep the call short.
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

/// Returns whether a count with this expiry may be given up, by the skew of this gate.
#[inline(never)]
fn is_over(expires_at: i64, demand: &Demand, clock: Clock) -> bool {
    clock.has_reached(demand.may_be_given_up_at(expires_at))
}

#[cfg(test)]
mod tests {
    use super::{Key, OF_LEN};

    /// The first two numbers of SplitMix64 from the seed 1,234,567, as Rosetta Code lists them.
    #[test]
    fn keys_are_spread_as_splitmix64_spreads_them() {
        let mut state = 1_234_567_u64;
        for expected in [6_457_827_717_110_365_317, 3_203_168_211_198_807_973] {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut of = [0; OF_LEN];
            let in_issuer = 0x0123_4567_89ab_cdef_u64;
            of[4..].copy_from_slice(&in_issuer.to_le_bytes());
            assert_eq!(Key { of, token_id: state ^ in_issuer }.hash(), expected);
        }
    }
}
