//! The ledgers against plain models, under clocks that jump and go back.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::ops::Range;

use agentid_nostd::{
    Clock, Counting, Demand, DemandKind, Error, Ledger, LedgerSlot, ReplayFilter, Since, UsageLedger,
};
use proptest::collection::vec;
use proptest::prelude::*;

fn demand(token_id: u64, max_calls: u32, until: i64, counting: Counting) -> Demand {
    Demand::new(DemandKind::Token, [7; 32], token_id, NonZeroU32::new(max_calls), counting, until, 0)
}

/// One presentation: few ids, so that they meet again and again, also with other budgets and
/// expiries.
fn presentation(ids: u64) -> impl Strategy<Value = (Demand, Clock)> {
    let clock = prop_oneof![
        6 => (0i64..100).prop_map(Clock::Known),
        1 => (0i64..100).prop_map(Clock::AtLeast),
        1 => Just(Clock::Unknown),
    ];
    let counting = prop_oneof![3 => Just(Counting::Budget), 1 => Just(Counting::SingleUse)];
    (0..ids, 0u32..4, 10i64..100, counting, clock)
        .prop_map(|(id, max_calls, until, counting, clock)| (demand(id, max_calls, until, counting), clock))
}

/// Fewer under Miri, which takes milliseconds for each.
fn presentations(ids: u64, len: Range<usize>) -> impl Strategy<Value = Vec<(Demand, Clock)>> {
    let divisor = if cfg!(miri) { 10 } else { 1 };
    vec(presentation(ids), len.start.div_ceil(divisor)..len.end / divisor)
}

/// What a memory without limits would know: uses and the latest `until` of every id.
#[derive(Default)]
struct Model {
    entries: HashMap<u64, (u32, i64)>,
    /// The latest time that has certainly been reached.
    latest: i64,
}

impl Model {
    /// Uses that must not be forgotten; `None` where the entry may be gone because it has expired
    /// at some time.
    fn uses(&self, id: u64) -> Option<u32> {
        match self.entries.get(&id) {
            Some((uses, until)) => (*until > self.latest).then_some(*uses),
            None => Some(0),
        }
    }

    fn live(&self, clock: Clock) -> usize {
        let now = clock.lower_bound().unwrap_or(i64::MIN);
        self.entries.values().filter(|(uses, until)| *uses > 0 && *until > now).count()
    }
}

fn check_against_model<const N: usize>(calls: &[(Demand, Clock)]) -> Result<(), TestCaseError> {
    let mut ledger = UsageLedger::new(vec![LedgerSlot::EMPTY; N], Since::Beginning);
    let mut model = Model::default();
    for (demand, clock) in calls {
        // A gate never asks for a token that has certainly expired.
        if clock.lower_bound().is_some_and(|now| demand.expires_at() <= now) || demand.limit().is_none() {
            continue;
        }
        model.latest = model.latest.max(clock.lower_bound().unwrap_or(i64::MIN));
        let known = model.uses(demand.token_id());
        let answer = ledger.count(&[*demand], *clock);
        let (uses, until) = model.entries.get(&demand.token_id()).copied().unwrap_or((0, i64::MIN));
        let until = until.max(demand.expires_at());
        match (answer, known) {
            (Ok(left), Some(uses)) => {
                prop_assert_eq!(Ok(left), demand.check(uses), "more than was left");
                model.entries.insert(demand.token_id(), (uses + 1, until));
            }
            // Its entry had expired: counting may go on or begin anew, but within the limit.
            (Ok(left), None) => {
                let again = demand.check(0) == Ok(left);
                prop_assert!(again || demand.check(uses) == Ok(left));
                model.entries.insert(demand.token_id(), (if again { 1 } else { uses + 1 }, until));
            }
            (Err(Error::LedgerFull), known) => {
                prop_assert!(known.is_none_or(|uses| uses == 0), "a live entry was lost");
                prop_assert!(model.live(*clock) >= N, "there was room");
            }
            (Err(Error::UsageForgotten), _) => prop_assert!(demand.expires_at() <= model.latest),
            (Err(error), known) => {
                prop_assert!(known.is_none_or(|uses| demand.check(uses) == Err(error)), "{error:?}");
                model.entries.insert(demand.token_id(), (uses, until));
            }
        }
        prop_assert!(ledger.len() <= N);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 1 } else { 400 }))]

    #[test]
    fn the_ledger_never_gives_more_than_a_perfect_memory(calls in presentations(24, 1..200)) {
        check_against_model::<1>(&calls)?;
        check_against_model::<5>(&calls)?;
        check_against_model::<16>(&calls)?;
    }

    /// More slots than a call looks at, more tokens than slots.
    #[test]
    fn nor_does_a_larger_one(calls in presentations(200, 300..600)) {
        check_against_model::<67>(&calls)?;
        check_against_model::<100>(&calls)?;
    }

    #[test]
    fn with_a_clock_that_only_goes_forward_it_equals_a_perfect_memory(
        mut calls in vec((0u64..24, 0u32..4, 0i64..100), 1..200),
    ) {
        calls.sort_by_key(|(_, _, now)| *now);
        let mut ledger = UsageLedger::new([LedgerSlot::EMPTY; 24], Since::Beginning);
        let mut uses = HashMap::new();
        for (id, max_calls, now) in calls {
            let demand = demand(id, max_calls, 10 + (id as i64 * 7) % 90, Counting::Budget);
            if demand.expires_at() <= now {
                continue;
            }
            let count: &mut u32 = uses.entry(id).or_default();
            let expected = demand.check(*count);
            prop_assert_eq!(ledger.count(&[demand], Clock::Known(now)), expected);
            *count += u32::from(expected.is_ok() && max_calls > 0);
        }
    }

    #[test]
    fn the_filter_never_accepts_a_replay(calls in presentations(24, 1..200), window in 60u32..120) {
        let mut filter = ReplayFilter::new([0; 512], window, Since::Beginning);
        let mut accepted = HashMap::new();
        for (asked, clock) in calls {
            let asked = demand(asked.token_id(), 1, asked.expires_at(), Counting::SingleUse);
            let Some(now) = clock.lower_bound() else {
                prop_assert_eq!(filter.count(&[asked], clock), Err(Error::TimeUncertain));
                continue;
            };
            if asked.expires_at() > now && filter.count(&[asked], clock).is_ok() {
                // The same token: issuer, id and expiry.
                let key = (asked.token_id(), asked.expires_at());
                prop_assert!(accepted.insert(key, now).is_none(), "{:?} twice", key);
            }
        }
    }
}

