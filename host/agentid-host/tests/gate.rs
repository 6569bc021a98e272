//! A gate that threads share: what it admits, counts and explains, and which settings it refuses.
#![cfg(feature = "gate")]

mod common;

use std::thread;
use std::time::Duration;

use agentid_host::{
    Admission, Call, Clock, Counting, Error, GateError, Ledger, Policy, SharedGate, Since, TrustError,
};
use agentid_nostd::{Demand, LedgerSlot, UsageLedger};
use common::{NOW, SEED, STRANGER, Time, authority, builder, bundle, revoking, text, token};

const READ: Call<'static> = Call::new(&["read:arxiv"]);

fn gate() -> SharedGate {
    builder().trust_bytes(bundle(1)).build().expect("built")
}

#[test]
fn a_call_is_admitted_until_its_budget_is_spent() {
    let (gate, token) = (gate(), token(SEED, &["read:*"], 7, 2));
    let admission = gate.admit(&token, &READ).expect("admitted");
    assert_eq!(admission.calls_left(), Some(1));
    assert_eq!(admission.claims().name(), "research-bot");
    assert!(admission.claims().permits("read:x") && !admission.claims().permits("write:x"));
    let value = format!("Bearer {}", text(&token));
    assert_eq!(gate.admit_text(&value, &READ).expect("admitted").calls_left(), Some(0));
    assert_eq!(gate.admit(&token, &READ).expect_err("spent"), Error::BudgetExhausted);
    assert_eq!(gate.admit(&token, &Call::new(&["write:x"])).expect_err("more"), Error::ScopeNotGranted);
}

#[test]
fn threads_share_one_budget() {
    let (gate, token) = (gate(), token(SEED, &["read:*"], 7, 50));
    let passed: usize = thread::scope(|scope| {
        let count = || (0..50).filter(|_| gate.admit(&token, &READ).is_ok()).count();
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(count)).collect();
        threads.into_iter().map(|thread| thread.join().expect("ended")).sum()
    });
    assert_eq!(passed, 50);
}

#[test]
fn who_is_calling_is_told_without_a_count() {
    let (gate, token) = (gate(), token(SEED, &["read:*"], 7, 1));
    for _ in 0..3 {
        assert_eq!(gate.identify(&token).expect("known").project(), "phd-lab");
    }
    assert!(gate.admit(&token, &READ).is_ok());
    let stranger = common::token(STRANGER, &["read:*"], 7, 1);
    assert_eq!(gate.identify(&stranger).expect_err("a stranger"), Error::UntrustedIssuer);
}

#[test]
fn a_header_is_read_as_everywhere() {
    let gate = gate();
    for (value, error) in [
        ("", Error::MissingCredentials),
        ("Basic qR0B", Error::UnsupportedScheme),
        ("AgentID", Error::InvalidText),
        ("AgentID !", Error::InvalidText),
        ("AgentID qR0B", Error::TooShort),
        (&format!("AgentID {}", "A".repeat(5_600)), Error::TooLong),
        (&format!("AgentID {}", "A".repeat(200_000)), Error::TooLong),
    ] {
        assert_eq!(gate.admit_text(value, &READ).expect_err("refused"), error, "{value:.20}");
    }
}

#[test]
fn a_start_refuses_tokens_that_could_have_been_used_before() {
    let time = Time::new();
    let gate = SharedGate::builder(authority()).clock(time.clock()).trust_bytes(bundle(1)).build().expect("built");
    let token = token(SEED, &["read:*"], 7, 1);
    let error = gate.admit(&token, &READ).expect_err("before the start");
    assert_eq!(error, Error::IssuedBeforeStart);
    let explained = gate.explain(&token, error).to_string();
    assert!(explained.ends_with("counted from 1790000031 on (Unix seconds), 31 s later"), "{explained}");
}

#[test]
fn policy_and_counting_are_those_of_the_builder() {
    let token = token(SEED, &["read:*"], 7, 0);
    let replay = builder().trust_bytes(bundle(1)).counting(Counting::SingleUse).build().expect("built");
    assert!(replay.admit(&token, &READ).is_ok());
    assert_eq!(replay.admit(&token, &READ).expect_err("again"), Error::Replayed);
    let short = Policy::new().max_lifetime_seconds(60);
    let strict = builder().trust_bytes(bundle(1)).policy(short).build().expect("built");
    assert_eq!(strict.admit(&token, &READ).expect_err("900 s"), Error::LifetimeTooLong);
}

#[test]
fn the_policys_skew_is_that_of_the_first_bundle_and_of_the_next() {
    let ahead = |epoch, seconds| {
        let raw = common::raw_bundle(epoch);
        agentid_test_kit::raw_bundle::RawBundle { issued_at: NOW + seconds, ..raw }.sign_as_authority()
    };
    let with_skew = || builder().policy(Policy::new().clock_skew_seconds(5));
    let refused = with_skew().trust_bytes(ahead(1, 6)).build().expect_err("dated ahead");
    assert!(
        matches!(&refused, GateError::Trust(error) if error.code() == Some(Error::BundleDatedAhead)),
        "{refused}"
    );
    let gate = with_skew().trust_bytes(ahead(1, 5)).build().expect("within the skew");
    assert_eq!(gate.set_trust(ahead(2, 6)).expect_err("ahead").code(), Some(Error::BundleDatedAhead));
}

