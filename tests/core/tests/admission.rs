//! The gate as a whole, beyond the vectors: floods, the count kept elsewhere, ceilings, tables.

use std::num::NonZeroU32;

use agentid_nostd::{
    Builtin, CacheSlot, Call, Clock, CountedElsewhere, Counting, Demand, Error, ErrorClass, Fingerprint, Gate,
    HashKey, Ledger, LedgerSlot, PublicKey, Since, Token, TrustAnchor, TrustBundle, TrustTable, UsageLedger,
    VerifiedCache,
};
use agentid_test_kit::raw::{RawToken, derived_key};
use agentid_test_kit::raw_bundle::{RawBundle, RawIssuer, authority_key};
use agentid_test_kit::seeded::{NOW, agent, token, trusted};

/// Ten million refused tokens, most before the curve, then the legitimate ones.
#[test]
fn a_flood_of_refused_tokens_changes_nothing() {
    let issuers = [trusted()];
    let mut gate = Gate::new(
        TrustTable::new(&issuers).expect("valid"),
        UsageLedger::new([LedgerSlot::EMPTY; 8], Since::Beginning),
    );
    let [half_used, fresh] = [token(1, 2), token(2, 1)].map(|raw| raw.sign(&agent()));
    assert!(gate.admit(&half_used, &Call::new(&["read:arxiv"]), Clock::Known(NOW)).is_ok());

    let impostor = derived_key("research-bot", "phd-lab", Some(b"another seed"));
    let own_key = RawToken { issuer: impostor.verifying_key().to_bytes(), ..token(3, 1) };
    let flood = [
        own_key.sign(&impostor),
        RawToken { name: b"other".to_vec(), ..token(4, 1) }.sign(&agent()),
        RawToken { issued_at: NOW - 900, expires_at: NOW, ..token(5, 1) }.sign(&agent()),
        RawToken { flags: 1, ..token(6, 1) }.sign(&agent()),
        half_used[..100].to_vec(),
    ];
    let reasons =
        [Error::UntrustedIssuer, Error::NameMismatch, Error::Expired, Error::ReservedFlags, Error::TooShort];
    let forged = token(8, 1).sign(&impostor);
    let powerless = RawToken { scopes: vec![b"list".to_vec()], ..token(7, 1) }.sign(&agent());
    let allocated = allocation_counter::measure(|| {
        for round in 0..10_000_000_usize {
            let which = round % flood.len();
            let denied = gate.admit(&flood[which], &Call::new(&["read:arxiv"]), Clock::Known(NOW)).err();
            assert_eq!(denied, Some(reasons[which]));
        }
        for _ in 0..1_000 {
            let denied = gate.admit(&forged, &Call::new(&["read:arxiv"]), Clock::Known(NOW)).err();
            assert_eq!(denied, Some(Error::BadSignature));
            let denied = gate.admit(&powerless, &Call::new(&["read:arxiv"]), Clock::Known(NOW)).err();
            assert_eq!(denied, Some(Error::ScopeNotGranted));
        }
    });
    assert_eq!(allocated.count_total, 0);

    assert_eq!(gate.ledger().len(), 1, "nothing that was refused has been counted");
    let left = |answer: Result<agentid_nostd::Admitted<'_>, _>| answer.map(|admitted| admitted.calls_left());
    assert_eq!(left(gate.admit(&half_used, &Call::new(&["read:arxiv"]), Clock::Known(NOW))), Ok(Some(0)));
    assert_eq!(left(gate.admit(&fresh, &Call::new(&["read:arxiv"]), Clock::Known(NOW))), Ok(Some(0)));
    assert!(gate.admit(&half_used, &Call::new(&["read:arxiv"]), Clock::Known(NOW)).is_err());
}

#[test]
fn admission_allocates_nothing() {
    let bundle = RawBundle {
        issuers: vec![RawIssuer::new(agent().verifying_key().to_bytes(), "research-bot", "phd-lab")],
        ..RawBundle::new(NOW)
    };
    let bytes = bundle.sign_as_authority();
    let authority = PublicKey::from_bytes(authority_key().verifying_key().as_bytes()).expect("a good key");
    let good = token(1, 1).sign(&agent());
    let count = allocation_counter::measure(|| {
        let bundle = TrustBundle::open(&bytes, &TrustAnchor::new(authority), Clock::Known(NOW)).expect("opens");
        let mut gate = Gate::new(bundle, UsageLedger::new([LedgerSlot::EMPTY; 16], Since::Beginning));
        assert!(gate.admit(&good, &Call::new(&["read:arxiv"]), Clock::Known(NOW)).is_ok());
        assert!(gate.admit(&good, &Call::new(&["read:arxiv"]), Clock::Known(NOW)).is_err());
    });
    assert_eq!(count.count_total, 0);
}

