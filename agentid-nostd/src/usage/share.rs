//! How many slots of a ledger each issuer holds, so that one issuer cannot fill it for all.

use core::fmt;

use super::slot::{Key, OF_LEN};
use super::spread::Spread;
use crate::hash_key::place;

/// The memory for one issuer that has tokens in a ledger with a limit per issuer, 24 bytes.
#[derive(Clone, Copy)]
pub struct IssuerShare {
    of: [u8; OF_LEN],
    /// How many slots the issuer holds. 0 marks an empty share.
    slots: u32,
    /// None of its entries expires before this.
    next_expiry: i64,
}

impl IssuerShare {
    /// A share without an issuer.
    pub const EMPTY: Self = Self { of: [0; OF_LEN], slots: 0, next_expiry: 0 };

    const fn key(&self) -> Key {
        Key { of: self.of, token_id: 0 }
    }
}

impl fmt::Debug for IssuerShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerShare").field("slots", &self.slots).finish_non_exhaustive()
    }
}

/// Every issuer may hold as many slots as there are.
#[derive(Clone, Copy, Debug)]
pub struct NoIssuerLimit;

/// Every issuer may hold a part of the slots.
#[derive(Debug)]
pub struct IssuerLimit<I> {
    shares: I,
    /// How many shares are taken.
    len: usize,
    max_slots: u32,
}

impl<I> IssuerLimit<I> {
    pub(super) const fn new(shares: I, max_slots: u32) -> Self {
        Self { shares, len: 0, max_slots }
    }
}

/// What a ledger knows of the slots that issuers hold. Issuers are given by [`Key::issuer`].
pub trait Limit {
    /// Whether there is a limit at all. A ledger whose type has none has none of the code.
    fn is_limited(&self) -> bool;

    /// Forgets all issuers.
    fn clear(&mut self);

    /// The number of slots that the issuer holds, and the time before which none of them expires.
    fn held(&mut self, hash: &impl Spread, issuer: &Key) -> (u32, i64);

    /// The number of slots that an issuer may hold.
    fn max_slots(&self) -> u32;

    /// The number of issuers that there is room for.
    fn free(&mut self) -> usize;

    /// The issuer holds one slot more. There is room: it was asked for.
    fn take(&mut self, hash: &impl Spread, issuer: &Key, expires_at: i64);

    /// The issuer holds one slot less.
    fn give_back(&mut self, hash: &impl Spread, issuer: &Key);

    /// States the time before which no entry of the issuer expires.
    fn set_next_expiry(&mut self, hash: &impl Spread, issuer: &Key, next_expiry: i64);
}

impl Limit for NoIssuerLimit {
    #[inline]
    fn is_limited(&self) -> bool {
        false
    }

    fn clear(&mut self) {}

    fn held(&mut self, _: &impl Spread, _: &Key) -> (u32, i64) {
        (0, i64::MAX)
    }

    fn max_slots(&self) -> u32 {
        u32::MAX
    }

    fn free(&mut self) -> usize {
        usize::MAX
    }

    fn take(&mut self, _: &impl Spread, _: &Key, _: i64) {}

    fn give_back(&mut self, _: &impl Spread, _: &Key) {}

    fn set_next_expiry(&mut self, _: &impl Spread, _: &Key, _: i64) {}
}

impl<I: AsMut<[IssuerShare]>> Limit for IssuerLimit<I> {
    fn is_limited(&self) -> bool {
        self.max_slots < u32::MAX
    }

    fn clear(&mut self) {
        self.shares.as_mut().fill(IssuerShare::EMPTY);
        self.len = 0;
    }

    fn held(&mut self, hash: &impl Spread, issuer: &Key) -> (u32, i64) {
        let shares = self.shares.as_mut();
        let share = find(shares, hash, issuer).and_then(|at| shares.get(at)).filter(|share| share.slots > 0);
        share.map_or((0, i64::MAX), |share| (share.slots, share.next_expiry))
    }

    fn max_slots(&self) -> u32 {
        self.max_slots
    }

    fn free(&mut self) -> usize {
        self.shares.as_mut().len().saturating_sub(self.len)
    }

    fn take(&mut self, hash: &impl Spread, issuer: &Key, expires_at: i64) {
        let shares = self.shares.as_mut();
        let Some(share) = find(shares, hash, issuer).and_then(|at| shares.get_mut(at)) else { return };
        if share.slots == 0 {
            *share = IssuerShare { of: issuer.of, slots: 0, next_expiry: expires_at };
            self.len = self.len.saturating_add(1);
        }
        share.slots = share.slots.saturating_add(1);
        share.next_expiry = share.next_expiry.min(expires_at);
    }

    fn give_back(&mut self, hash: &impl Spread, issuer: &Key) {
        let shares = self.shares.as_mut();
        let Some(at) = find(shares, hash, issuer) else { return };
        let Some(share) = shares.get_mut(at).filter(|share| share.slots > 0) else { return };
        share.slots = share.slots.saturating_sub(1);
        if share.slots == 0 {
            close_gap(shares, hash, at);
            self.len = self.len.saturating_sub(1);
        }
    }

    fn set_next_expiry(&mut self, hash: &impl Spread, issuer: &Key, next_expiry: i64) {
        let shares = self.shares.as_mut();
        if let Some(share) = find(shares, hash, issuer).and_then(|at| shares.get_mut(at)) {
            share.next_expiry = next_expiry;
        }
    }
}

/// The share of the issuer, or the empty one where its share belongs: linear probing. `None` if all
/// are taken by others.
fn find(shares: &[IssuerShare], hash: &impl Spread, issuer: &Key) -> Option<usize> {
    let mut at = place(hash.hash(issuer), shares.len());
    for _ in 0..shares.len() {
        let share = shares.get(at)?;
        if share.slots == 0 || share.of == issuer.of {
            return Some(at);
        }
        at = next(at, shares.len());
    }
    None
}

/// Empties a share and moves those behind it into the gap that would no longer be found (Knuth, "The
/// Art of Computer Programming", volume 3, section 6.4, algorithm R).
fn close_gap(shares: &mut [IssuerShare], hash: &impl Spread, at: usize) {
    let (len, mut gap, mut from) = (shares.len(), at, next(at, shares.len()));
    for _ in 1..len {
        let Some(share) = shares.get(from).filter(|share| share.slots > 0) else { break };
        let home = place(hash.hash(&share.key()), len);
        if distance(home, from, len) >= distance(gap, from, len) {
            // `swap` would check again that both are in the slice, and panic if not.
            let Ok([to, moved]) = shares.get_disjoint_mut([gap, from]) else { break };
            core::mem::swap(to, moved);
            gap = from;
        }
        from = next(from, len);
    }
    if let Some(share) = shares.get_mut(gap) {
        *share = IssuerShare::EMPTY;
    }
}

const fn next(at: usize, len: usize) -> usize {
    let next = at.saturating_add(1);
    if next >= len { 0 } else { next }
}

/// How many steps of [`next`] lead from one place to another.
fn distance(from: usize, to: usize, len: usize) -> usize {
    to.checked_sub(from).unwrap_or_else(|| to.saturating_add(len).saturating_sub(from))
}