#[test]
fn one_issuer_cannot_fill_the_ledger() {
    let gate = builder().slots(8).trust_bytes(bundle(1)).build().expect("built");
    for id in 0..2 {
        assert!(gate.admit(&token(SEED, &["read:*"], id, 1), &READ).is_ok());
    }
    assert_eq!(gate.admit(&token(SEED, &["read:*"], 2, 1), &READ).expect_err("a quarter"), Error::LedgerFull);
    let gate = builder().slots(8).slots_per_issuer(3).trust_bytes(bundle(1)).build().expect("built");
    let passed = (0..8).filter(|id| gate.admit(&token(SEED, &["read:*"], *id, 1), &READ).is_ok());
    assert_eq!(passed.count(), 3);
}

#[test]
fn another_ledger_counts_in_place_of_the_default() {
    let ledger = UsageLedger::new([LedgerSlot::EMPTY; 1], Since::Beginning);
    let base = || SharedGate::builder(authority()).clock(|| Clock::Known(NOW)).trust_bytes(bundle(1));
    let gate = base().ledger(ledger).build().expect("built");
    assert!(gate.admit(&token(SEED, &["read:*"], 1, 1), &READ).is_ok());
    assert_eq!(gate.admit(&token(SEED, &["read:*"], 2, 1), &READ).expect_err("full"), Error::LedgerFull);
}

/// A ledger that panics.
struct Broken(Since);

impl Ledger for Broken {
    fn since(&self) -> Since {
        self.0
    }

    fn count(&mut self, _: &[Demand], _: Clock) -> Result<Option<u32>, Error> {
        panic!("a ledger that panics")
    }
}

#[test]
fn a_ledger_that_panicked_admits_no_call() {
    let base = SharedGate::builder(authority()).clock(|| Clock::Known(NOW)).trust_bytes(bundle(1));
    let gate = base.ledger(Broken(Since::Beginning)).build().expect("built");
    let token = token(SEED, &["read:*"], 1, 1);
    thread::scope(|scope| {
        assert!(scope.spawn(|| gate.admit(&token, &READ).is_ok()).join().is_err());
    });
    assert_eq!(gate.admit(&token, &READ).expect_err("not known"), Error::CannotCount);
}

/// A ledger that lost its counts while the gate was at work.
struct Forgets(Since);

impl Ledger for Forgets {
    fn since(&self) -> Since {
        self.0
    }

    fn count(&mut self, _: &[Demand], _: Clock) -> Result<Option<u32>, Error> {
        self.0 = Since::Time(NOW - 1);
        Ok(None)
    }
}

#[test]
fn a_ledger_that_lost_its_counts_admits_no_call() {
    let base = SharedGate::builder(authority()).clock(|| Clock::Known(NOW)).trust_bytes(bundle(1));
    let gate = base.ledger(Forgets(Since::Beginning)).build().expect("built");
    let token = token(SEED, &["read:*"], 1, 1);
    assert!(gate.admit(&token, &READ).is_ok());
    assert_eq!(gate.admit(&token, &READ).expect_err("forgotten"), Error::CannotCount);
}

#[test]
fn trust_that_is_given_as_bytes_is_replaced_and_never_goes_back() {
    let (gate, token) = (gate(), token(SEED, &["read:*"], 7, 0));
    assert_eq!((gate.trust_status().epoch, gate.trust_status().issuers), (1, 1));
    assert!(!gate.set_trust(bundle(1)).expect("the same"));
    assert!(gate.set_trust(revoking(2)).expect("newer"));
    assert_eq!(gate.admit(&token, &READ).expect_err("revoked"), Error::IssuerRevoked);
    assert_eq!(gate.set_trust(bundle(1)).expect_err("older").code(), Some(Error::BundleRollback));
    assert_eq!(gate.set_trust(bundle(2)).expect_err("another").code(), Some(Error::BundleRollback));
    assert!(gate.trust_status().last_failure.is_some());
    assert!(!gate.set_trust(revoking(2)).expect("the same"));
    assert!(gate.trust_status().last_failure.is_none());
    assert!(matches!(&*gate.reload().expect_err("no file"), TrustError::NoFile));
}

#[test]
fn a_gate_without_trust_or_with_settings_that_make_no_sense_is_not_built() {
    let refused = |builder: agentid_host::GateBuilder| builder.build().expect_err("refused");
    assert!(matches!(refused(builder()), GateError::TrustSource));
    assert!(matches!(refused(builder().trust_bytes(bundle(1)).trust_file("x")), GateError::TrustSource));
    let with_trust = || builder().trust_bytes(bundle(1));
    for (builder, about) in [
        (with_trust().slots(0), "`slots`"),
        (with_trust().slots(usize::MAX), "`slots`"),
        (with_trust().slots_per_issuer(65), "`slots_per_issuer`"),
        (with_trust().slots_per_issuer(0), "`slots_per_issuer`"),
        (with_trust().remember(usize::MAX), "`remember`"),
        (with_trust().poll_interval(Duration::ZERO), "`poll_interval`"),
        (with_trust().since(Since::Reset), "a shared gate"),
        (with_trust().ledger(Broken(Since::Beginning)), "`slots`, `slots_per_issuer` and `since`"),
    ] {
        let error = refused(builder);
        assert!(matches!(error, GateError::Setting(text) if text.starts_with(about)), "{about}: {error}");
    }
    let no_clock = SharedGate::builder(authority()).clock(|| Clock::Unknown).trust_bytes(bundle(1));
    assert!(matches!(refused(no_clock), GateError::Core(Error::TimeUncertain)));
    assert!(matches!(refused(builder().trust_bytes(vec![0; 200])), GateError::Trust(_)));
    assert!(with_trust().remember(0).build().is_ok());
}

const fn goes_into_any_future<T: Send + Sync + 'static>() {}
const _: () = goes_into_any_future::<SharedGate>();
const _: () = goes_into_any_future::<Admission>();
const _: () = goes_into_any_future::<GateError>();
