//! A memory without limits, against which the answers of a ledger are judged.
//!
//! It follows the ledger where `SPEC.md` leaves room: an entry that expired at some time may or may
//! not be forgotten.

use std::collections::HashMap;

use agentid_nostd::{Clock, Demand, Error};

pub(crate) struct Usage {
    slots: usize,
    /// The number of slots that an issuer may hold.
    max_slots: usize,
    /// Uses and the latest expiry of every issuer and id.
    entries: HashMap<([u8; 32], u64), (u32, i64)>,
    /// Some call may have given up any count that expires at this time or before.
    given_up: i128,
}

impl Usage {
    pub(crate) fn new(slots: usize) -> Self {
        Self { slots, max_slots: usize::MAX, entries: HashMap::new(), given_up: i128::MIN }
    }

    pub(crate) fn with_issuer_limit(self, max_slots: usize) -> Self {
        Self { max_slots, ..self }
    }

    /// Takes note of an answer.
    ///
    /// # Panics
    /// Where the answer is none that a ledger of this size may give.
    pub(crate) fn observe(&mut self, demand: &Demand, clock: Clock, answer: Result<Option<u32>, Error>) {
        if demand.limit().is_none() {
            assert_eq!(answer, Ok(None), "unlimited");
            return;
        }
        let over = over(demand, clock);
        self.given_up = self.given_up.max(over);
        let key = (*demand.issuer(), demand.token_id());
        let entry = self.entries.get(&key).copied();
        let (uses, expiry) = entry.unwrap_or((0, i64::MIN));
        let expiry = expiry.max(demand.expires_at());
        let remembered = match entry {
            Some((uses, expiry)) => (i128::from(expiry) > self.given_up).then_some(uses),
            None => Some(0),
        };
        match (answer, remembered) {
            (Ok(left), Some(uses)) => {
                assert_eq!(Ok(left), judge(demand, uses), "not what is left");
                self.entries.insert(key, (uses + 1, expiry));
                assert!(
                    self.live_of(demand.issuer(), self.given_up) <= self.max_slots,
                    "more than the issuer may hold"
                );
            }
            (Ok(left), None) => {
                let anew = judge(demand, 0) == Ok(left);
                assert!(anew || judge(demand, uses) == Ok(left), "neither counted on nor counted anew");
                self.entries.insert(key, (if anew { 1 } else { uses + 1 }, expiry));
            }
            (Err(Error::LedgerFull), remembered) => {
                assert!(remembered.is_none_or(|uses| uses == 0), "a live entry was lost");
                let is_full = self.live(over) >= self.slots;
                let has_its_share = self.live_of(demand.issuer(), over) >= self.max_slots;
                assert!(is_full || has_its_share, "there was room");
            }
            (Err(Error::UsageForgotten), _) => {
                assert!(i128::from(demand.expires_at()) <= self.given_up, "nothing of that age was forgotten");
            }
            (Err(error), remembered) => {
                assert!(remembered.is_none_or(|uses| judge(demand, uses) == Err(error)), "{error:?} is no answer");
                self.entries.insert(key, (uses, expiry));
            }
        }
    }

    /// Those of one issuer.
    fn live_of(&self, issuer: &[u8; 32], over: i128) -> usize {
        let of_issuer = self.entries.iter().filter(|((other, _), _)| other == issuer);
        of_issuer.filter(|(_, (uses, expiry))| *uses > 0 && i128::from(*expiry) > over).count()
    }

    /// Entries that must be kept: those that expire after `over`.
    fn live(&self, over: i128) -> usize {
        self.entries.values().filter(|(uses, expiry)| *uses > 0 && i128::from(*expiry) > over).count()
    }
}

/// The latest expiry that is reached with the skew of this gate. At the largest time every expiry
/// is.
fn over(demand: &Demand, clock: Clock) -> i128 {
    let skew = i128::from(demand.retain_until()) - i128::from(demand.expires_at());
    match clock.lower_bound() {
        None => i128::MIN,
        Some(i64::MAX) => i64::MAX.into(),
        Some(now) => i128::from(now) - skew,
    }
}

/// `SPEC.md`, section 8, "Usage".
fn judge(demand: &Demand, earlier: u32) -> Result<Option<u32>, Error> {
    let limit = demand.limit().expect("what is unlimited is not counted").get();
    // A demand does not show whether a limit of 1 is a budget or single use: `check` of a huge
    // count does.
    let refusal = demand.check(u32::MAX).expect_err("no limit is that large");
    if earlier < limit { Ok(Some(limit - earlier - 1)) } else { Err(refusal) }
}
