//! What a person reads who must act on a refusal: since when, or by how much.

use agentid_nostd::{
    Clock, CountedElsewhere, Detail, Error, Explanation, Gate, Policy, PublicKey, Since, TrustAnchor, TrustBundle,
    Verifier,
};
use agentid_test_kit::raw::{RawToken, example_key};
use agentid_test_kit::raw_bundle::{RawBundle, RawIssuer, authority_key};

const NOW: i64 = 1_790_000_000;

fn key(key: &ed25519_dalek::SigningKey) -> PublicKey {
    PublicKey::from_bytes(key.verifying_key().as_bytes()).expect("a good key")
}

/// A token that expires after 900 seconds.
fn token() -> Vec<u8> {
    let token = RawToken { expires_at: NOW + 900, ..RawToken::example(NOW) };
    token.sign_as_example()
}

/// What the verifier answers at this time, explained.
fn refused(policy: Policy, token: &[u8], clock: Clock) -> Explanation {
    let trusted = [key(&example_key())];
    let verifier = Verifier::new(&trusted).policy(policy);
    let error = verifier.verify(token, clock).expect_err("refused");
    let explanation = verifier.explain(token, clock, error);
    assert_eq!(explanation.error(), error);
    explanation
}

#[test]
fn a_verifier_says_since_when_or_by_how_much() {
    let cases = [
        (Policy::new(), NOW + 1_212, "the token has expired: 312 s ago, at 1790000900 (Unix seconds)"),
        (Policy::new(), NOW + 900, "the token has expired: 0 s ago, at 1790000900 (Unix seconds)"),
        (
            Policy::new(),
            NOW - 45,
            "issued_at lies further in the future than the clock skew allows: 45 s ahead, at 1790000000 (Unix seconds); \
             the skew is 30 s",
        ),
        (
            Policy::new().max_lifetime_seconds(600),
            NOW,
            "the time from issued_at to expires_at exceeds the longest lifetime allowed: 900 s, at most 600 s",
        ),
        (
            Policy::new().max_token_len(150),
            NOW,
            "the token is longer than the format or the verifier's policy allows: 173 bytes, at most 150",
        ),
    ];
    for (policy, now, expected) in cases {
        assert_eq!(refused(policy, &token(), Clock::Known(now)).to_string(), expected);
    }
    let at_least = refused(Policy::new(), &token(), Clock::AtLeast(NOW + 901));
    assert_eq!(at_least.to_string(), "the token has expired: at least 1 s ago, at 1790000900 (Unix seconds)");
    let over = Detail::Over { at: NOW + 900, seconds_ago: 1, is_lower_bound: true };
    assert_eq!(at_least.detail(), over);
}

#[test]
fn without_numbers_an_explanation_is_the_sentence_of_the_error() {
    let mut forged = token();
    *forged.last_mut().expect("not empty") ^= 1;
    let explanation = refused(Policy::new(), &forged, Clock::Known(NOW));
    assert_eq!(explanation.detail(), Detail::None);
    assert_eq!(explanation.to_string(), Error::BadSignature.message());
    // What cannot have been the answer is not made up.
    let trusted = [key(&example_key())];
    let verifier = Verifier::new(&trusted);
    for (token, clock, error) in [
        (&[][..], Clock::Known(NOW), Error::Expired),
        (&token()[..], Clock::Unknown, Error::Expired),
        (&token()[..], Clock::AtLeast(NOW), Error::NotYetValid),
    ] {
        assert_eq!(verifier.explain(token, clock, error).detail(), Detail::None);
    }
}

#[test]
fn the_ends_of_time_are_numbers_like_others() {
    let token = RawToken { issued_at: i64::MIN, expires_at: i64::MIN + 1, ..RawToken::example(NOW) };
    let explanation = refused(Policy::new(), &token.sign_as_example(), Clock::Known(i64::MAX));
    let ago = u64::MAX - 1;
    let expected = format!("the token has expired: {ago} s ago, at {} (Unix seconds)", i64::MIN + 1);
    assert_eq!(explanation.to_string(), expected);
}

/// A bundle in which the example's issuer has this window and lifetime.
fn bundle(change: impl FnOnce(&mut RawIssuer)) -> Vec<u8> {
    let mut issuer = RawIssuer::new(*key(&example_key()).as_bytes(), "research-bot", "phd-lab");
    change(&mut issuer);
    RawBundle { epoch: 3, not_after: NOW + 5_000, issuers: vec![issuer], ..RawBundle::new(NOW - 100) }
        .sign_as_authority()
}

