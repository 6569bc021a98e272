//! Trust bundles: every cut and flipped bit is refused, the builder writes what an independent
//! writer writes, and lookups equal those of ordinary maps.

use std::collections::{BTreeMap, BTreeSet};

use std::num::NonZeroU32;

use agentid_nostd::{
    Clock, Error, LeafBinding, PublicKey, Quota, Rules, SigningKey, TrustAnchor, TrustBundle, TrustBundleBuilder,
    TrustTable, TrustedIssuer,
};
use agentid_test_kit::raw::derived_key;
use agentid_test_kit::raw_bundle::{RawBundle, RawIssuer, authority_key, next_authority_key};
use proptest::collection::vec;
use proptest::prelude::*;

const NOW: i64 = 1_790_000_000;

fn authority() -> PublicKey {
    PublicKey::from_bytes(authority_key().verifying_key().as_bytes()).expect("a good key")
}

fn open(bytes: &[u8]) -> Result<TrustBundle<'_>, Error> {
    TrustBundle::open(bytes, &TrustAnchor::new(authority()), Clock::Known(NOW))
}

/// The number's own key, for tests that need many.
fn key(number: u8) -> [u8; 32] {
    derived_key(&format!("agent-{number}"), "lab", Some(b"seed")).verifying_key().to_bytes()
}

fn public(number: u8) -> PublicKey {
    PublicKey::from_bytes(&key(number)).expect("a good key")
}

fn quota(calls: u32, seconds: u32) -> Quota {
    let [calls, seconds] = [calls, seconds].map(|number| NonZeroU32::new(number).expect("not 0"));
    Quota { calls, seconds }
}

fn small() -> RawBundle {
    RawBundle {
        issuers: vec![RawIssuer::new(key(1), "agent-1", "lab"), RawIssuer::new(key(2), "agent-2", "lab")],
        revoked_issuers: vec![key(3)],
        revoked_tokens: vec![(key(1), 7)],
        ..RawBundle::new(NOW)
    }
    .sorted()
}

#[test]
fn every_truncation_of_a_bundle_is_refused() {
    let bytes = small().sign_as_authority();
    assert!(open(&bytes).is_ok());
    for len in 0..bytes.len() {
        assert_eq!(open(&bytes[..len]).err(), Some(Error::MalformedBundle), "{len} bytes");
    }
}

#[test]
fn every_flipped_bit_of_a_bundle_is_refused() {
    let mut bytes = small().sign_as_authority();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            bytes[at] ^= 1 << bit;
            assert!(open(&bytes).is_err(), "byte {at}, bit {bit}");
            bytes[at] ^= 1 << bit;
        }
    }
}

#[test]
fn the_builder_writes_what_an_independent_writer_writes() {
    let authority = SigningKey::from_secret_bytes(&authority_key().to_bytes()).expect("a secret");
    // Out of order on purpose: the builder sorts.
    let mut issuers: Vec<TrustedIssuer<'_>> = [3, 1, 2]
        .map(|number| {
            let name = ["", "agent-1", "agent-2", "agent-3"][usize::from(number)];
            TrustedIssuer::new(public(number), name, "lab")
                .ceiling(&["read:*", "list"])
                .max_lifetime_seconds(60 * u32::from(number))
                .valid_between(NOW - i64::from(number), NOW + 9)
                .with_rules(Rules {
                    audience_required: number == 1,
                    leaf_binding: LeafBinding::Payload,
                    depth: number,
                })
                .with_quota(quota(u32::from(number), 86_400))
        })
        .into();
    let mut revoked_tokens = [(public(2), 5), (public(1), 9), (public(1), 8)];
    let mut revoked_issuers = [public(9), public(8)];
    let mut buf = [0; 2_048];
    let written = TrustBundleBuilder::new(&authority, 7, NOW, NOW + 100)
        .issuers(&mut issuers)
        .revoked_issuers(&mut revoked_issuers)
        .revoked_tokens(&mut revoked_tokens)
        .next_authority(public(7))
        .write_into(&mut buf, Clock::Known(NOW))
        .expect("written");

    let raw = RawBundle {
        epoch: 7,
        not_after: NOW + 100,
        issuers: (1..=3)
            .map(|number: u8| RawIssuer {
                ceiling: vec![b"read:*".to_vec(), b"list".to_vec()],
                max_lifetime: 60 * u32::from(number),
                not_before: NOW - i64::from(number),
                not_after: NOW + 9,
                rules: number << 3 | 2 << 1 | u8::from(number == 1),
                quota: (number.into(), 86_400),
                ..RawIssuer::new(key(number), &format!("agent-{number}"), "lab")
            })
            .collect(),
        revoked_issuers: vec![key(8), key(9)],
        revoked_tokens: vec![(key(1), 8), (key(1), 9), (key(2), 5)],
        next_authority: key(7),
        ..RawBundle::new(NOW)
    };
    assert_eq!(hex::encode(written), hex::encode(raw.sorted().sign_as_authority()));
    assert!(open(written).is_ok());
}

