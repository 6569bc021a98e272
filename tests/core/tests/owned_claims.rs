//! Claims that outlive their token: they say and permit what the claims did that they were made
//! from.

use std::collections::BTreeSet;

use agentid_nostd::{
    Call, Claims, Clock, CountedElsewhere, Error, Gate, OwnedClaims, Policy, PublicKey, Since, TimePolicy,
    TrustAnchor, TrustBundle, TrustTable, TrustedIssuer, Verifier, verify_token,
};
use agentid_test_kit::raw::{RawToken, example_key};
use agentid_test_kit::vectors::{Record, on_disk, parse, unescape};

const NOW: i64 = 1_790_000_000;

const fn can_go_anywhere<T: Send + Sync + 'static>() {}
const _: () = can_go_anywhere::<OwnedClaims<Vec<u8>>>();
const _: () = can_go_anywhere::<OwnedClaims<heapless::Vec<u8, 64>>>();
const _: () = can_go_anywhere::<OwnedClaims<&'static [u8]>>();

fn records() -> Vec<Record> {
    on_disk().values().flat_map(|text| parse(text).expect("parses")).collect()
}

fn text(escaped: &str) -> String {
    String::from_utf8(unescape(escaped)).expect("UTF-8")
}

/// Every scope that a vector asks for, grants or compares, and some that nobody may have.
fn scopes(records: &[Record]) -> BTreeSet<String> {
    let mut scopes: BTreeSet<String> = ["", ":", "*", "a\0", "read:"].map(str::to_owned).into();
    for record in records {
        scopes.extend(["required", "granted"].iter().flat_map(|key| record.all(key)).map(text));
        scopes.extend(record.all("scopes").flat_map(|list| list.split(' ')).map(text));
        scopes.extend(record.all("call").flat_map(|call| call.split(' ').skip(2)).map(text));
    }
    scopes
}

fn assert_same<B: AsRef<[u8]>>(owned: &OwnedClaims<B>, claims: &Claims<'_>, scopes: &BTreeSet<String>) {
    assert_eq!((owned.name(), owned.project()), (claims.name(), claims.project()));
    assert!(owned.requested_scopes().eq(claims.requested_scopes()));
    let [ours, theirs] = [owned.ceiling(), claims.ceiling()]
        .map(|ceiling| ceiling.map(|ceiling| ceiling.iter().map(str::to_owned).collect::<Vec<_>>()));
    assert_eq!(ours, theirs);
    assert_eq!((owned.issued_at(), owned.expires_at()), (claims.issued_at(), claims.expires_at()));
    assert_eq!((owned.max_calls(), owned.token_id()), (claims.max_calls(), claims.token_id()));
    assert_eq!((owned.issuer(), owned.fingerprint()), (*claims.issuer(), claims.fingerprint()));
    for scope in scopes {
        assert_eq!(owned.permits(scope), claims.permits(scope), "{scope:?}");
    }
    assert_eq!(format!("{:?}", owned.claims().expect("kept")), format!("{claims:?}"));
}

/// In every memory that there is, and once more from claims that were owned before.
fn assert_kept(claims: &Claims<'_>, scopes: &BTreeSet<String>) {
    let on_the_heap = claims.to_vec();
    assert_same(&on_the_heap, claims, scopes);
    assert_same(&on_the_heap.clone(), claims, scopes);
    let mut buffer = vec![0x55; 140_000];
    assert_same(&claims.to_buffer(&mut buffer).expect("room"), claims, scopes);
    if let Ok(owned) = claims.to_heapless::<512>() {
        assert_same(&owned, claims, scopes);
    }
    let again = on_the_heap.claims().expect("kept").to_vec();
    assert_same(&again, claims, scopes);
}

#[test]
#[cfg_attr(miri, ignore = "many signatures")]
fn every_accepted_vector_is_kept_as_it_is() {
    let records = records();
    let scopes = scopes(&records);
    let (mut of_verifiers, mut of_gates, mut permitted) = (0, 0, 0);
    let mut keep = |claims: &Claims<'_>| {
        assert_kept(claims, &scopes);
        permitted += scopes.iter().filter(|scope| claims.permits(scope)).count();
    };
    for record in &records {
        let accepted = record.output("code") == Some("0");
        let tokens: Vec<Vec<u8>> = record.all("token").map(|token| hex::decode(token).expect("hex")).collect();
        match record.input("op") {
            Some("verify") if accepted => {
                let trusted = record
                    .input("trusted")
                    .unwrap_or_default()
                    .split(' ')
                    .filter_map(|key| Some(PublicKey::unvalidated(hex::decode(key).ok()?.try_into().ok()?)));
                let trusted: Vec<PublicKey> = trusted.collect();
                let now = record.input("now").and_then(|now| now.parse().ok()).expect("a time");
                let wide = Policy::new().clock_skew_seconds(u32::MAX).max_lifetime_seconds(u64::MAX);
                let verifier = Verifier::new(&trusted).policy(wide.max_token_len(usize::MAX));
                keep(&verifier.verify(&tokens[0], Clock::Known(now)).expect("accepted"));
                of_verifiers += 1;
            }
            // Under each bundle, whatever the call asks for and at any time: all that was admitted,
            // and more.
            Some("gate") if accepted => {
                let authority = hex::decode(record.input("authority").expect("one")).expect("hex");
                let anchor = TrustAnchor::new(PublicKey::try_from(&authority[..]).expect("a key"));
                for bundle in record.all("bundle") {
                    let bundle = hex::decode(bundle).expect("hex");
                    let Ok(bundle) = TrustBundle::open(&bundle, &anchor, Clock::Unknown) else { continue };
                    let policy = Policy::new().time_policy(TimePolicy::AllowUnknown);
                    let gate = Gate::new(bundle, CountedElsewhere(Since::Beginning)).policy(policy);
                    for token in &tokens {
                        if let Ok(uncounted) = gate.check(token, &Call::new(&[]), Clock::Unknown) {
                            keep(uncounted.claims());
                            of_gates += 1;
                        }
                    }
                }
            }
            _ => {}
        }
    }
    assert!(of_verifiers > 60 && of_gates > 100 && permitted > 300, "{of_verifiers} {of_gates} {permitted}");
}