/// Everything the cursor sees next is live, one entry elsewhere has expired: the newcomer gets its
/// slot.
#[test]
fn a_full_ledger_finds_the_one_expired_entry_wherever_it_is() {
    for expired in (if cfg!(miri) { 99 } else { 0 })..100 {
        let mut ledger = UsageLedger::new([LedgerSlot::EMPTY; 100], Since::Beginning);
        for id in 0..100 {
            let until = if id == expired { 50 } else { 1_000 };
            assert!(ledger.count(&[demand(id, 9, until, Counting::Budget)], Clock::Known(0)).is_ok());
        }
        let newcomer = demand(999, 9, 1_000, Counting::Budget);
        assert_eq!(ledger.count(&[newcomer], Clock::Known(49)), Err(Error::LedgerFull));
        assert_eq!(ledger.count(&[newcomer], Clock::Known(50)), Ok(Some(8)), "{expired}");
        let next = demand(1_000, 9, 1_000, Counting::Budget);
        assert_eq!(ledger.count(&[next], Clock::Known(60)), Err(Error::LedgerFull));
        for id in (0..100).filter(|id| *id != expired) {
            let live = demand(id, 9, 1_000, Counting::Budget);
            assert_eq!(ledger.count(&[live], Clock::Known(60)), Ok(Some(7)), "{id} was lost");
        }
    }
}

/// A demand that has expired itself is never counted from the start again.
#[test]
fn an_expired_demand_is_not_given_again() {
    let mut ledger = UsageLedger::new([LedgerSlot::EMPTY; 8], Since::Beginning);
    let once = demand(1, 1, 100, Counting::Budget);
    assert_eq!(ledger.count(&[once], Clock::Known(0)), Ok(Some(0)));
    assert_eq!(ledger.count(&[once], Clock::Known(100)), Err(Error::UsageForgotten));
}

/// Wherever the sweep is: a longer-lived token with the same id begins anew once the first has
/// expired.
#[test]
fn an_expired_count_is_over_whether_or_not_the_sweep_came_by() {
    for id in 0..if cfg!(miri) { 5 } else { 50 } {
        let mut ledger = UsageLedger::new([LedgerSlot::EMPTY; 1_000], Since::Beginning);
        assert_eq!(ledger.count(&[demand(id, 1, 100, Counting::Budget)], Clock::Known(0)), Ok(Some(0)));
        let longer = demand(id, 1, 1_000, Counting::Budget);
        assert_eq!(ledger.count(&[longer], Clock::Known(100)), Ok(Some(0)), "{id}");
        assert_eq!(ledger.count(&[longer], Clock::Known(100)), Err(Error::BudgetExhausted), "{id}");
    }
}

