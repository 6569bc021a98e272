//! A memory without limits, against which the answers of a ledger are judged.
//!
//! It follows the ledger where `SPEC.md` leaves room: an entry that expired at some time may or may not be forgotten.

use std::collections::HashMap;

use agentid_nostd::{Clock, Demand, Error};

use super::clock::reached;

pub(crate) struct Usage {
    slots: usize,
    /// Uses and the latest expiry of every issuer and id.
    entries: HashMap<([u8; 32], u64), (u32, i64)>,
    /// The latest time that was certainly reached.
    latest: Clock,
}

impl Usage {
    pub(crate) fn new(slots: usize) -> Self {
        Self { slots, entries: HashMap::new(), latest: Clock::Unknown }
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
        if let Some(now) = clock.lower_bound()
            && !reached(self.latest, now.into())
        {
            self.latest = Clock::AtLeast(now);
        }
        let key = (*demand.issuer(), demand.token_id());
        let entry = self.entries.get(&key).copied();
        let (uses, expiry) = entry.unwrap_or((0, i64::MIN));
        let expiry = expiry.max(demand.expires_at());
        let skew = i128::from(demand.retain_until()) - i128::from(demand.expires_at());
        let remembered = match entry {
            Some((uses, expiry)) => (!self.may_be_given_up(expiry, self.latest, skew)).then_some(uses),
            None => Some(0),
        };
        match (answer, remembered) {
            (Ok(left), Some(uses)) => {
                assert_eq!(Ok(left), judge(demand, uses), "not what is left");
                self.entries.insert(key, (uses + 1, expiry));
            }
            (Ok(left), None) => {
                let anew = judge(demand, 0) == Ok(left);
                assert!(anew || judge(demand, uses) == Ok(left), "neither counted on nor counted anew");
                self.entries.insert(key, (if anew { 1 } else { uses + 1 }, expiry));
            }
            (Err(Error::LedgerFull), remembered) => {
                assert!(remembered.is_none_or(|uses| uses == 0), "a live entry was lost");
                assert!(self.live(clock, skew) >= self.slots, "there was room");
            }
            (Err(Error::UsageForgotten), _) => {
                let given_up = self.may_be_given_up(demand.expires_at(), self.latest, skew);
                assert!(given_up, "nothing of that age was forgotten");
            }
            (Err(error), remembered) => {
                assert!(remembered.is_none_or(|uses| judge(demand, uses) == Err(error)), "{error:?} is no answer");
                self.entries.insert(key, (uses, expiry));
            }
        }
    }

    /// Entries that must be kept.
    fn live(&self, clock: Clock, skew: i128) -> usize {
        let must_be_kept = |(uses, expiry): &&(u32, i64)| *uses > 0 && !self.may_be_given_up(*expiry, clock, skew);
        self.entries.values().filter(must_be_kept).count()
    }

    /// Expiry plus skew is reached, or the end of all times.
    fn may_be_given_up(&self, expiry: i64, clock: Clock, skew: i128) -> bool {
        reached(clock, (i128::from(expiry) + skew).min(i64::MAX.into()))
    }
}

/// `SPEC.md`, section 8, "Usage".
fn judge(demand: &Demand, earlier: u32) -> Result<Option<u32>, Error> {
    let limit = demand.limit().expect("what is unlimited is not counted");
    // Whether 1 is a budget or single use does not show in a demand: `check` of a huge count tells.
    let refusal = demand.check(u32::MAX).expect_err("no limit is that large");
    if earlier < limit { Ok(Some(limit - earlier - 1)) } else { Err(refusal) }
}
