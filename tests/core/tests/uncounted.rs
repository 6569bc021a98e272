//! A token that holds and has not been counted yet: who is calling, and the ways to count it.

use std::num::NonZeroU32;

use agentid_nostd::{
    Call, Clock, CountedElsewhere, Error, Gate, Ledger, LedgerSlot, PublicKey, ReplayFilter, Since, TimePolicy,
    TrustTable, TrustedIssuer, UsageLedger,
};
use agentid_nostd::{Policy, Uncounted};
use agentid_test_kit::raw::{RawToken, derived_key};
use ed25519_dalek::SigningKey;

const NOW: i64 = 1_790_000_000;
const CALL: Call<'static> = Call::new(&["read:arxiv"]);

fn agent() -> SigningKey {
    derived_key("research-bot", "phd-lab", Some(b"seed"))
}

/// A token with two scopes, issued so many seconds after `NOW`.
fn token(max_calls: u32, after: i64) -> Vec<u8> {
    let issuer = agent().verifying_key().to_bytes();
    RawToken { issuer, max_calls, ..RawToken::example(NOW + after) }.sign(&agent())
}

fn trusted<'k>() -> [TrustedIssuer<'k>; 1] {
    let key = PublicKey::from_bytes(agent().verifying_key().as_bytes()).expect("a good key");
    [TrustedIssuer::new(key, "research-bot", "phd-lab").ceiling(&["read:*"])]
}

fn ledger() -> UsageLedger<[LedgerSlot; 8]> {
    UsageLedger::new([LedgerSlot::EMPTY; 8], Since::Beginning)
}

#[test]
fn it_says_who_is_calling_before_the_count() {
    let issuers = trusted();
    let gate = Gate::new(TrustTable::new(&issuers).expect("valid"), ledger());
    let token = token(2, 0);
    let uncounted = gate.check(&token, &CALL, Clock::Known(NOW)).expect("holds");
    let claims = uncounted.claims();
    assert_eq!((claims.name(), claims.project()), ("research-bot", "phd-lab"));
    assert_eq!(claims.issuer(), issuers[0].key());
    assert!(claims.permits("read:arxiv") && !claims.permits("write:notes"), "the ceiling is heeded");
    assert_eq!(claims.max_calls(), NonZeroU32::new(2));
    drop(uncounted);
    assert!(gate.ledger().is_empty(), "nothing was counted");
}

/// A ledger that was emptied later than the gate knows has forgotten uses.
#[test]
fn a_ledger_that_counts_since_another_time_cannot_count_it() {
    let issuers = trusted();
    let gate = Gate::new(TrustTable::new(&issuers).expect("valid"), CountedElsewhere(Since::Beginning));
    let token = token(2, 0);
    for since in [Since::Reset, Since::Time(NOW - 3_600)] {
        let mut emptied = UsageLedger::new([LedgerSlot::EMPTY; 8], since);
        let uncounted = gate.check(&token, &CALL, Clock::Known(NOW)).expect("holds");
        assert_eq!(uncounted.count(&mut emptied).unwrap_err(), Error::CannotCount);
        assert!(emptied.is_empty(), "nothing was counted");
    }
}

#[test]
fn any_ledger_can_count_it() {
    let issuers = trusted();
    let mut gate = Gate::new(TrustTable::new(&issuers).expect("valid"), ledger());
    let token = token(2, 0);
    let mut other = ledger();
    for calls_left in [1, 0] {
        let uncounted = gate.check(&token, &CALL, Clock::Known(NOW)).expect("holds");
        let admitted = uncounted.count(&mut other).expect("counted");
        assert_eq!((admitted.calls_left(), admitted.claims().name()), (Some(calls_left), "research-bot"));
    }
    assert_eq!((gate.ledger().len(), other.len()), (0, 1));
    let uncounted = gate.check(&token, &CALL, Clock::Known(NOW)).expect("holds");
    assert_eq!(uncounted.count(&mut other).map(drop), Err(Error::BudgetExhausted));
    let admitted = gate.admit(&token, &CALL, Clock::Known(NOW)).expect("the gate has a count of its own");
    assert_eq!(admitted.calls_left(), Some(1));

    // By any pointer: what is counted there is counted.
    let lent: &mut dyn Ledger = &mut other;
    let uncounted = gate.check(&token, &CALL, Clock::Known(NOW)).expect("holds");
    assert_eq!(uncounted.count(lent).map(drop), Err(Error::BudgetExhausted));
}

/// A ledger that gives its slots up by the time is told the time of the check, as the gate takes
/// it.
#[test]
fn it_is_counted_at_the_time_of_the_check() {
    let issuers = trusted();
    let gate = Gate::new(TrustTable::new(&issuers).expect("valid"), ledger())
        .policy(Policy::new().time_policy(TimePolicy::AllowUnknown));
    let token = token(1, 0);
    let count = |clock| {
        let mut filter = ReplayFilter::new([0; 512], 900, Since::Beginning);
        gate.check(&token, &CALL, clock).expect("holds").count(&mut filter).map(|admitted| admitted.calls_left())
    };
    assert_eq!(count(Clock::Known(NOW + 30)), Ok(Some(0)));
    assert_eq!(count(Clock::Known(NOW + 29)), Err(Error::WindowExceeded));
    assert_eq!(count(Clock::AtLeast(NOW + 29)), Err(Error::WindowExceeded));
    assert_eq!(count(Clock::Unknown), Err(Error::TimeUncertain));
}