/// A count kept in a database: the same logic, the gate's own ledger untouched.
#[test]
fn a_count_kept_elsewhere_decides_the_same() {
    let issuers = [trusted()];
    let gate = Gate::new(TrustTable::new(&issuers).expect("valid"), CountedElsewhere(Since::Beginning));
    let signed = token(1, 2).sign(&agent());
    let mut uses_in_a_database = 0;
    let mut call = || {
        let checked = gate.check(&signed, &Call::new(&["read:arxiv"]), Clock::Known(NOW)).expect("holds");
        let [demand] = checked.demands() else { panic!("one count for each token") };
        assert_eq!((demand.limit(), demand.token_id()), (NonZeroU32::new(2), 1));
        assert_eq!((demand.expires_at(), demand.retain_until()), (NOW + 900, NOW + 930));
        let earlier = uses_in_a_database;
        uses_in_a_database += 1;
        checked.admit(&[earlier]).map(|admitted| admitted.calls_left())
    };
    assert_eq!(call(), Ok(Some(1)));
    assert_eq!(call(), Ok(Some(0)));
    assert_eq!(call().expect_err("the budget is used up"), Error::BudgetExhausted);

    let single = Gate::new(TrustTable::new(&issuers).expect("valid"), CountedElsewhere(Since::Beginning))
        .counting(Counting::SingleUse);
    let checked = single.check(&signed, &Call::new(&[]), Clock::Known(NOW)).expect("holds");
    assert_eq!(checked.admit(&[1]).expect_err("seen before").class(), ErrorClass::Exhausted);
}

#[test]
fn permits_heeds_the_ceiling() {
    let issuers = [trusted().ceiling(&["read:*"])];
    let mut gate = Gate::new(
        TrustTable::new(&issuers).expect("valid"),
        UsageLedger::new([LedgerSlot::EMPTY; 8], Since::Beginning),
    );
    let signed = RawToken { scopes: vec![b"*".to_vec()], ..token(1, 0) }.sign(&agent());
    let admitted = gate.admit(&signed, &Call::new(&[]), Clock::Known(NOW)).expect("holds");
    assert!(admitted.claims().permits("read:arxiv"));
    assert!(!admitted.claims().permits("write:notes"));
    assert_eq!(admitted.claims().name(), "research-bot");
}

fn open<'b>(bytes: &'b [u8], authority: &PublicKey) -> TrustBundle<'b> {
    TrustBundle::open(bytes, &TrustAnchor::new(*authority), Clock::Known(NOW + 100)).expect("opens")
}

/// A ledger that cannot be reached refuses, whatever the gate thinks of the token.
#[test]
fn a_broken_ledger_refuses() {
    struct Unreachable;
    impl Ledger for Unreachable {
        fn since(&self) -> Since {
            Since::Beginning
        }

        fn count(&mut self, _: &[Demand], _: Clock) -> Result<Option<u32>, Error> {
            Err(Error::LedgerFull)
        }
    }
    let issuers = [trusted()];
    let mut gate = Gate::new(TrustTable::new(&issuers).expect("valid"), Unreachable);
    let denied =
        gate.admit(&token(1, 0).sign(&agent()), &Call::new(&[]), Clock::Known(NOW)).expect_err("not counted");
    assert_eq!((denied.code(), denied.name(), denied.class().http_status()), (36, "ledger-full", 503));
}

/// It was never published, so it does not say what time it is at least, and is no bundle in force.
#[test]
fn a_table_proves_no_time_and_is_no_bundle() {
    let issuers = [trusted()];
    let table = TrustTable::new(&issuers).expect("valid");
    let gate = Gate::new(table, CountedElsewhere(Since::Beginning));
    assert_eq!(gate.effective_clock(Clock::Unknown), Clock::Unknown);
    assert!(!gate.is_in_force(&[]));
}

/// What one gate has counted, the next one knows.
#[test]
fn a_lent_ledger_counts_for_every_gate_that_borrows_it() {
    let issuers = [trusted()];
    let mut ledger = UsageLedger::new([LedgerSlot::EMPTY; 8], Since::Beginning);
    let token = token(1, 2).sign(&agent());
    let mut use_once = || {
        let mut gate = Gate::new(TrustTable::new(&issuers).expect("valid"), &mut ledger);
        gate.admit(&token, &Call::new(&[]), Clock::Known(NOW)).map(|admitted| admitted.calls_left())
    };
    assert_eq!([use_once(), use_once(), use_once()], [Ok(Some(1)), Ok(Some(0)), Err(Error::BudgetExhausted)]);
}

