//! Several demands at once: all of them are counted, or none is.

use std::collections::HashMap;
use std::num::NonZeroU32;

use agentid_nostd::{
    Clock, Counting, Demand, DemandKind, Error, Ledger, LedgerSlot, ReplayFilter, Since, UsageLedger,
};
use proptest::collection::vec;
use proptest::prelude::*;

const START: Clock = Clock::Known(0);

fn until(expires_at: i64, token_id: u64, max_calls: u32) -> Demand {
    let limit = NonZeroU32::new(max_calls);
    Demand::new(DemandKind::Token, [7; 32], token_id, limit, Counting::Budget, expires_at, 0)
}

fn budget(token_id: u64, max_calls: u32) -> Demand {
    until(100, token_id, max_calls)
}

fn once(token_id: u64) -> Demand {
    Demand::new(DemandKind::Token, [7; 32], token_id, None, Counting::SingleUse, 100, 0)
}

fn ledger<const SLOTS: usize>() -> UsageLedger<[LedgerSlot; SLOTS]> {
    UsageLedger::new([LedgerSlot::EMPTY; SLOTS], Since::Beginning)
}

fn filter() -> ReplayFilter<[u8; 512]> {
    ReplayFilter::new([0; 512], 100, Since::Beginning)
}

#[test]
fn one_exhausted_demand_leaves_the_others_uncounted() {
    let mut ledger = ledger::<8>();
    let (spent, other, unlimited, new) = (budget(1, 1), budget(2, 3), budget(3, 0), budget(4, 1));
    assert_eq!(ledger.count(&[spent, other, unlimited], START), Ok(Some(0)));
    for demands in
        [[spent, other, unlimited], [other, spent, unlimited], [unlimited, other, spent], [new, other, spent]]
    {
        assert_eq!(ledger.count(&demands, START), Err(Error::BudgetExhausted), "{demands:?}");
    }
    assert_eq!(ledger.len(), 2, "the new one is not there");
    assert_eq!(ledger.count(&[other, new], START), Ok(Some(1)), "one use of it was counted before");
    assert_eq!(ledger.count(&[unlimited, other], START), Ok(None), "what the first has left");
    assert_eq!(ledger.count(&[other], START), Err(Error::BudgetExhausted));
}

#[test]
fn a_replayed_demand_leaves_the_others_uncounted() {
    fn check(mut ledger: impl Ledger) {
        assert_eq!(ledger.count(&[once(1), once(2)], START), Ok(Some(0)));
        for demands in [[once(1), once(3)], [once(3), once(2)]] {
            assert_eq!(ledger.count(&demands, START), Err(Error::Replayed), "{demands:?}");
        }
        assert_eq!(ledger.count(&[once(3), once(4)], START), Ok(Some(0)));
        assert_eq!(ledger.count(&[once(4)], START), Err(Error::Replayed));
    }
    check(ledger::<8>());
    check(filter());
}

#[test]
fn a_full_ledger_counts_none_of_them() {
    let mut ledger = ledger::<3>();
    let (known, short_lived) = (budget(1, 5), until(50, 2, 5));
    assert_eq!(ledger.count(&[known, short_lived], START), Ok(Some(4)));
    for demands in [[known, budget(3, 5), budget(4, 5)], [budget(3, 5), budget(4, 5), known]] {
        assert_eq!(ledger.count(&demands, START), Err(Error::LedgerFull), "{demands:?}");
    }
    assert_eq!(ledger.len(), 2);
    assert_eq!(ledger.count(&[known], START), Ok(Some(3)), "counted once, and not with the others");
    // One entry has expired: now there is room for both.
    let late = Clock::Known(50);
    assert_eq!(ledger.count(&[budget(3, 5), budget(4, 5), known], late), Ok(Some(4)));
    assert_eq!(ledger.count(&[known, budget(5, 5)], late), Err(Error::LedgerFull));
    assert_eq!(ledger.count(&[known], late), Ok(Some(1)));
}