#[test]
fn what_a_bundle_lists_is_what_was_written() {
    let raw = RawBundle {
        issuers: (1..=3)
            .map(|number: u8| RawIssuer {
                ceiling: vec![b"read:*".to_vec(), format!("write:{number}").into_bytes()],
                max_lifetime: 60 * u32::from(number),
                not_before: NOW - i64::from(number),
                not_after: NOW + i64::from(number),
                rules: number << 3 | number << 1,
                quota: (number.into(), 60),
                ..RawIssuer::new(key(number), &format!("agent-{number}"), &format!("lab-{number}"))
            })
            .collect(),
        revoked_issuers: vec![key(2), key(8), key(9)],
        revoked_tokens: vec![(key(1), 8), (key(1), 9), (key(2), u64::MAX)],
        next_authority: key(7),
        ..RawBundle::new(NOW)
    }
    .sorted();
    let bytes = raw.sign_as_authority();
    let bundle = open(&bytes).expect("well formed");
    let issuers: Vec<_> = bundle.issuers().collect();
    assert_eq!(issuers.len(), raw.issuers.len());
    for (issuer, raw) in issuers.iter().zip(&raw.issuers) {
        assert_eq!(*issuer.key().as_bytes(), raw.key);
        assert_eq!((issuer.name().as_bytes(), issuer.project().as_bytes()), (&*raw.name, &*raw.project));
        assert!(issuer.allowed_scopes().iter().map(str::as_bytes).eq(raw.ceiling.iter().map(Vec::as_slice)));
        assert_eq!(issuer.longest_lifetime_seconds(), raw.max_lifetime);
        assert_eq!(issuer.window(), (raw.not_before, raw.not_after));
        assert_eq!(issuer.rules().to_byte(), raw.rules);
        assert_eq!(issuer.quota(), Some(quota(raw.quota.0, raw.quota.1)));
    }
    let [first, second, third] = issuers[..] else { panic!("three") };
    let mut bindings = [first, second, third].map(|issuer| issuer.rules());
    bindings.sort_by_key(|rules| rules.depth);
    let expected = [LeafBinding::Any, LeafBinding::Payload, LeafBinding::Challenge];
    assert_eq!(bindings.map(|rules| rules.leaf_binding), expected);
    assert_eq!((bundle.authority(), bundle.next_authority()), (authority(), Some(public(7))));
    assert!(bundle.revoked_issuers().map(|key| *key.as_bytes()).eq(raw.revoked_issuers));
    assert!(bundle.revoked_tokens().map(|(key, id)| (*key.as_bytes(), id)).eq(raw.revoked_tokens));
}

#[test]
fn the_accessors_of_an_issuer_tell_what_was_set() {
    let issuer = TrustedIssuer::new(public(1), "agent-1", "lab");
    assert_eq!(issuer.window(), (i64::MIN, i64::MAX));
    assert_eq!(issuer.longest_lifetime_seconds(), 86_400);
    assert_eq!((issuer.rules(), issuer.quota()), (Rules::default(), None));
    assert!(issuer.allowed_scopes().iter().eq(["*"]));
    let issuer = issuer.ceiling(&["read:*", "list"]).max_lifetime_seconds(60).valid_between(NOW, NOW + 9);
    assert_eq!(issuer.window(), (NOW, NOW + 9));
    assert_eq!(issuer.longest_lifetime_seconds(), 60);
    assert!(issuer.allowed_scopes().iter().eq(["read:*", "list"]));
}