fn example() -> (Vec<u8>, PublicKey) {
    (
        RawToken::example(NOW).sign_as_example(),
        PublicKey::from_bytes(example_key().verifying_key().as_bytes()).expect("good"),
    )
}

#[test]
fn a_buffer_that_is_a_byte_too_short_is_refused() {
    let (token, key) = example();
    let claims = verify_token(&token, &key, Clock::Known(NOW)).expect("accepted");
    let mut buffer = [0x55; 173];
    for len in 0..109 {
        assert_eq!(claims.to_buffer(&mut buffer[..len]).map(drop), Err(Error::BufferTooSmall), "{len}");
    }
    assert_eq!(Error::BufferTooSmall.code(), 24);
    assert!(claims.to_buffer(&mut buffer[..109]).is_ok());
    assert_eq!(buffer[..109], token[..109], "what was signed");
    assert!(buffer[109..].iter().all(|byte| *byte == 0x55), "and nothing else");
    assert!(claims.to_heapless::<109>().is_ok());
    assert_eq!(claims.to_heapless::<108>().map(drop), Err(Error::BufferTooSmall));

    // With a ceiling: its count, and each scope behind its length.
    let issuers = [TrustedIssuer::new(key, "research-bot", "phd-lab").ceiling(&["read:*", "list"]).allow_guessable()];
    let gate = Gate::new(TrustTable::new(&issuers).expect("valid"), CountedElsewhere(Since::Beginning));
    let uncounted = gate.check(&token, &Call::new(&[]), Clock::Known(NOW)).expect("holds");
    let claims = uncounted.claims();
    let len = 109 + 1 + 7 + 5;
    for len in 0..len {
        assert_eq!(claims.to_buffer(&mut buffer[..len]).map(drop), Err(Error::BufferTooSmall), "{len}");
    }
    let owned = claims.to_buffer(&mut buffer).expect("room");
    assert!(owned.permits("read:arxiv") && !owned.permits("write:notes"), "the ceiling is heeded");
    assert_eq!(&buffer[109..len], b"\x02\x06read:*\x04list");
    assert!(claims.to_heapless::<122>().is_ok());
    assert_eq!(claims.to_heapless::<121>().map(drop), Err(Error::BufferTooSmall));
}

/// Whoever reads the memory or a log cannot present the token.
#[test]
fn nothing_of_the_signature_is_kept_or_shown() {
    let (token, key) = example();
    let claims = verify_token(&token, &key, Clock::Known(NOW)).expect("accepted");
    let signature = &token[109..];
    let mut buffer = [0; 512];
    let owned = claims.to_buffer(&mut buffer).expect("room");
    let shown = format!("{owned:?} {owned:#?} {:?}", claims.to_vec());
    let printed = serde_json::to_string(&claims.to_vec()).expect("printed");
    assert!(shown.contains("research-bot") && shown.contains("ag:sha256:022a6b577d76ae03"));
    for four in signature.windows(4) {
        assert!(!buffer.windows(4).any(|kept| kept == four));
        let (hex, decimal) = (hex::encode(four), format!("{}, {}, {}, {}", four[0], four[1], four[2], four[3]));
        for text in [&shown, &printed] {
            assert!(!text.contains(&hex) && !text.contains(&decimal), "{text}");
        }
    }
}

/// Numbers that JavaScript would round are text.
#[test]
fn serde_writes_what_people_read() {
    let (token, key) = example();
    let owned = verify_token(&token, &key, Clock::Known(NOW)).expect("accepted").to_vec();
    let expected = serde_json::json!({
        "name": "research-bot",
        "project": "phd-lab",
        "requested_scopes": ["read:arxiv", "write:notes"],
        "ceiling": null,
        "issued_at": NOW,
        "expires_at": NOW + 900,
        "max_calls": 100,
        "token_id": "0123456789abcdef",
        "issuer": hex::encode(key.as_bytes()),
        "fingerprint": "ag:sha256:022a6b577d76ae03",
    });
    assert_eq!(serde_json::to_value(&owned).expect("printed"), expected);

    let issuers = [TrustedIssuer::new(key, "research-bot", "phd-lab").ceiling(&["read:*", "list"]).allow_guessable()];
    let gate = Gate::new(TrustTable::new(&issuers).expect("valid"), CountedElsewhere(Since::Beginning));
    let unlimited = RawToken { max_calls: 0, token_id: 7, ..RawToken::example(NOW) }.sign_as_example();
    let uncounted = gate.check(&unlimited, &Call::new(&[]), Clock::Known(NOW)).expect("holds");
    let printed = serde_json::to_value(uncounted.claims().to_vec()).expect("printed");
    assert_eq!(printed["ceiling"], serde_json::json!(["read:*", "list"]));
    assert_eq!((&printed["max_calls"], &printed["token_id"]), (&serde_json::Value::Null, &"0000000000000007".into()));
}
