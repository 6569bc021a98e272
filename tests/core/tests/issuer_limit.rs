//! Ledgers of any size: memory of any kind, a hash key, and a limit for each issuer.

use std::collections::HashMap;
use std::num::NonZeroU32;

use agentid_nostd::{
    Clock, Counting, Demand, DemandKind, Error, HashKey, IssuerShare, Ledger, LedgerSlot, ReplayFilter, Since,
    UsageLedger,
};

const KEY: HashKey = HashKey::new([3; 16]);

fn demand(issuer: u8, token_id: u64, expires_at: i64) -> Demand {
    let budget = NonZeroU32::new(1_000);
    Demand::new(DemandKind::Token, [issuer; 32], token_id, budget, Counting::Budget, expires_at, 0)
}

fn slots(slots: usize) -> UsageLedger<Vec<LedgerSlot>> {
    UsageLedger::new(vec![LedgerSlot::EMPTY; slots], Since::Beginning)
}

fn shares(shares: usize) -> Vec<IssuerShare> {
    vec![IssuerShare::EMPTY; shares]
}

#[test]
fn an_issuer_that_holds_its_share_is_refused_and_others_are_not() {
    let mut ledger = slots(8).with_issuer_limit(shares(4), 2);
    let mut count = |issuer, id| ledger.count(&[demand(issuer, id, 100)], Clock::Known(0));
    assert!(count(1, 1).is_ok() && count(1, 2).is_ok());
    assert_eq!(count(1, 3), Err(Error::LedgerFull));
    assert_eq!(count(1, 2), Ok(Some(998)), "what is counted already goes on");
    assert!(count(2, 1).is_ok() && count(2, 2).is_ok());
}

#[test]
fn expired_entries_give_their_share_back() {
    let mut ledger = slots(64).with_issuer_limit(shares(4), 2);
    for id in 0..2 {
        assert!(ledger.count(&[demand(1, id, 100)], Clock::Known(0)).is_ok());
    }
    assert_eq!(ledger.count(&[demand(1, 2, 200)], Clock::Known(99)), Err(Error::LedgerFull));
    for id in 3..5 {
        assert!(ledger.count(&[demand(1, id, 200)], Clock::Known(100)).is_ok());
    }
    assert_eq!(ledger.count(&[demand(1, 5, 200)], Clock::Known(100)), Err(Error::LedgerFull));
}

/// In a table so large that the sweep does not come by.
#[test]
fn each_expired_entry_of_an_issuer_makes_room_when_its_time_has_come() {
    let mut ledger = slots(65_536).with_issuer_limit(shares(4), 2);
    let mut count = |id, expires_at, now| ledger.count(&[demand(1, id, expires_at)], Clock::Known(now)).is_ok();
    assert!(count(1, 100, 0) && count(2, 150, 0));
    assert!(!count(3, 300, 99) && count(3, 300, 100));
    assert!(!count(4, 300, 149) && count(4, 300, 150));
    assert!(!count(5, 400, 299) && count(5, 400, 300) && count(6, 400, 300) && !count(7, 400, 300));
    // The one that was counted last expires first.
    assert!(!count(8, 900, 399) && count(8, 900, 400) && count(9, 500, 400));
    assert!(!count(10, 900, 499) && count(10, 900, 500));
}

#[test]
fn what_lay_in_the_memory_of_the_shares_before_does_not_count() {
    let mut memory = shares(1);
    assert!(slots(4).with_issuer_limit(&mut memory[..], 1).count(&[demand(1, 1, 9)], Clock::Known(0)).is_ok());
    assert!(slots(4).with_issuer_limit(&mut memory[..], 1).count(&[demand(1, 1, 9)], Clock::Known(0)).is_ok());
}