/// Room is made for as many as are new, wherever the sweep is.
#[test]
fn a_full_ledger_makes_room_for_each_of_them() {
    let mut ledger = ledger::<100>();
    for id in 0..100 {
        let expiry = if id == 17 || id == 83 { 50 } else { 1_000 };
        assert_eq!(ledger.count(&[until(expiry, id, 9)], START), Ok(Some(8)));
    }
    let [one, other, third] = [200, 201, 202].map(|id| until(1_000, id, 9));
    let late = Clock::Known(50);
    assert_eq!(ledger.count(&[one, other, third], late), Err(Error::LedgerFull));
    assert_eq!(ledger.count(&[one, other], late), Ok(Some(8)));
    for id in (0..100).filter(|id| ![17, 83].contains(id)) {
        assert_eq!(ledger.count(&[until(1_000, id, 9)], late), Ok(Some(7)), "{id} was lost");
    }
}

#[test]
fn a_ledger_that_has_forgotten_counts_none_of_them() {
    let mut ledger = ledger::<8>();
    let (forgotten, live) = (budget(1, 5), until(1_000, 2, 5));
    assert_eq!(ledger.count(&[forgotten], START), Ok(Some(4)));
    assert_eq!(ledger.count(&[live], Clock::Known(100)), Ok(Some(4)));
    for demands in [[forgotten, live], [live, forgotten]] {
        assert_eq!(ledger.count(&demands, Clock::Known(50)), Err(Error::UsageForgotten), "{demands:?}");
    }
    assert_eq!(ledger.count(&[live], Clock::Known(100)), Ok(Some(3)), "counted once");
}

#[test]
fn a_filter_that_cannot_remember_one_remembers_none_of_them() {
    let mut filter = filter();
    for (refused, clock, error) in [
        (budget(9, 2), START, Error::CannotCount),
        (until(101, 9, 1), START, Error::WindowExceeded),
        (once(9), Clock::Unknown, Error::TimeUncertain),
    ] {
        for demands in [[once(1), refused], [refused, once(1)]] {
            assert_eq!(filter.count(&demands, clock), Err(error), "{demands:?}");
        }
    }
    assert_eq!(filter.count(&[once(1)], START), Ok(Some(0)), "never counted so far");
    let late = until(300, 2, 1);
    assert_eq!(filter.count(&[late], Clock::Known(250)), Ok(Some(0)), "and the first is forgotten");
    let new = until(301, 3, 1);
    assert_eq!(filter.count(&[new, until(100, 4, 1)], Clock::Known(250)), Err(Error::UsageForgotten));
    assert_eq!(filter.count(&[new], Clock::Known(250)), Ok(Some(0)));
}

/// Two demands that share a count would be checked before either is counted, and pass one use too
/// many.
#[test]
fn twins_are_refused() {
    fn check(mut ledger: impl Ledger) {
        for twin in [once(1), budget(1, 1), budget(1, 0), until(90, 1, 1)] {
            for demands in [[once(1), twin, once(2)], [twin, once(2), once(1)]] {
                assert_eq!(ledger.count(&demands, START), Err(Error::CannotCount), "{demands:?}");
            }
        }
        assert_eq!(ledger.count(&[once(1), once(2)], START), Ok(Some(0)), "neither was counted");
    }
    check(ledger::<8>());
    check(filter());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 1 } else { 400 }))]

    #[test]
    fn several_at_once_equal_a_perfect_memory(calls in vec(vec((0u64..12, 0u32..5), 1..5), 1..60)) {
        let mut ledger = ledger::<12>();
        let mut uses = HashMap::<u64, u32>::new();
        for call in calls {
            let demands: Vec<Demand> = call.iter().map(|(id, max_calls)| budget(*id, *max_calls)).collect();
            let has_twins = (1..call.len()).any(|at| call[..at].iter().any(|(id, _)| *id == call[at].0));
            let checked: Result<Vec<_>, Error> = demands
                .iter()
                .map(|demand| demand.check(uses.get(&demand.token_id()).copied().unwrap_or(0)))
                .collect();
            let expected = if has_twins { Err(Error::CannotCount) } else { checked.map(|left| left[0]) };
            prop_assert_eq!(ledger.count(&demands, START), expected, "{:?}", demands);
            if expected.is_ok() {
                for demand in demands.iter().filter(|demand| demand.limit().is_some()) {
                    *uses.entry(demand.token_id()).or_default() += 1;
                }
            }
            prop_assert_eq!(ledger.len(), uses.len());
        }
    }
}