#[test]
fn the_builder_refuses_what_must_not_be_in_a_bundle() {
    let authority = SigningKey::from_secret_bytes(&[9; 32]).expect("a secret");
    let build = |issuers: &mut [TrustedIssuer<'_>], revoked: &mut [(PublicKey, u64)], room: usize| {
        let mut buf = vec![0; room];
        let mut builder = TrustBundleBuilder::new(&authority, 1, NOW, NOW).issuers(issuers).revoked_tokens(revoked);
        builder.write_into(&mut buf, Clock::Known(NOW)).map(<[u8]>::len)
    };
    let good = TrustedIssuer::new(public(1), "agent-1", "lab");
    let len = build(&mut [good], &mut [], 1_000).expect("written");
    assert_eq!(build(&mut [good], &mut [], len), Ok(len));
    for room in 0..len {
        assert_eq!(build(&mut [good], &mut [], room), Err(Error::BufferTooSmall), "{room} bytes");
    }
    let guessable = derived_key("bot", "lab", None).verifying_key().to_bytes();
    let guessable = TrustedIssuer::new(PublicKey::from_bytes(&guessable).expect("a good key"), "bot", "lab");
    let scopes = ["s"; 256];
    for (issuer, error) in [
        (guessable, Error::GuessableIssuer),
        (TrustedIssuer::new(public(1), "", "lab"), Error::InvalidName),
        (TrustedIssuer::new(public(1), "bot", "\0"), Error::InvalidProject),
        (good.ceiling(&["read:"]), Error::InvalidScope),
        (good.ceiling(&scopes), Error::TooManyScopes),
        (good.with_rules(Rules { depth: 5, ..Rules::default() }), Error::MalformedBundle),
        (good.with_rules(Rules { depth: 255, ..Rules::default() }), Error::MalformedBundle),
        (good.with_quota(quota(1, 86_401)), Error::MalformedBundle),
    ] {
        assert_eq!(build(&mut [issuer], &mut [], 9_000), Err(error));
        assert_eq!(TrustTable::new(&[issuer]).err(), Some(error));
    }
    let most = good.with_rules(Rules { depth: 4, ..Rules::default() }).with_quota(quota(u32::MAX, 86_400));
    assert!(build(&mut [most], &mut [], 9_000).is_ok());
    assert!(build(&mut [guessable.allow_guessable()], &mut [], 1_000).is_ok());
    assert_eq!(build(&mut [good, good], &mut [], 1_000), Err(Error::DuplicateIssuer));
    assert_eq!(build(&mut [good], &mut [(public(1), 1), (public(1), 1)], 1_000), Err(Error::DuplicateIssuer));
    let most = ["s"; 255];
    assert!(build(&mut [good.ceiling(&most)], &mut [], 9_000).is_ok());
    let shown = format!("{authority:?}");
    assert!(shown.starts_with("SigningKey(") && !shown.contains("0909"), "{shown}");
}

/// No verifier would open such a bundle.
#[test]
fn the_builder_names_no_next_authority_that_cannot_take_over() {
    let signer = SigningKey::from_secret_bytes(&authority_key().to_bytes()).expect("a secret");
    let next = PublicKey::from_bytes(next_authority_key().verifying_key().as_bytes()).expect("a good key");
    let zeros = PublicKey::unvalidated([0; 32]);
    for (key, expected) in
        [(next, Ok(())), (authority(), Err(Error::MalformedBundle)), (zeros, Err(Error::MalformedBundle))]
    {
        let mut builder = TrustBundleBuilder::new(&signer, 1, NOW, NOW).next_authority(key);
        assert_eq!(builder.write_into(&mut [0; 512], Clock::Known(NOW)).map(drop), expected);
    }
}