#[test]
fn the_filter_gives_both_generations_up_across_the_whole_range_of_time() {
    let mut filter = ReplayFilter::new([0; 128], 100, Since::Beginning);
    let early = demand(1, 1, i64::MIN + 50, Counting::SingleUse);
    assert_eq!(filter.count(&[early], Clock::Known(i64::MIN)), Ok(Some(0)));
    let late = demand(1, 1, i64::MAX, Counting::SingleUse);
    assert_eq!(filter.count(&[late], Clock::Known(i64::MAX - 50)), Ok(Some(0)), "the early one is forgotten");
    assert_eq!(filter.count(&[early], Clock::Known(i64::MIN)), Err(Error::UsageForgotten));
    assert_eq!(filter.count(&[late], Clock::Known(i64::MAX - 50)), Err(Error::Replayed));
}

#[test]
fn a_ledger_without_slots_and_a_filter_without_bits_refuse_everything() {
    let demand = demand(1, 1, 100, Counting::SingleUse);
    assert_eq!(
        UsageLedger::new([LedgerSlot::EMPTY; 0], Since::Beginning).count(&[demand], Clock::Known(0)),
        Err(Error::LedgerFull)
    );
    assert_eq!(
        ReplayFilter::new([0; 0], 200, Since::Beginning).count(&[demand], Clock::Known(0)),
        Err(Error::Replayed)
    );
}

#[test]
fn every_slot_of_a_ledger_can_be_used_and_is_given_back() {
    let mut ledger = UsageLedger::new([LedgerSlot::EMPTY; 24], Since::Beginning);
    assert!(ledger.is_empty());
    for id in 0..24 {
        assert_eq!(ledger.count(&[demand(id, 1, 100, Counting::SingleUse)], Clock::Unknown), Ok(Some(0)));
    }
    assert_eq!((ledger.len(), ledger.is_empty()), (24, false));
    let later = demand(99, 1, 1_000, Counting::SingleUse);
    assert_eq!(ledger.count(&[later], Clock::Unknown), Err(Error::LedgerFull));
    assert_eq!(ledger.count(&[later], Clock::Known(500)), Ok(Some(0)));
    assert_eq!(ledger.len(), 23, "each call gives back two of the expired slots at most");
    for _ in 0..24 {
        assert_eq!(ledger.count(&[later], Clock::Known(500)), Err(Error::Replayed));
    }
    assert_eq!(ledger.len(), 1);
}

/// The documented rate, measured while 768 tokens fill a filter of 1,024 bytes per generation.
#[test]
#[cfg_attr(miri, ignore = "statistics, over 46,080 hashes")]
fn the_filter_refuses_by_mistake_about_as_often_as_documented() {
    let (rounds, tokens) = (60, 768);
    // One generation only: half of what is documented for two.
    let rate = |seen: u64| (1.0 - (-(seen as f64) / 1_024.0).exp()).powi(8);
    let expected = rounds as f64 * (0..tokens).map(rate).sum::<f64>();
    let mut mistakes = 0;
    for round in 0..rounds {
        let mut filter = ReplayFilter::new([0; 2_048], 200, Since::Beginning);
        for id in 0..tokens {
            let new = demand(round * tokens + id, 1, 100, Counting::SingleUse);
            mistakes += u32::from(filter.count(&[new], Clock::Known(0)).is_err());
        }
    }
    let ratio = f64::from(mistakes) / expected;
    assert!((0.6..1.5).contains(&ratio), "{mistakes} mistakes, {expected:.1} expected");
}

/// What a ledger keeps of an issuer's key is 11 bytes beside the kind: keys that differ anywhere in
/// them have counts of their own.
#[test]
fn issuers_that_differ_in_what_is_kept_of_them_have_counts_of_their_own() {
    let mut ledger = UsageLedger::new([LedgerSlot::EMPTY; 64], Since::Beginning);
    let mut first_use = |issuer: [u8; 32]| {
        let demand = Demand::new(DemandKind::Token, issuer, 7, Some(NonZeroU32::MIN), Counting::Budget, 100, 0);
        ledger.count(&[demand], Clock::Known(0)).is_ok()
    };
    assert!(first_use([0; 32]) && !first_use([0; 32]));
    for byte in 0..11 {
        let mut issuer = [0; 32];
        issuer[byte] = 1;
        assert!(first_use(issuer), "byte {byte}");
    }
    // Beyond that they share one, which refuses too much and never too little.
    let mut issuer = [0; 32];
    issuer[11] = 1;
    assert!(!first_use(issuer));
}

