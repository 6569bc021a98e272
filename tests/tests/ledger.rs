//! The ledgers against plain models, under clocks that jump and go back.

use std::collections::HashMap;

use agentid_nostd::{Clock, Counting, Demand, Error, Ledger, ReplayFilter, UsageLedger};
use proptest::collection::vec;
use proptest::prelude::*;

fn demand(token_id: u64, max_calls: u32, until: i64, counting: Counting) -> Demand {
    Demand::new([7; 32], token_id, max_calls, counting, until)
}

/// Few tokens, so that they meet again and again.
fn demands(counting: Counting) -> Vec<Demand> {
    (0..24).map(|id| demand(id, (id % 4) as u32, 10 + (id as i64 * 7) % 90, counting)).collect()
}

/// A ledger that forgets nothing: what an unlimited memory would answer.
#[derive(Default)]
struct Model {
    uses: HashMap<u64, (u32, i64)>,
}

impl Model {
    fn live(&self, now: i64) -> usize {
        self.uses.values().filter(|(_, until)| *until > now).count()
    }
}

fn check_against_model<const N: usize>(calls: &[(usize, i64)], counting: Counting) -> Result<(), TestCaseError> {
    let demands = demands(counting);
    let mut ledger = UsageLedger::<N>::new();
    let mut model = Model::default();
    let mut latest = i64::MIN;
    for (which, now) in calls {
        let demand = &demands[*which];
        // A gate never asks for an expired token.
        if demand.until() <= *now {
            continue;
        }
        latest = latest.max(*now);
        let answer = ledger.count(demand, Clock::Known(*now));
        let (uses, _) = model.uses.get(&demand.token_id()).copied().unwrap_or((0, 0));
        let allowed = demand.judge(uses);
        match answer {
            Ok(left) => {
                prop_assert_eq!(Ok(left), allowed, "more than the model allows");
                if demand.limit().is_some() {
                    model.uses.insert(demand.token_id(), (uses + 1, demand.until()));
                }
            }
            Err(Error::LedgerFull) => {
                prop_assert!(uses == 0, "a live entry was lost");
                prop_assert!(model.live(*now) >= N, "room was left for {}", demand.token_id());
            }
            // Only behind a time that was seen before.
            Err(Error::UsageForgotten) => prop_assert!(demand.until() <= latest),
            Err(error) => prop_assert_eq!(Err(error), allowed),
        }
        prop_assert!(ledger.len() <= N);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_ledger_never_gives_more_than_a_perfect_memory(calls in vec((0usize..24, 0i64..100), 1..200)) {
        check_against_model::<1>(&calls, Counting::Budget)?;
        check_against_model::<5>(&calls, Counting::Budget)?;
        check_against_model::<16>(&calls, Counting::SingleUse)?;
    }

    #[test]
    fn with_a_clock_that_only_goes_forward_it_equals_a_perfect_memory(
        mut calls in vec((0usize..24, 0i64..100), 1..200),
    ) {
        calls.sort_by_key(|(_, now)| *now);
        let demands = demands(Counting::Budget);
        let mut ledger = UsageLedger::<24>::new();
        let mut uses = HashMap::new();
        for (which, now) in calls {
            let demand = &demands[which];
            if demand.until() <= now {
                continue;
            }
            let count: &mut u32 = uses.entry(demand.token_id()).or_default();
            let expected = demand.judge(*count);
            prop_assert_eq!(ledger.count(demand, Clock::Known(now)), expected);
            *count += u32::from(expected.is_ok());
        }
    }

    #[test]
    fn the_filter_never_accepts_a_replay(calls in vec((0usize..24, 0i64..100), 1..200), window in 60u32..120) {
        let demands = demands(Counting::SingleUse);
        let mut filter = ReplayFilter::<256>::new(window);
        let mut accepted = std::collections::HashSet::new();
        for (which, now) in calls {
            let demand = &demands[which];
            if demand.until() > now && filter.count(demand, Clock::Known(now)).is_ok() {
                prop_assert!(accepted.insert(demand.token_id()), "{} twice", demand.token_id());
            }
        }
    }
}

#[test]
fn a_ledger_without_slots_and_a_filter_without_bits_refuse_everything() {
    let demand = demand(1, 1, 100, Counting::SingleUse);
    assert_eq!(UsageLedger::<0>::new().count(&demand, Clock::Known(0)), Err(Error::LedgerFull));
    assert_eq!(ReplayFilter::<0>::new(200).count(&demand, Clock::Known(0)), Err(Error::Replayed));
}

#[test]
fn every_slot_of_a_ledger_can_be_used_and_is_given_back() {
    let mut ledger = UsageLedger::<24>::new();
    let demands = demands(Counting::SingleUse);
    for demand in &demands {
        assert_eq!(ledger.count(demand, Clock::Unknown), Ok(Some(0)));
    }
    assert_eq!(ledger.len(), 24);
    let later = demand(99, 1, 1_000, Counting::SingleUse);
    assert_eq!(ledger.count(&later, Clock::Unknown), Err(Error::LedgerFull));
    assert_eq!(ledger.count(&later, Clock::Known(500)), Ok(Some(0)));
    // Each call gives back a few of the expired slots.
    for _ in 0..24 {
        assert_eq!(ledger.count(&later, Clock::Known(500)), Err(Error::Replayed));
    }
    assert_eq!(ledger.len(), 1);
}

/// The documented rate, measured: 512 tokens in a filter of 1,024 bytes per generation.
#[test]
fn the_filter_refuses_by_mistake_about_as_often_as_documented() {
    let numbered = |id: u64| demand(id, 1, 100, Counting::SingleUse);
    let mut mistakes = 0;
    let rounds = 40;
    for round in 0..rounds {
        let mut filter = ReplayFilter::<1_024>::new(200);
        for id in 0..512 {
            mistakes += u32::from(filter.count(&numbered(round * 1_000 + id), Clock::Known(0)).is_err());
        }
        // At n = BYTES / 2 one generation answers yes to about 1 in 1,740 strangers; probing counts them, so few.
        for id in 512..1_000 {
            let mut probe = filter.clone();
            mistakes += u32::from(probe.count(&numbered(round * 1_000 + id), Clock::Known(0)).is_err());
        }
    }
    // 40 · 488 probes at 0.058 % are 11 expected; the filling adds about 2.
    assert!((1..40).contains(&mistakes), "{mistakes} of {} refused by mistake", rounds * 1_000);
}
