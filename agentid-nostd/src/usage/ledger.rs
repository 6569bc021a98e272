//! The exact count, in memory of any size.

use core::fmt;

use super::share::{IssuerLimit, IssuerShare, Limit, NoIssuerLimit};
use super::slot::LedgerSlot;
use super::spread::{Spread, Unkeyed};
use super::table::{State, Table};
use super::{Demand, Ledger, Since};
use crate::clock::Clock;
use crate::error::Error;
use crate::hash_key::HashKey;

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
/// nearly full, expired entries included, or if a trusted issuer chose token ids that collide, which
/// [`with_hash_key`](Self::with_hash_key) prevents. The first call empties the slots.
///
/// ```
/// use agentid_nostd::{LedgerSlot, Since, UsageLedger};
/// let on_a_device = UsageLedger::new([LedgerSlot::EMPTY; 64], Since::Reset);
///
/// use agentid_nostd::{HashKey, IssuerShare};
/// let slots = vec![LedgerSlot::EMPTY; 32_768];
/// let random = [0; 16]; // from your entropy source
/// let on_a_server = UsageLedger::new(slots, Since::Time(1_790_000_000))
///     .with_hash_key(HashKey::new(random))
///     .with_issuer_limit(vec![IssuerShare::EMPTY; 1_024], 4_096);
/// ```
pub struct UsageLedger<S, H = Unkeyed, I = NoIssuerLimit> {
    state: State,
    slots: S,
    hash: H,
    limit: I,
}

impl<S> UsageLedger<S> {
    /// An empty ledger, with the time since which it has counted. With [`LedgerSlot::EMPTY`] and
    /// [`Since::Reset`] it is all zeros, so that a `static` one takes no flash.
    #[must_use]
    pub const fn new(slots: S, since: Since) -> Self {
        Self { state: State::new(since), slots, hash: Unkeyed, limit: NoIssuerLimit }
    }
}

impl<S, I> UsageLedger<S, Unkeyed, I> {
    /// Spreads the tokens by a secret, for large ledgers: without it whoever has a trusted key can
    /// choose token ids that collide, and then a call reads many slots.
    ///
    /// A ledger that has counted already gives up its counts, and refuses every token with
    /// [`Error::UsageForgotten`].
    #[must_use]
    pub fn with_hash_key(self, hash_key: HashKey) -> UsageLedger<S, HashKey, I> {
        UsageLedger { state: self.state.given_up(), slots: self.slots, hash: hash_key, limit: self.limit }
    }
}

impl<S, H> UsageLedger<S, H, NoIssuerLimit> {
    /// Lets no issuer hold more than `max_slots` slots at a time, so that one issuer cannot fill the
    /// ledger for all others. A new token of an issuer that holds as many is refused with
    /// [`Error::LedgerFull`].
    ///
    /// `shares` is the memory, 24 bytes for each issuer that holds slots: an array, a slice or a
    /// `Vec`. If all shares are taken, new tokens of other issuers are refused with the same code.
    /// With as many shares as there are slots, or as many as issuers are trusted, that never happens.
    /// [`u32::MAX`] is no limit, and needs no shares.
    ///
    /// A ledger that has counted already gives up its counts, as with
    /// [`with_hash_key`](UsageLedger::with_hash_key).
    #[must_use]
    pub fn with_issuer_limit<I: AsMut<[IssuerShare]>>(
        self,
        shares: I,
        max_slots: u32,
    ) -> UsageLedger<S, H, IssuerLimit<I>> {
        let limit = IssuerLimit::new(shares, max_slots);
        UsageLedger { state: self.state.given_up(), slots: self.slots, hash: self.hash, limit }
    }
}

impl<S, H, I> UsageLedger<S, H, I> {
    /// The number of tokens that are being counted, with expired ones that were not removed yet.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.state.len()
    }

    /// Returns whether no token is being counted.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.state.len() == 0
    }
}

impl<S: AsMut<[LedgerSlot]>, H: Spread, I: Limit> Ledger for UsageLedger<S, H, I> {
    fn since(&self) -> Since {
        self.state.since()
    }

    fn count(&mut self, demands: &[Demand], clock: Clock) -> Result<Option<u32>, Error> {
        let Self { state, slots, hash, limit } = self;
        Table::new(state, slots.as_mut(), hash, limit).count(demands, clock)
    }
}

impl<S, H, I> fmt::Debug for UsageLedger<S, H, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UsageLedger")
            .field("len", &self.state.len())
            .field("since", &self.state.since())
            .finish_non_exhaustive()
    }
}
