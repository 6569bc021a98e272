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
    /// The least and the most uses there can have been, and the latest expiry, of every kind, issuer
    /// and id.
    entries: HashMap<Key, (u32, u32, i64)>,
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

    /// Takes note of an answer to demands of one gate.
    ///
    /// # Panics
    /// Where the answer is none that a ledger of this size may give.
    pub(crate) fn observe(&mut self, demands: &[Demand], clock: Clock, answer: Result<Option<u32>, Error>) {
        let limited: Vec<&Demand> = demands.iter().filter(|demand| demand.limit().is_some()).collect();
        let [first, ..] = limited[..] else { return assert_eq!(answer, Ok(None), "unlimited") };
        let over = over(first, clock);
        self.given_up = self.given_up.max(over);
        // The least and the most uses that the ledger may remember.
        let remembered: Vec<(u32, u32)> = limited.iter().map(|demand| self.remembered(demand)).collect();
        match answer {
            Ok(left) => {
                assert_eq!(left.is_none(), demands[0].limit().is_none(), "of the first demand");
                for (demand, (least, most)) in limited.iter().zip(remembered) {
                    assert!(judge(demand, least).is_ok(), "one use too many");
                    let (least, most) = match left {
                        // What is left says how many there were.
                        Some(left) if std::ptr::eq(*demand, &demands[0]) => {
                            let uses = demand.limit().map_or(0, |limit| limit.get() - left - 1);
                            assert!((least..=most).contains(&uses), "neither counted on nor counted anew");
                            (uses, uses)
                        }
                        _ => (least, most),
                    };
                    self.insert(demand, least + 1, most + 1);
                }
                for demand in limited {
                    let live = self.live(self.given_up, |key, least, _| key.1 == *demand.issuer() && least > 0);
                    assert!(live <= self.max_slots, "more than the issuer may hold");
                }
            }
            Err(Error::LedgerFull) => {
                let new = remembered.iter().filter(|(least, _)| *least == 0).count();
                assert!(new > 0, "a live entry was lost");
                let is_full = self.live(over, |_, _, most| most > 0) + new > self.slots;
                let of_issuer = self.live(over, |key, _, most| key.1 == *first.issuer() && most > 0);
                assert!(is_full || of_issuer.saturating_add(new) > self.max_slots, "there was room");
            }
            Err(Error::UsageForgotten) => {
                let is_lost = |demand: &&Demand| i128::from(demand.expires_at()) <= self.given_up;
                assert!(limited.iter().any(is_lost), "nothing of that age was forgotten");
            }
            Err(error) => {
                let at = limited.iter().position(|demand| judge(demand, u32::MAX) == Err(error));
                let at = at.unwrap_or_else(|| panic!("{error:?} is no answer"));
                assert_eq!(judge(limited[at], remembered[at].1), Err(error), "there are uses left");
                // A count that was found lives as long as each token that was presented.
                for demand in &limited[..=at] {
                    let (least, most, _) = self.entries.get(&key(demand)).copied().unwrap_or_default();
                    self.insert(demand, least, most);
                }
            }
        }
    }

    /// The least and the most uses that a ledger may remember: what it may have given up, it may also
    /// have kept.
    fn remembered(&self, demand: &Demand) -> (u32, u32) {
        match self.entries.get(&key(demand)) {
            Some((least, most, expiry)) if i128::from(*expiry) > self.given_up => (*least, *most),
            Some((_, most, _)) => (0, *most),
            None => (0, 0),
        }
    }

    fn insert(&mut self, demand: &Demand, least: u32, most: u32) {
        let entry = self.entries.entry(key(demand)).or_insert((0, 0, i64::MIN));
        *entry = (least, most, entry.2.max(demand.expires_at()));
    }

    /// Entries of some kind that expire after `over`.
    fn live(&self, over: i128, is_meant: impl Fn(&Key, u32, u32) -> bool) -> usize {
        let live = self.entries.iter().filter(|(_, (_, _, expiry))| i128::from(*expiry) > over);
        live.filter(|(key, (least, most, _))| is_meant(key, *least, *most)).count()
    }
}

/// Kind, issuer and id.
type Key = (u8, [u8; 32], u64);

fn key(demand: &Demand) -> Key {
    (demand.kind().number(), *demand.issuer(), demand.token_id())
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
