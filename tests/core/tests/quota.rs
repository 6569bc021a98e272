//! Quotas beyond the vectors: tables, clocks that know nothing, and counts kept elsewhere.

use std::num::NonZeroU32;

use agentid_nostd::{
    Call, Clock, CountedElsewhere, Counting, DemandKind, Error, Gate, LedgerSlot, Policy, Quota, Since, TimePolicy,
    TrustTable, TrustedIssuer, UsageLedger,
};
use agentid_test_kit::seeded::{NOW, agent, token, trusted};

fn with_quota(calls: u32, seconds: u32) -> TrustedIssuer<'static> {
    let [calls, seconds] = [calls, seconds].map(|number| NonZeroU32::new(number).expect("not 0"));
    trusted().with_quota(Quota { calls, seconds })
}

/// No bundle raises the clock of a table.
#[test]
fn without_any_time_there_is_no_window_under_any_policy() {
    let limited = [with_quota(9, 10)];
    let plain = [trusted()];
    let signed = token(1, 0).sign(&agent());
    for (issuers, expected) in [(&limited, Some(Error::TimeUncertain)), (&plain, None)] {
        let ledger = UsageLedger::new([LedgerSlot::EMPTY; 8], Since::Beginning);
        let mut gate = Gate::new(TrustTable::new(issuers).expect("valid"), ledger)
            .policy(Policy::new().time_policy(TimePolicy::AllowUnknown));
        assert_eq!(gate.admit(&signed, &Call::new(&[]), Clock::Unknown).err(), expected);
        assert!(gate.admit(&signed, &Call::new(&[]), Clock::AtLeast(NOW)).is_ok());
    }
}

#[test]
fn a_count_kept_elsewhere_is_asked_for_token_and_quota() {
    let issuers = [with_quota(2, 10)];
    let gate = Gate::new(TrustTable::new(&issuers).expect("valid"), CountedElsewhere(Since::Beginning));
    let signed = token(1, 5).sign(&agent());
    let check = || gate.check(&signed, &Call::new(&[]), Clock::Known(NOW)).expect("nothing was counted");
    let checked = check();
    let [of_token, of_quota] = checked.demands() else { panic!("{:?}", checked.demands()) };
    assert_eq!((of_token.kind(), of_quota.kind()), (DemandKind::Token, DemandKind::Quota));
    assert_eq!(of_quota.kind().number(), 2);
    assert_eq!((of_quota.issuer(), of_quota.token_id()), (of_token.issuer(), (NOW / 10) as u64));
    assert_eq!((of_quota.limit(), of_quota.expires_at()), (NonZeroU32::new(2), NOW + 10));
    assert_eq!(of_quota.retain_until(), NOW + 40);
    for (earlier, expected) in [
        ([0, 0], Ok(Some(4))),
        ([4, 1], Ok(Some(0))),
        ([5, 1], Err(Error::BudgetExhausted)),
        ([0, 2], Err(Error::QuotaExhausted)),
        ([5, 2], Err(Error::BudgetExhausted)),
    ] {
        assert_eq!(check().admit(&earlier).map(|admitted| admitted.calls_left()), expected, "{earlier:?}");
    }
    for numbers in [&[][..], &[0], &[0, 0, 0]] {
        assert_eq!(check().admit(numbers).err(), Some(Error::CannotCount));
    }
}

#[test]
fn single_use_concerns_the_token_alone() {
    let issuers = [with_quota(2, 10)];
    let gate = Gate::new(TrustTable::new(&issuers).expect("valid"), CountedElsewhere(Since::Beginning))
        .counting(Counting::SingleUse);
    let signed = token(1, 5).sign(&agent());
    let check = || gate.check(&signed, &Call::new(&[]), Clock::Known(NOW)).expect("nothing was counted");
    assert!(check().admit(&[0, 1]).is_ok());
    assert_eq!(check().admit(&[1, 1]).err(), Some(Error::Replayed));
    assert_eq!(check().admit(&[0, 2]).err(), Some(Error::QuotaExhausted));
}