#[test]
fn a_table_and_a_bundle_with_the_same_issuer_answer_alike() {
    let issuers = [trusted().ceiling(&["read:*"]).max_lifetime_seconds(900).valid_between(NOW - 5, NOW + 5)];
    let raw = RawIssuer {
        ceiling: vec![b"read:*".to_vec()],
        max_lifetime: 900,
        not_before: NOW - 5,
        not_after: NOW + 5,
        ..RawIssuer::new(agent().verifying_key().to_bytes(), "research-bot", "phd-lab")
    };
    // Issued long ago, so that the bundle's own time changes nothing.
    let bytes = RawBundle { issuers: vec![raw], not_after: i64::MAX, ..RawBundle::new(0) }.sign_as_authority();
    let authority = PublicKey::from_bytes(authority_key().verifying_key().as_bytes()).expect("a good key");
    let bundle = TrustBundle::open(&bytes, &TrustAnchor::new(authority), Clock::Unknown).expect("opens");
    let table_gate = Gate::new(TrustTable::new(&issuers).expect("valid"), CountedElsewhere(Since::Beginning));
    let bundle_gate = Gate::new(bundle, CountedElsewhere(Since::Beginning));
    let tokens = [
        token(1, 0),
        RawToken { expires_at: NOW + 901, ..token(2, 0) },
        RawToken { project: b"other".to_vec(), ..token(3, 0) },
        RawToken { scopes: vec![b"write:notes".to_vec()], ..token(4, 0) },
    ];
    for raw in tokens {
        let signed = raw.sign(&agent());
        for clock in [Clock::Known(NOW), Clock::Known(NOW - 6), Clock::AtLeast(NOW + 6), Clock::Unknown] {
            for required in ["read:arxiv", "write:notes"] {
                let answer = |result: Result<agentid_nostd::Uncounted<'_>, Error>| {
                    result.map(|checked| checked.demands().to_vec())
                };
                assert_eq!(
                    answer(table_gate.check(&signed, &Call::new(&[required]), clock)),
                    answer(bundle_gate.check(&signed, &Call::new(&[required]), clock)),
                    "{raw:?} {clock:?} {required}"
                );
            }
        }
    }
}

#[test]
fn a_ledger_that_was_lost_refuses_whatever_could_have_been_used_before() {
    let issuers = [trusted()];
    let mut gate = Gate::new(
        TrustTable::new(&issuers).expect("valid"),
        UsageLedger::new([LedgerSlot::EMPTY; 8], Since::Beginning),
    );
    let admit = |gate: &mut Gate<_, _>, issued_at| {
        let token = RawToken { issued_at, expires_at: issued_at + 900, ..token(1, 0) }.sign(&agent());
        gate.admit(&token, &Call::new(&[]), Clock::Known(NOW + 1)).map(drop)
    };
    // A token dated ahead by the skew of 30 seconds could be used at once.
    gate.ledger_reset_at(NOW);
    assert_eq!(admit(&mut gate, NOW + 30), Err(Error::IssuedBeforeStart));
    assert_eq!(admit(&mut gate, NOW + 31), Ok(()));
    gate.ledger_reset_at(NOW - 100);
    assert_eq!(admit(&mut gate, NOW + 30), Err(Error::IssuedBeforeStart), "it never falls");
    gate.ledger_reset_at(i64::MAX);
    assert_eq!(admit(&mut gate, NOW + 31), Err(Error::IssuedBeforeStart));
}

#[test]
fn a_refused_call_can_be_logged_with_the_key_it_claims() {
    let mut signed = token(1, 0).sign(&agent());
    let key = PublicKey::from_bytes(agent().verifying_key().as_bytes()).expect("a good key");
    *signed.last_mut().expect("a byte") ^= 1;
    let parsed = Token::parse(&signed).expect("well formed");
    assert_eq!(Fingerprint::claimed_by(&parsed), Fingerprint::of(&key));
}

/// What a cache remembers is who signed what; everything else is decided each time.
#[test]
fn a_remembered_signature_admits_nobody_by_itself() {
    let issuers = [trusted()];
    let trust = TrustTable::new(&issuers).expect("valid");
    let cache = VerifiedCache::new(Builtin, HashKey::new([1; 16]), [CacheSlot::<256>::EMPTY; 8]);
    assert_eq!(format!("{cache:?}"), "VerifiedCache<256>", "and not its hash key");
    let mut gate = Gate::new(trust, UsageLedger::new([LedgerSlot::EMPTY; 8], Since::Beginning)).with_backend(&cache);
    let token = token(1, 3).sign(&agent());
    let mut changed = token.clone();
    *changed.last_mut().expect("bytes") ^= 0x08;
    for calls_left in [2, 1, 0] {
        let admitted = gate.admit(&token, &Call::new(&["read:arxiv"]), Clock::Known(NOW)).expect("holds");
        assert_eq!(admitted.calls_left(), Some(calls_left));

        let mut refused = |token: &[u8], scope: &str, now: i64| {
            gate.admit(token, &Call::new(&[scope]), Clock::Known(now)).map(drop)
        };
        assert_eq!(refused(&changed, "read:arxiv", NOW), Err(Error::BadSignature));
        assert_eq!(refused(&token, "write:arxiv", NOW), Err(Error::ScopeNotGranted));
        assert_eq!(refused(&token, "read:arxiv", NOW + 900), Err(Error::Expired));
        assert_eq!(refused(&token, "read:arxiv", NOW - 60), Err(Error::NotYetValid));
        gate.set_trust(TrustTable::new(&[]).expect("nobody")).expect("a table");
        let denied = gate.admit(&token, &Call::new(&["read:arxiv"]), Clock::Known(NOW)).map(drop);
        assert_eq!(denied, Err(Error::UntrustedIssuer));
        gate.set_trust(trust).expect("a table");
    }
    let denied = gate.admit(&token, &Call::new(&["read:arxiv"]), Clock::Known(NOW)).map(drop);
    assert_eq!(denied, Err(Error::BudgetExhausted));
}

