//! One token, every cut and every flipped bit: all refused, and before the curve where that is
//! possible.

use agentid_nostd::{Clock, Error, PublicKey, Token, verify_token};
use agentid_test_kit::raw::RawToken;
use proptest::prelude::*;

const NOW: i64 = 1_790_000_000;

fn example() -> (Vec<u8>, PublicKey) {
    let raw = RawToken::example(NOW);
    (raw.sign_as_example(), PublicKey::from_bytes(&raw.issuer).expect("a good key"))
}

#[test]
fn the_example_itself_is_accepted_and_has_173_bytes() {
    let (token, key) = example();
    assert_eq!(token.len(), 173);
    assert!(verify_token(&token, &key, Clock::Known(NOW)).is_ok());
}

#[test]
fn every_truncation_is_refused() {
    let (token, key) = example();
    for len in 0..token.len() {
        assert!(verify_token(&token[..len], &key, Clock::Known(NOW)).is_err(), "{len} bytes");
        assert!(Token::parse(&token[..len]).is_err(), "{len} bytes");
    }
}

#[test]
fn every_removed_first_byte_is_refused() {
    let (token, key) = example();
    for start in 1..=token.len() {
        assert!(verify_token(&token[start..], &key, Clock::Known(NOW)).is_err(), "from byte {start}");
    }
}

#[test]
fn every_flipped_bit_is_refused() {
    let (mut token, key) = example();
    for at in 0..token.len() {
        for bit in 0..8 {
            token[at] ^= 1 << bit;
            assert!(verify_token(&token, &key, Clock::Known(NOW)).is_err(), "byte {at}, bit {bit}");
            token[at] ^= 1 << bit;
        }
    }
}

#[test]
fn every_other_value_of_every_byte_of_the_structure_is_refused() {
    let (mut token, key) = example();
    for at in (0..4).chain([64, 77, 85, 86, 97]) {
        let right = token[at];
        for wrong in (0..=255).filter(|byte| *byte != right) {
            token[at] = wrong;
            assert!(verify_token(&token, &key, Clock::Known(NOW)).is_err(), "byte {at} is {wrong}");
        }
        token[at] = right;
    }
}

#[test]
fn scopes_say_how_many_are_left() {
    let (token, _) = example();
    let mut scopes = Token::parse(&token).expect("parses").requested_scopes();
    for (left, scope) in [(2, Some("read:arxiv")), (1, Some("write:notes")), (0, None), (0, None)] {
        assert_eq!((scopes.len(), scopes.size_hint()), (left, (left, Some(left))));
        assert_eq!(scopes.next(), scope);
    }
}

#[test]
fn debug_output_shows_no_signature() {
    let (token, key) = example();
    let signature = hex::encode(&token[109..]);
    let claims = verify_token(&token, &key, Clock::Known(NOW)).expect("accepted");
    let shown = format!("{:?} {claims:?}", Token::parse(&token).expect("parses"));
    assert!(shown.contains("research-bot") && shown.contains("read:arxiv"));
    assert!(shown.contains("ag:sha256:022a6b577d76ae03"));
    assert!(format!("{key:?}").contains("11a5d4234263750789354f87c9285d09"));
    for window in signature.as_bytes().windows(8) {
        let hex = std::str::from_utf8(window).expect("ASCII");
        assert!(!shown.contains(hex));
    }
    let decimal = format!("{}, {}", token[109], token[110]);
    assert!(!shown.contains(&decimal));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic_and_are_never_accepted(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let (_, key) = example();
        prop_assert!(verify_token(&bytes, &key, Clock::Known(NOW)).is_err());
    }

    /// Past the header checks, so that the length prefixes are reached.
    #[test]
    fn arbitrary_bytes_behind_a_good_header_never_panic(tail in proptest::collection::vec(any::<u8>(), 0..400), now: i64) {
        let (token, key) = example();
        let bytes = [&token[..64], &tail].concat();
        prop_assert!(verify_token(&bytes, &key, Clock::Known(now)).is_err());
        if let Ok(parsed) = Token::parse(&bytes) {
            let scopes = parsed.requested_scopes();
            prop_assert_eq!(scopes.len(), scopes.count());
        }
    }

    #[test]
    fn any_now_and_any_times_never_overflow(issued_at: i64, expires_at: i64, now: i64) {
        let raw = RawToken { issued_at, expires_at, ..RawToken::example(0) };
        let (_, key) = example();
        let verdict = verify_token(&raw.sign_as_example(), &key, Clock::Known(now)).map(|_| ());
        // The same rules in wider integers.
        let (issued_at, expires_at, now) = (i128::from(issued_at), i128::from(expires_at), i128::from(now));
        let expected = if expires_at <= issued_at {
            Err(Error::EmptyLifetime)
        } else if expires_at - issued_at > 86_400 {
            Err(Error::LifetimeTooLong)
        } else if now >= expires_at {
            Err(Error::Expired)
        } else if now < issued_at - 30 {
            Err(Error::NotYetValid)
        } else {
            Ok(())
        };
        prop_assert_eq!(verdict, expected);
    }
}