/// A verifier that knows the time would not open a bundle with milliseconds in place of seconds.
#[test]
fn the_builder_signs_nothing_that_is_dated_ahead_unless_told_to() {
    let authority = SigningKey::from_secret_bytes(&authority_key().to_bytes()).expect("a secret");
    let build = |issued_at: i64, clock, allow| {
        let builder = TrustBundleBuilder::new(&authority, 1, issued_at, i64::MAX);
        let mut builder = if allow { builder.allow_dated_ahead() } else { builder };
        builder.write_into(&mut [0; 512], clock).map(drop)
    };
    assert_eq!(build(NOW + 30, Clock::Known(NOW), false), Ok(()));
    assert_eq!(build(NOW + 31, Clock::Known(NOW), false), Err(Error::BundleDatedAhead));
    assert_eq!(build(NOW * 1_000, Clock::Known(NOW), false), Err(Error::BundleDatedAhead));
    assert_eq!(build(NOW * 1_000, Clock::Known(NOW), true), Ok(()));
    assert_eq!(build(NOW * 1_000, Clock::Unknown, false), Ok(()), "nothing to compare with");
    assert_eq!(build(i64::MIN, Clock::Known(i64::MIN), false), Ok(()));
}

proptest! {
    /// Keys need not be points to be looked up, so that small ones can collide in every prefix.
    #[test]
    fn lookups_equal_those_of_ordinary_maps(
        issuers in proptest::collection::btree_map(vec(0u8..3, 2), "[a-z]{1,40}", 0..30),
        revoked_issuers in proptest::collection::btree_set(vec(0u8..3, 2), 0..9),
        revoked_tokens in proptest::collection::btree_set((vec(0u8..3, 2), 0u64..4), 0..30),
        asked in vec((vec(0u8..3, 2), 0u64..4), 30),
    ) {
        let widen = |short: &Vec<u8>| {
            let mut key = [0; 32];
            (key[0], key[31]) = (short[0], short[1]);
            key
        };
        let issuers: BTreeMap<[u8; 32], String> = issuers.iter().map(|(k, name)| (widen(k), name.clone())).collect();
        let revoked_issuers: BTreeSet<[u8; 32]> = revoked_issuers.iter().map(widen).collect();
        let revoked_tokens: BTreeSet<([u8; 32], u64)> = revoked_tokens.iter().map(|(k, id)| (widen(k), *id)).collect();
        let raw = RawBundle {
            issuers: issuers.iter().map(|(key, name)| RawIssuer::new(*key, name, "lab")).collect(),
            revoked_issuers: revoked_issuers.iter().copied().collect(),
            revoked_tokens: revoked_tokens.iter().copied().collect(),
            ..RawBundle::new(NOW)
        };
        let bytes = raw.sign_as_authority();
        let bundle = open(&bytes).expect("well formed");
        for (short, token_id) in &asked {
            let key = widen(short);
            let found = bundle.issuer(&key);
            prop_assert_eq!(found.map(|issuer| *issuer.key().as_bytes()), issuers.get(&key).map(|_| key));
            prop_assert_eq!(found.map(|issuer| issuer.name()), issuers.get(&key).map(String::as_str));
            prop_assert!(found.is_none_or(|issuer| issuer.project() == "lab"));
            let expected = if revoked_issuers.contains(&key) {
                Err(Error::IssuerRevoked)
            } else if revoked_tokens.contains(&(key, *token_id)) {
                Err(Error::TokenRevoked)
            } else {
                Ok(())
            };
            prop_assert_eq!(bundle.check_revocation(&key, *token_id), expected);
        }
    }

    /// Signed, so that the structure decides: whatever bytes stand there, nothing panics.
    #[test]
    fn arbitrary_signed_bytes_never_panic(mut patches in vec((any::<prop::sample::Index>(), any::<u8>()), 0..4)) {
        let mut signed = small().signed_bytes();
        for (at, byte) in patches.drain(..) {
            let at = at.index(signed.len());
            signed[at] = byte;
        }
        let signature = ed25519_dalek::Signer::sign(&authority_key(), &signed).to_bytes();
        let bytes = [signed.as_slice(), &signature].concat();
        if let Ok(bundle) = open(&bytes) {
            for number in 0..4 {
                let _ = (bundle.issuer(&key(number)), bundle.check_revocation(&key(number), 7));
            }
        }
    }
}