#[test]
fn when_all_shares_are_taken_others_wait_until_an_issuer_has_none_left() {
    let mut ledger = slots(64).with_issuer_limit(shares(2), 2);
    for issuer in 1..=2 {
        assert!(ledger.count(&[demand(issuer, 0, 100 + i64::from(issuer))], Clock::Known(0)).is_ok());
    }
    assert_eq!(ledger.count(&[demand(3, 0, 500)], Clock::Known(100)), Err(Error::LedgerFull));
    assert!(ledger.count(&[demand(3, 0, 500)], Clock::Known(101)).is_ok(), "the first has expired");
    assert_eq!(ledger.count(&[demand(4, 0, 500)], Clock::Known(101)), Err(Error::LedgerFull));
    assert_eq!(
        slots(4).with_issuer_limit(shares(0), 2).count(&[demand(1, 0, 9)], Clock::Known(0)),
        Err(Error::LedgerFull)
    );
    assert_eq!(
        slots(4).with_issuer_limit(shares(4), 0).count(&[demand(1, 0, 9)], Clock::Known(0)),
        Err(Error::LedgerFull)
    );
}

#[test]
fn the_largest_limit_is_none_and_needs_no_shares() {
    let mut ledger = slots(3).with_issuer_limit(shares(0), u32::MAX);
    let mut count = |id| ledger.count(&[demand(1, id, 100)], Clock::Known(0)).is_ok();
    assert_eq!([count(1), count(2), count(3), count(4)], [true, true, true, false]);
}

#[test]
fn several_demands_need_room_for_all_of_them() {
    let mut ledger = slots(8).with_issuer_limit(shares(2), 2);
    let three = [demand(1, 1, 100), demand(1, 2, 100), demand(1, 3, 100)];
    assert_eq!(ledger.count(&three, Clock::Known(0)), Err(Error::LedgerFull));
    assert!(ledger.is_empty(), "none was counted");
    let of_three_issuers = [demand(1, 1, 100), demand(2, 1, 100), demand(3, 1, 100)];
    assert_eq!(ledger.count(&of_three_issuers, Clock::Known(0)), Err(Error::LedgerFull));
    assert!(ledger.is_empty());
    let fits = [demand(1, 1, 100), demand(2, 1, 100), demand(1, 2, 100), demand(2, 2, 100)];
    assert!(ledger.count(&fits, Clock::Known(0)).is_ok());
    assert_eq!(ledger.len(), 4);
}

#[test]
fn the_first_demand_that_is_refused_gives_the_code() {
    let single = |id| Demand::new(DemandKind::Token, [1; 32], id, None, Counting::SingleUse, 100, 0);
    let once = |id| Demand::new(DemandKind::Token, [1; 32], id, NonZeroU32::new(1), Counting::Budget, 100, 0);
    let mut ledger = slots(8);
    assert!(ledger.count(&[single(1), once(2)], Clock::Known(0)).is_ok());
    assert_eq!(ledger.count(&[single(1), once(2)], Clock::Known(0)), Err(Error::Replayed));
    assert_eq!(ledger.count(&[once(2), single(1)], Clock::Known(0)), Err(Error::BudgetExhausted));
}

/// Without a clock that goes back, a memory without limits knows every answer.
#[test]
fn answers_are_those_of_a_memory_that_knows_every_issuer() {
    const SLOTS: usize = 24;
    const SHARES: usize = 5;
    const MOST: usize = 6;
    fastrand::seed(7);
    let mut refused = 0;
    for round in 0..200 {
        let mut ledger = slots(SLOTS).with_hash_key(KEY).with_issuer_limit(shares(SHARES), MOST as u32);
        let mut live: HashMap<(u8, u64), i64> = HashMap::new();
        let mut now = 0;
        for _ in 0..200 {
            now += fastrand::i64(0..4);
            let (issuer, id) = (fastrand::u8(0..8), fastrand::u64(0..12));
            let expires_at = now + fastrand::i64(1..40);
            live.retain(|_, expiry| *expiry > now);
            let held = live.keys().filter(|(other, _)| *other == issuer).count();
            let issuers: std::collections::HashSet<u8> = live.keys().map(|(issuer, _)| *issuer).collect();
            let is_known = live.contains_key(&(issuer, id));
            let has_room = live.len() < SLOTS && held < MOST && (held > 0 || issuers.len() < SHARES);
            let answer = ledger.count(&[demand(issuer, id, expires_at)], Clock::Known(now));
            assert_eq!(answer.is_ok(), is_known || has_room, "round {round}, time {now}, {answer:?}");
            if answer.is_ok() {
                let expiry = live.entry((issuer, id)).or_insert(expires_at);
                *expiry = expires_at.max(*expiry);
            } else {
                assert_eq!(answer, Err(Error::LedgerFull));
                refused += 1;
            }
        }
    }
    assert!(refused > 1_000, "only {refused} refusals");
}