#[test]
fn a_number_for_each_demand_admits_it() {
    let issuers = trusted();
    let gate = Gate::new(TrustTable::new(&issuers).expect("valid"), ledger());
    let [limited, unlimited] = [token(2, 0), token(0, 0)];
    let check = |token| -> Uncounted<'_> { gate.check(token, &CALL, Clock::Known(NOW)).expect("holds") };
    let admit = |token, earlier: &[u32]| check(token).admit(earlier).map(|admitted| admitted.calls_left());
    assert_eq!(check(&limited).demands().len(), 1);
    assert_eq!(admit(&limited, &[0]), Ok(Some(1)));
    assert_eq!(admit(&limited, &[1]), Ok(Some(0)));
    assert_eq!(admit(&limited, &[2]), Err(Error::BudgetExhausted));
    assert_eq!(admit(&unlimited, &[u32::MAX]), Ok(None));
    for numbers in [&[][..], &[0, 0], &[0, 0, 0]] {
        assert_eq!(admit(&limited, numbers), Err(Error::CannotCount), "{numbers:?}");
        assert_eq!(admit(&unlimited, numbers), Err(Error::CannotCount), "{numbers:?}");
    }
}

/// With counts that are kept elsewhere a gate admits nobody by itself, and says so even for
/// unlimited tokens.
#[test]
fn what_is_counted_elsewhere_is_not_counted_here() {
    let issuers = trusted();
    let mut gate = Gate::new(TrustTable::new(&issuers).expect("valid"), CountedElsewhere(Since::Beginning));
    for max_calls in [0, 1] {
        let token = token(max_calls, 0);
        assert_eq!(gate.admit(&token, &CALL, Clock::Known(NOW)).map(drop), Err(Error::CannotCount));
        let uncounted = gate.check(&token, &CALL, Clock::Known(NOW)).expect("holds");
        assert_eq!(uncounted.admit(&[0]).expect("counted").calls_left(), (max_calls > 0).then_some(0));
        let uncounted = gate.check(&token, &CALL, Clock::Known(NOW)).expect("holds");
        assert!(uncounted.count(&mut ledger()).is_ok());
    }
    // What any other check refuses is refused for that.
    let refused = gate.admit(&token(1, -900), &CALL, Clock::Known(NOW)).map(drop);
    assert_eq!(refused, Err(Error::Expired));
}

/// Of 30 seconds of skew: a token could have been used as early as that before its time.
#[test]
fn a_check_heeds_since_when_the_ledger_has_counted() {
    let issuers = trusted();
    let trust = TrustTable::new(&issuers).expect("valid");
    let policy = Policy::new().time_policy(TimePolicy::AllowUnknown);
    let since = |since| Gate::new(trust, CountedElsewhere(since)).policy(policy);
    let check = |since_when, after, clock| since(since_when).check(&token(1, after), &CALL, clock).map(drop);
    let now = Clock::Known(NOW + 40);
    assert_eq!(check(Since::Time(NOW), 30, now), Err(Error::IssuedBeforeStart));
    assert_eq!(check(Since::Time(NOW), 31, now), Ok(()));
    assert_eq!(check(Since::Beginning, 30, now), Ok(()));
    // With a start, only a known time will do.
    for clock in [Clock::AtLeast(NOW + 40), Clock::Unknown] {
        assert_eq!(check(Since::Time(NOW), 31, clock), Err(Error::TimeUncertain), "{clock:?}");
        assert_eq!(check(Since::Beginning, 31, clock), Ok(()), "{clock:?}");
    }
}

/// A check cannot write down that the count has begun, so it refuses whatever was issued before its
/// own clock.
#[test]
fn a_check_takes_a_reset_ledger_to_begin_at_its_own_time_until_it_is_told() {
    let issuers = trusted();
    let trust = TrustTable::new(&issuers).expect("valid");
    let policy = Policy::new().time_policy(TimePolicy::AllowUnknown);
    let mut gate = Gate::new(trust, CountedElsewhere(Since::Reset)).policy(policy);
    let tokens = [0, 30, 31].map(|after| token(1, after));
    let check = |gate: &Gate<_, _>, clock| tokens.each_ref().map(|token| gate.check(token, &CALL, clock).map(drop));
    let refused = Err(Error::IssuedBeforeStart);
    assert_eq!(check(&gate, Clock::Known(NOW)), [refused, refused, Err(Error::NotYetValid)]);
    assert_eq!(check(&gate, Clock::Known(NOW + 40)), [refused; 3], "still, since nothing was written down");
    assert_eq!(check(&gate, Clock::AtLeast(NOW)), [Ok(()); 3], "as the time policy says, before the time is known");

    gate.start_counting(Clock::AtLeast(NOW));
    assert_eq!(check(&gate, Clock::Known(NOW + 40)), [refused; 3], "a lower bound is no beginning");
    gate.start_counting(Clock::Known(NOW));
    gate.start_counting(Clock::Known(NOW + 20));
    assert_eq!(check(&gate, Clock::Known(NOW + 40)), [refused, refused, Ok(())], "the first known time");
    assert_eq!(check(&gate, Clock::AtLeast(NOW + 40)), [refused, refused, Err(Error::TimeUncertain)]);
}