/// A forged token is never answered with a code that says its signature was good, even if it has
/// other faults.
#[test]
fn codes_that_imply_a_good_signature_are_not_answered_to_forgeries() {
    let issuers = [trusted().ceiling(&["list"])];
    let impostor = derived_key("research-bot", "phd-lab", Some(b"another seed"));
    let mut codes = std::collections::BTreeSet::new();
    for signer in [agent(), impostor] {
        let is_forged = signer != agent();
        let single_use =
            || Gate::new(TrustTable::new(&issuers).expect("valid"), ledger()).counting(Counting::SingleUse);
        let full = UsageLedger::new([LedgerSlot::EMPTY; 0], Since::Beginning);
        let (mut gate, mut full) = (single_use(), Gate::new(TrustTable::new(&issuers).expect("valid"), full));
        for (max_calls, scopes) in [(1, "list"), (1, "list"), (1, "read:arxiv"), (9, "*")] {
            let raw = RawToken { scopes: vec![scopes.into()], ..token(u64::from(max_calls), max_calls) };
            for required in ["list", "read:arxiv", "door:open"] {
                let signed = raw.sign(&signer);
                for error in [
                    gate.admit(&signed, &Call::new(&[required]), Clock::Known(NOW)).err(),
                    full.admit(&signed, &Call::new(&[required]), Clock::Known(NOW)).err(),
                ] {
                    let Some(error) = error else { continue };
                    assert_eq!(error.implies_good_signature(), !is_forged, "{error:?}");
                    codes.insert(error.code());
                }
            }
        }
    }
    assert_eq!(codes.into_iter().collect::<Vec<_>>(), [16, 32, 33, 35, 36]);
}

/// A program may copy the requested scopes and the ceiling out of claims; only `permits` decides.
#[test]
fn claims_show_the_requested_scopes_and_the_ceiling() {
    let raw = RawIssuer {
        ceiling: vec![b"read:*".to_vec(), b"list".to_vec()],
        ..RawIssuer::new(agent().verifying_key().to_bytes(), "research-bot", "phd-lab")
    };
    let bytes = RawBundle { issuers: vec![raw], ..RawBundle::new(NOW) }.sign_as_authority();
    let authority = PublicKey::from_bytes(authority_key().verifying_key().as_bytes()).expect("a good key");
    let issuers = [trusted().ceiling(&["read:*", "list"])];
    let signed = RawToken { scopes: vec![b"*".to_vec()], ..token(1, 0) }.sign(&agent());
    let mut bundle_gate = Gate::new(open(&bytes, &authority), ledger());
    let mut table_gate = Gate::new(TrustTable::new(&issuers).expect("valid"), ledger());
    for admitted in [
        bundle_gate.admit(&signed, &Call::new(&[]), Clock::Known(NOW)).expect("holds"),
        table_gate.admit(&signed, &Call::new(&[]), Clock::Known(NOW)).expect("holds"),
    ] {
        let claims = admitted.claims();
        assert_eq!(claims.requested_scopes().collect::<Vec<_>>(), ["*"]);
        let ceiling = claims.ceiling().expect("a gate knows one");
        assert_eq!(ceiling.iter().collect::<Vec<_>>(), ["read:*", "list"]);
        assert_eq!(format!("{ceiling:?}"), r#"["read:*", "list"]"#);
        assert!(claims.permits("list") && !claims.permits("write:notes"));
    }
    let issuer = PublicKey::from_bytes(agent().verifying_key().as_bytes()).expect("a good key");
    assert!(agentid_nostd::verify_token(&signed, &issuer, Clock::Known(NOW)).expect("holds").ceiling().is_none());
}

fn ledger() -> UsageLedger<[LedgerSlot; 8]> {
    UsageLedger::new([LedgerSlot::EMPTY; 8], Since::Beginning)
}
