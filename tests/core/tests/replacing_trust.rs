//! Trust that is replaced while a gate is at work: epochs, digests, and the time bound of a bundle.

use agentid_nostd::{
    Call, Clock, CountedElsewhere, Error, Gate, LedgerSlot, Policy, PublicKey, Since, TrustAnchor, TrustBundle,
    TrustTable, UsageLedger,
};
use agentid_test_kit::raw::derived_key;
use agentid_test_kit::raw_bundle::{RawBundle, RawIssuer, authority_key};
use agentid_test_kit::seeded::{NOW, agent, token, trusted};
use ed25519_dalek::SigningKey;

/// Even if the caller opened an old bundle without the newest version it has seen.
#[test]
fn a_gate_never_goes_back_to_a_lower_epoch() {
    let authority = PublicKey::from_bytes(authority_key().verifying_key().as_bytes()).expect("a good key");
    let issuer = RawIssuer::new(agent().verifying_key().to_bytes(), "research-bot", "phd-lab");
    let [first, second, third] = [1, 2, 3].map(|epoch| {
        let issuers = if epoch == 2 { vec![issuer.clone()] } else { vec![] };
        RawBundle { epoch, issuers, ..RawBundle::new(NOW) }.sign_as_authority()
    });
    let open = |bytes| open(bytes, &authority);
    let signed = token(1, 0).sign(&agent());
    let mut gate = Gate::new(open(&second), UsageLedger::new([LedgerSlot::EMPTY; 8], Since::Beginning));
    assert_eq!(gate.set_trust(open(&first)), Err(Error::BundleRollback));
    assert!(
        gate.admit(&signed, &Call::new(&[]), Clock::Known(NOW)).is_ok(),
        "the bundle of epoch 2 is still in force"
    );
    assert_eq!(gate.set_trust(open(&second)), Ok(()));
    assert_eq!(gate.set_trust(open(&third)), Ok(()));
    let denied = gate.admit(&signed, &Call::new(&[]), Clock::Known(NOW)).expect_err("epoch 3 trusts nobody");
    assert_eq!(denied, Error::UntrustedIssuer);

    let issuers = [trusted()];
    let table = TrustTable::new(&issuers).expect("valid");
    assert_eq!(Gate::new(table, CountedElsewhere(Since::Beginning)).set_trust(table), Ok(()));
}

#[test]
fn a_bundle_in_another_buffer_takes_over_and_everything_else_stays() {
    let authority = PublicKey::from_bytes(authority_key().verifying_key().as_bytes()).expect("a good key");
    let issuer = RawIssuer::new(agent().verifying_key().to_bytes(), "research-bot", "phd-lab");
    let bundle = |epoch, issued_at| {
        RawBundle { epoch, issuers: vec![issuer.clone()], ..RawBundle::new(issued_at) }.sign_as_authority()
    };
    let [first, late, next] = [bundle(1, NOW), bundle(2, NOW + 100), bundle(3, NOW)];
    let signed = token(1, 2).sign(&agent());

    let gate = {
        let mut gate =
            Gate::new(open(&first, &authority), UsageLedger::new([LedgerSlot::EMPTY; 8], Since::Beginning))
                .policy(Policy::new().clock_skew_seconds(50));
        assert_eq!(gate.admit(&signed, &Call::new(&[]), Clock::Known(NOW)).expect("holds").calls_left(), Some(1));
        gate.with_trust(open(&late, &authority)).expect("a higher epoch")
    };
    drop(first);
    // The bundle of epoch 2 proves that the clock is behind, and epoch 3 of the same authority
    // takes that back.
    let denied = gate.check(&signed, &Call::new(&[]), Clock::Known(NOW)).expect_err("the clock is behind");
    assert_eq!(denied, Error::TimeUncertain);
    let mut gate = gate.with_trust(open(&next, &authority)).expect("a higher epoch");
    assert_eq!(gate.admit(&signed, &Call::new(&[]), Clock::Known(NOW)).expect("holds").calls_left(), Some(0));

    let (mut gate, error) = gate.with_trust(open(&late, &authority)).expect_err("a lower epoch");
    assert_eq!((error, gate.trust().epoch()), (Error::BundleRollback, 3));
    let denied = gate.admit(&signed, &Call::new(&[]), Clock::Known(NOW + 50)).expect_err("the count was kept");
    assert_eq!(denied, Error::BudgetExhausted);
    let issuers = [trusted()];
    let (_, error) = gate.with_trust(TrustTable::new(&issuers).expect("valid")).expect_err("a table has no epoch");
    assert_eq!(error, Error::BundleRollback);
}

