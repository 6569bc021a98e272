//! One policy for verifier and gate, and what a verifier does without a known time.

use agentid_nostd::{
    Call, Clock, Compact, CountedElsewhere, Dalek, Error, Gate, Policy, PublicKey, Since, TimePolicy, TrustTable,
    TrustedIssuer, Verifier,
};
use agentid_test_kit::raw::{RawToken, example_key};

const NOW: i64 = 1_790_000_000;

fn key() -> PublicKey {
    PublicKey::from_bytes(example_key().verifying_key().as_bytes()).expect("a good key")
}

#[test]
fn a_verifier_without_a_known_time_refuses_unless_its_policy_allows_that() {
    let trusted = [key()];
    let token = RawToken::example(NOW).sign_as_example();
    let verify = |policy: Option<TimePolicy>, clock| {
        let verifier = Verifier::new(&trusted);
        let verifier = policy.map_or(verifier, |policy| verifier.policy(Policy::new().time_policy(policy)));
        verifier.verify(&token, clock).map(|claims| claims.token_id())
    };
    let good = Ok(0x0123_4567_89ab_cdef);
    let uncertain = Err(Error::TimeUncertain);
    for (policy, answers) in [
        (None, [good, uncertain, uncertain]),
        (Some(TimePolicy::RequireKnown), [good, uncertain, uncertain]),
        (Some(TimePolicy::AllowLowerBound), [good, good, uncertain]),
        (Some(TimePolicy::AllowUnknown), [good, good, good]),
    ] {
        let clocks = [Clock::Known(NOW), Clock::AtLeast(NOW), Clock::Unknown];
        assert_eq!(clocks.map(|clock| verify(policy, clock)), answers, "{policy:?}");
        // What the clock does know decides under every policy.
        for clock in [Clock::Known(NOW + 900), Clock::AtLeast(NOW + 900)] {
            assert_eq!(verify(policy, clock), Err(Error::Expired), "{policy:?}");
        }
        assert_eq!(verify(policy, Clock::Known(NOW - 31)), Err(Error::NotYetValid), "{policy:?}");
        assert_ne!(verify(policy, Clock::AtLeast(NOW - 31)), Err(Error::NotYetValid), "it may be later");
    }
}

/// Code 31 comes after 15 and before 16: no curve operation for a token that is refused anyway.
#[test]
fn an_uncertain_time_is_answered_before_the_signature() {
    let trusted = [key()];
    let mut token = RawToken::example(NOW).sign_as_example();
    *token.last_mut().expect("bytes") ^= 1;
    assert_eq!(Verifier::new(&trusted).verify(&token, Clock::Unknown).err(), Some(Error::TimeUncertain));
    assert_eq!(Verifier::new(&trusted).verify(&token, Clock::Known(NOW)).err(), Some(Error::BadSignature));
    assert_eq!(agentid_nostd::verify_token(&token, &key(), Clock::Unknown).err(), Some(Error::TimeUncertain));
}

#[test]
fn a_verifier_and_a_gate_take_the_same_policy_the_same_way() {
    let trusted = [key()];
    let issuers = [TrustedIssuer::new(key(), "research-bot", "phd-lab").allow_guessable()];
    let trust = TrustTable::new(&issuers).expect("valid");
    let tokens = [
        RawToken::example(NOW),
        RawToken::example(NOW - 899),
        RawToken::example(NOW - 900),
        RawToken::example(NOW + 5),
        RawToken::example(NOW + 6),
        RawToken::example(NOW + 31),
        RawToken { expires_at: NOW + 901, ..RawToken::example(NOW) },
        RawToken { expires_at: NOW + 86_401, ..RawToken::example(NOW) },
        RawToken { scopes: vec![vec![b's'; 100]], ..RawToken::example(NOW) },
    ]
    .map(|raw| raw.sign_as_example());
    let narrow = Policy::new().clock_skew_seconds(5).max_lifetime_seconds(900).max_token_len(200);
    let policies = [
        Policy::default(),
        narrow,
        narrow.time_policy(TimePolicy::AllowLowerBound),
        Policy::new().time_policy(TimePolicy::AllowUnknown),
        Policy::new().max_token_len(0),
    ];
    let mut codes = std::collections::BTreeSet::new();
    for policy in policies {
        let verifier = Verifier::new(&trusted).policy(policy);
        let gate = Gate::new(trust, CountedElsewhere(Since::Beginning)).policy(policy);
        for clock in [Clock::Known(NOW), Clock::AtLeast(NOW), Clock::Unknown] {
            for token in &tokens {
                let verified = verifier.verify(token, clock).map(drop);
                assert_eq!(gate.check(token, &Call::new(&[]), clock).map(drop), verified, "{policy:?} {clock:?}");
                codes.insert(verified.map_or_else(Error::code, |()| 0));
            }
        }
    }
    assert_eq!(codes.into_iter().collect::<Vec<_>>(), [0, 2, 12, 14, 15, 31]);
}

#[test]
fn a_backend_is_set_and_got() {
    let trusted = [key()];
    let verifier = Verifier::new(&trusted);
    let _: &Compact = verifier.backend();
    let _: &Dalek = verifier.with_backend(Dalek).backend();
    let gate = Gate::new(TrustTable::new(&[]).expect("nobody"), CountedElsewhere(Since::Beginning));
    let _: &Compact = gate.backend();
    let gate = gate.with_backend(&Dalek);
    let _: &&Dalek = gate.backend();
}