/// Two gates share a ledger, and one of them allows for more skew. The clock steps back within that
/// skew.
#[test]
fn gates_of_different_skew_share_a_count() {
    let [strict, lenient] = [0, 30]
        .map(|skew| Demand::new(DemandKind::Token, [7; 32], 1, Some(NonZeroU32::MIN), Counting::Budget, 100, skew));
    let mut ledger = UsageLedger::new([LedgerSlot::EMPTY; 8], Since::Beginning);
    assert_eq!(ledger.count(&[strict], Clock::Known(0)), Ok(Some(0)));
    // The strict gate gives the count up at the token's expiry; the token itself is over at both
    // gates by then.
    let other = Demand::new(DemandKind::Token, [7; 32], 2, Some(NonZeroU32::MIN), Counting::Budget, 1_000, 0);
    assert_eq!(ledger.count(&[other], Clock::Known(100)), Ok(Some(0)));
    assert_eq!(ledger.count(&[lenient], Clock::Known(90)), Err(Error::UsageForgotten));

    let mut filter = ReplayFilter::new([0; 512], 100, Since::Beginning);
    assert_eq!(filter.count(&[strict], Clock::Known(0)), Ok(Some(0)));
    let late = Demand::new(DemandKind::Token, [7; 32], 2, Some(NonZeroU32::MIN), Counting::Budget, 290, 0);
    assert_eq!(filter.count(&[late], Clock::Known(200)), Ok(Some(0)));
    assert_eq!(filter.count(&[lenient], Clock::Known(90)), Err(Error::UsageForgotten));
}

/// For every `max_calls` of the token, and both ways of counting of the gate.
#[test]
fn the_filter_refuses_every_second_use() {
    for counting in [Counting::Budget, Counting::SingleUse] {
        for max_calls in [0, 1] {
            let mut filter = ReplayFilter::new([0; 512], 200, Since::Beginning);
            let asked = demand(1, max_calls, 100, counting);
            assert_eq!(filter.count(&[asked], Clock::Known(0)), Ok(Some(0)), "{counting:?} {max_calls}");
            assert_eq!(filter.count(&[asked], Clock::Known(1)), Err(Error::Replayed), "{counting:?} {max_calls}");
        }
        let mut filter = ReplayFilter::new([0; 512], 200, Since::Beginning);
        let budget = filter.count(&[demand(1, 2, 100, counting)], Clock::Known(0));
        let expected = if counting == Counting::Budget { Err(Error::CannotCount) } else { Ok(Some(0)) };
        assert_eq!(budget, expected, "{counting:?}");
    }
}

/// Entries of another ledger in the same memory are not counted by this one.
#[test]
fn lent_slots_are_emptied_before_the_first_count() {
    let mut slots = [LedgerSlot::EMPTY; 4];
    let once = demand(1, 1, 100, Counting::Budget);
    for _ in 0..2 {
        let mut ledger = UsageLedger::new(&mut slots[..], Since::Beginning);
        assert_eq!(ledger.count(&[once], Clock::Known(0)), Ok(Some(0)));
        assert_eq!(ledger.count(&[once], Clock::Known(0)), Err(Error::BudgetExhausted));
        assert_eq!(ledger.len(), 1);
    }
    assert!(!format!("{slots:?}").contains("token_id"), "what a slot holds is nobody's business");
}

/// In a thread with a stack of 256 KB; the slots take 1 MB.
#[test]
fn a_ledger_on_the_heap_takes_no_stack() {
    let count = || {
        let mut ledger = UsageLedger::new(vec![LedgerSlot::EMPTY; 32_768], Since::Beginning);
        ledger.count(&[demand(1, 1, 100, Counting::Budget)], Clock::Known(0))
    };
    let thread = std::thread::Builder::new().stack_size(256 * 1024).spawn(count).expect("a thread");
    assert_eq!(thread.join().expect("no overflow"), Ok(Some(0)));
}

/// A kind keeps its number for as long as there are counts. There is one kind so far.
#[test]
fn kinds_have_numbers() {
    assert_eq!(DemandKind::Token.number(), 0);
    assert_eq!(demand(1, 1, 100, Counting::Budget).kind(), DemandKind::Token);
}