/// Both are signed by the authority. The first one stays, so that neither undoes a revocation of
/// the other.
#[test]
fn two_bundles_of_one_epoch_never_replace_each_other() {
    let authority = PublicKey::from_bytes(authority_key().verifying_key().as_bytes()).expect("a good key");
    let issuers = vec![RawIssuer::new(agent().verifying_key().to_bytes(), "research-bot", "phd-lab")];
    let trusting = RawBundle { issuers, ..RawBundle::new(NOW) };
    let revoking = RawBundle { revoked_issuers: vec![agent().verifying_key().to_bytes()], ..trusting.clone() };
    let [trusting, revoking] = [trusting, revoking].map(|bundle| bundle.sign_as_authority());
    for (first, second) in [(&trusting, &revoking), (&revoking, &trusting)] {
        let mut gate = Gate::new(open(first, &authority), CountedElsewhere(Since::Beginning));
        assert_eq!(gate.set_trust(open(second, &authority)), Err(Error::BundleRollback));
        let elsewhere = first.clone();
        let mut gate = gate.with_trust(open(&elsewhere, &authority)).expect("the same bytes, elsewhere");
        assert_eq!(gate.set_trust(open(second, &authority)), Err(Error::BundleRollback));
        let (_, error) = gate.with_trust(open(second, &authority)).expect_err("other bytes");
        assert_eq!(error, Error::BundleRollback);
        let anchor = TrustAnchor::new(authority).newest(open(first, &authority).version());
        assert!(TrustBundle::open(first, &anchor, Clock::Known(NOW)).is_ok());
        let after_a_restart = TrustBundle::open(second, &anchor, Clock::Known(NOW));
        assert_eq!(after_a_restart.expect_err("other bytes"), Error::BundleRollback);
    }
}

/// Whoever has the key of the old authority can publish the last epoch there is, dated ahead. The
/// new authority begins anew, in a gate that keeps its counts.
#[test]
fn another_authority_begins_anew() {
    let signer = derived_key("another authority", "lab", Some(b"seed"));
    let [ours, other] = [authority_key(), signer]
        .map(|key| (PublicKey::from_bytes(key.verifying_key().as_bytes()).expect("a good key"), key));
    let bundle = |(public, key): &(PublicKey, SigningKey), epoch, issued_at| {
        let issuers = vec![RawIssuer::new(agent().verifying_key().to_bytes(), "research-bot", "phd-lab")];
        RawBundle { epoch, issuers, authority: *public.as_bytes(), ..RawBundle::new(issued_at) }.sign(key)
    };
    let (first, last) = (bundle(&ours, 1, NOW), bundle(&ours, u64::MAX, NOW + 80_000));
    let (new, next, old) = (bundle(&other, 1, NOW), bundle(&other, 2, NOW), bundle(&other, 1, NOW - 1));
    let unknown = |bytes, authority| TrustBundle::open(bytes, &TrustAnchor::new(authority), Clock::Unknown);
    let mut gate = Gate::new(open(&first, &ours.0), UsageLedger::new([LedgerSlot::EMPTY; 8], Since::Beginning));
    let signed = token(1, 2).sign(&agent());
    assert_eq!(gate.admit(&signed, &Call::new(&[]), Clock::Known(NOW)).expect("holds").calls_left(), Some(1));
    assert_eq!(gate.set_trust(unknown(&last, ours.0).expect("opens")), Ok(()));
    let denied = gate.admit(&signed, &Call::new(&[]), Clock::Known(NOW)).expect_err("dated ahead");
    assert_eq!(denied, Error::Expired);
    let opened = gate.open_next(&new, &TrustAnchor::new(other.0), Clock::Known(NOW));
    assert_eq!(gate.set_trust(opened.expect("of the new authority")), Ok(()));
    assert_eq!(gate.effective_clock(Clock::Unknown), Clock::AtLeast(NOW));
    assert_eq!(
        gate.admit(&signed, &Call::new(&[]), Clock::Known(NOW)).expect("holds").calls_left(),
        Some(0),
        "counts are kept"
    );
    let another = unknown(&old, other.0).expect("opens");
    assert_eq!(gate.set_trust(another), Err(Error::BundleRollback), "another bundle of its epoch");
    assert_eq!(gate.set_trust(unknown(&next, other.0).expect("opens")), Ok(()));
}

/// A bundle and a token are dated ahead by the same gate.
#[test]
fn the_skew_of_a_gate_holds_for_its_next_bundle() {
    let authority = PublicKey::from_bytes(authority_key().verifying_key().as_bytes()).expect("a good key");
    let [first, next] =
        [(1, NOW), (2, NOW + 200)].map(|(epoch, at)| RawBundle { epoch, ..RawBundle::new(at) }.sign_as_authority());
    let anchor = TrustAnchor::new(authority);
    for (skew, expected) in [(300, Ok(2)), (200, Ok(2)), (199, Err(Error::BundleDatedAhead))] {
        let gate = Gate::new(open(&first, &authority), CountedElsewhere(Since::Beginning))
            .policy(Policy::new().clock_skew_seconds(skew));
        let opened = gate.open_next(&next, &anchor, Clock::Known(NOW)).map(|bundle| bundle.epoch());
        assert_eq!(opened, expected, "{skew}");
    }
}

fn open<'b>(bytes: &'b [u8], authority: &PublicKey) -> TrustBundle<'b> {
    TrustBundle::open(bytes, &TrustAnchor::new(*authority), Clock::Known(NOW + 100)).expect("opens")
}