#[test]
fn a_hash_key_changes_no_answer() {
    fastrand::seed(8);
    let (mut plain, mut keyed) = (slots(16), slots(16).with_hash_key(KEY));
    for _ in 0..5_000 {
        let demand = demand(fastrand::u8(0..3), fastrand::u64(0..20), fastrand::i64(0..100));
        let clock = Clock::Known(fastrand::i64(0..100));
        let answers = [plain.count(&[demand], clock), keyed.count(&[demand], clock)];
        // Which entries were given up already depends on where the sweep has come by.
        if !answers.iter().any(|answer| matches!(answer, Err(Error::UsageForgotten | Error::LedgerFull))) {
            assert_eq!(answers[0].is_ok(), answers[1].is_ok());
        }
    }
}

#[test]
fn memory_may_be_an_array_a_slice_or_a_box() {
    let mut array = [LedgerSlot::EMPTY; 2];
    let boxed: Box<[LedgerSlot]> = vec![LedgerSlot::EMPTY; 2].into();
    fn fills(mut ledger: impl Ledger) {
        let mut count = |id| ledger.count(&[demand(1, id, 100)], Clock::Known(0)).is_ok();
        assert_eq!([count(1), count(2), count(3)], [true, true, false]);
    }
    fills(UsageLedger::new(&mut array[..], Since::Beginning));
    fills(UsageLedger::new(array, Since::Beginning));
    fills(UsageLedger::new(boxed, Since::Beginning));
    fn refuses_the_second(mut filter: impl Ledger) {
        let demand = Demand::new(DemandKind::Token, [1; 32], 5, None, Counting::SingleUse, 100, 0);
        assert_eq!(filter.count(&[demand], Clock::Known(0)), Ok(Some(0)));
        assert_eq!(filter.count(&[demand], Clock::Known(0)), Err(Error::Replayed));
    }
    // What was in the memory before is no token that was seen.
    let mut bytes = [0xff; 64];
    refuses_the_second(ReplayFilter::new(&mut bytes[..], 1_000, Since::Beginning));
    refuses_the_second(ReplayFilter::new(vec![0xff; 65], 1_000, Since::Beginning));
    refuses_the_second(ReplayFilter::new(bytes, 1_000, Since::Beginning));
}

/// The entries lie elsewhere with another hash key: to go on as if nothing had been counted would
/// let used tokens pass.
#[test]
fn a_ledger_that_has_counted_refuses_everything_once_it_is_configured_anew() {
    let used = demand(1, 1, 100);
    let counted = || {
        let mut ledger = slots(4);
        assert!(ledger.count(&[used], Clock::Known(0)).is_ok());
        ledger
    };
    let refused = Err(Error::UsageForgotten);
    assert_eq!(counted().with_hash_key(KEY).count(&[used], Clock::Known(0)), refused);
    assert_eq!(counted().with_issuer_limit(shares(4), 2).count(&[used], Clock::Known(0)), refused);
    assert!(slots(4).with_hash_key(KEY).with_issuer_limit(shares(4), 2).count(&[used], Clock::Known(0)).is_ok());
}