fn refused_by_gate(bundle: &[u8], since: Since, clock: Clock) -> String {
    let anchor = TrustAnchor::new(key(&authority_key()));
    let trust = TrustBundle::open(bundle, &anchor, Clock::Known(NOW)).expect("opens");
    let gate = Gate::new(trust, CountedElsewhere(since));
    let token = token();
    let error = gate.check(&token, &agentid_nostd::Call::new(&[]), clock).expect_err("refused");
    gate.explain(&token, clock, error).to_string()
}

#[test]
fn a_gate_knows_the_issuer_the_bundle_and_the_start_as_well() {
    let open = bundle(|_| ());
    let beginning = Since::Beginning;
    let at = Clock::Known;
    let answers = [
        refused_by_gate(&bundle(|issuer| issuer.not_after = NOW - 7), beginning, at(NOW)),
        refused_by_gate(&bundle(|issuer| issuer.not_before = NOW + 7), beginning, at(NOW)),
        refused_by_gate(&bundle(|issuer| issuer.max_lifetime = 60), beginning, at(NOW)),
        refused_by_gate(&open, Since::Time(NOW + 10), at(NOW + 20)),
        refused_by_gate(&open, beginning, at(NOW + 5_003)),
        refused_by_gate(&open, beginning, at(NOW + 1_000)),
    ];
    assert_eq!(
        answers,
        [
            "the issuer's key is not trusted yet, or not any more: 7 s ago, at 1789999993 (Unix seconds)",
            "the issuer's key is not trusted yet, or not any more: 7 s ahead, at 1790000007 (Unix seconds)",
            "the time from issued_at to expires_at exceeds the longest lifetime allowed: 900 s, at most 60 s",
            "the token was issued before the ledger began to count: issued at 1790000000, counted from 1790000041 on \
             (Unix seconds), 41 s later",
            "the trust bundle is past its not_after and trusts nobody: 3 s ago, at 1790005000 (Unix seconds)",
            "the token has expired: 100 s ago, at 1790000900 (Unix seconds)",
        ]
    );
}

#[test]
fn a_gate_explains_the_next_bundle_by_the_one_in_force() {
    let anchor = TrustAnchor::new(key(&authority_key()));
    let bytes = bundle(|_| ());
    let in_force = TrustBundle::open(&bytes, &anchor, Clock::Known(NOW)).expect("opens");
    let policy = Policy::new().clock_skew_seconds(5);
    let gate = Gate::new(in_force, CountedElsewhere(Since::Beginning)).policy(policy);
    let explained = |bundle: RawBundle, clock| {
        let bytes = bundle.sign_as_authority();
        let error = gate.open_next(&bytes, &anchor, clock).expect_err("refused");
        gate.explain_next(&bytes, &anchor, clock, error).to_string()
    };
    assert_eq!(
        explained(RawBundle { epoch: 2, ..RawBundle::new(NOW) }, Clock::Known(NOW)),
        "the trust bundle is older than one seen before, or another one of the same epoch: epoch 2, the newest is 3"
    );
    assert_eq!(
        explained(RawBundle { epoch: 4, ..RawBundle::new(NOW) }, Clock::Known(NOW - 6)),
        "the trust bundle's issued_at lies further in the future than the clock skew allows: 6 s ahead, at 1790000000 \
         (Unix seconds); the skew is 5 s"
    );
}

#[test]
fn a_bundle_says_since_when_or_which_epoch() {
    let bytes = bundle(|_| ());
    let anchor = TrustAnchor::new(key(&authority_key()));
    let newer = anchor.newest(agentid_nostd::BundleVersion { epoch: 5, digest: [0; 32] });
    let explained = |anchor: TrustAnchor, clock| {
        let error = TrustBundle::open(&bytes, &anchor, clock).expect_err("refused");
        TrustBundle::explain(&bytes, &anchor, clock, error).to_string()
    };
    assert_eq!(
        explained(anchor, Clock::Known(NOW + 5_001)),
        "the trust bundle is past its not_after and trusts nobody: 1 s ago, at 1790005000 (Unix seconds)"
    );
    assert_eq!(
        explained(anchor, Clock::Known(NOW - 200)),
        "the trust bundle's issued_at lies further in the future than the clock skew allows: 100 s ahead, at 1789999900 \
         (Unix seconds); the skew is 30 s"
    );
    assert_eq!(
        explained(newer, Clock::Known(NOW)),
        "the trust bundle is older than one seen before, or another one of the same epoch: epoch 3, the newest is 5"
    );
}
