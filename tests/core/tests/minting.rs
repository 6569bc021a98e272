//! Minting beyond the vectors: whatever is minted verifies, and a refused request writes nothing.

use agentid_nostd::{
    AgentIdentity, Clock, Error, TokenBuilder, decode_text, encode_text, is_valid_scope, random_token_id,
    scope_covers, text_len, token_len, verify_token,
};
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    /// Any request: either it is minted and then verifies with what was asked for, or the buffer is untouched.
    #[test]
    fn whatever_is_minted_verifies_and_whatever_is_not_leaves_the_buffer_alone(
        name in ".{0,20}",
        project in ".{0,20}",
        scopes in vec("[a*:\\x00]{0,4}|[a-z]{1,9}:[a-z]{1,9}", 0..4),
        ttl in prop_oneof![0u64..3, 1u64..86_400, 86_399u64..86_402, any::<u64>()],
        issued_at in prop_oneof![4 => 0i64..4_000_000_000, 1 => any::<i64>(), 1 => (i64::MAX - 90_000)..i64::MAX],
        short_by in 0usize..3,
    ) {
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        let valid_names = [&name, &project].iter().all(|s| !s.is_empty() && !s.contains('\0'));
        let agent = match AgentIdentity::derive(&name, &project, Some(&[5; 32])) {
            Ok(agent) => agent,
            Err(error) => {
                prop_assert!(!valid_names && matches!(error, Error::InvalidName | Error::InvalidProject));
                return Ok(());
            }
        };
        prop_assert!(valid_names);
        let len = 64 + 3 + name.len() + project.len() + scopes.iter().map(|scope| 1 + scope.len()).sum::<usize>() + 64;
        prop_assert_eq!(token_len(&name, &project, &scopes), len);
        let mut buf = vec![0x55; len - short_by];
        let builder = TokenBuilder::new(&agent, issued_at, 1).scopes(&scopes).ttl_seconds(ttl);
        let minted = builder.mint_into(&mut buf).map(<[u8]>::len);

        let well_formed = |scope: &&str| !scope.contains('\0') && scope.split(':').all(|segment| !segment.is_empty());
        let expected = if !scopes.iter().all(well_formed) {
            Err(Error::InvalidScope)
        } else if ttl == 0 {
            Err(Error::EmptyLifetime)
        } else if ttl > 86_400 {
            Err(Error::LifetimeTooLong)
        } else if i128::from(issued_at) + i128::from(ttl) > i128::from(i64::MAX) {
            Err(Error::TimeOverflow)
        } else if short_by > 0 {
            Err(Error::BufferTooSmall)
        } else {
            Ok(len)
        };
        prop_assert_eq!(minted, expected);
        if minted.is_ok() {
            let claims = verify_token(&buf, &agent.public_key(), Clock::Known(issued_at)).expect("accepted");
            prop_assert_eq!((claims.name(), claims.project()), (name.as_str(), project.as_str()));
            prop_assert!(claims.requested_scopes().eq(scopes.iter().copied()));
        } else {
            prop_assert!(buf.iter().all(|byte| *byte == 0x55), "written to");
        }
    }

    #[test]
    fn text_forms_are_read_back(bytes in vec(any::<u8>(), 0..300)) {
        let mut text = vec![0; text_len(bytes.len())];
        let text = encode_text(&bytes, &mut text).expect("fits").to_owned();
        prop_assert_eq!(text.len(), text_len(bytes.len()));
        let mut buf = [0; 300];
        // What begins like hexadecimal is read as that; a token never begins so as base64url.
        if !text.to_ascii_lowercase().starts_with("a9") {
            prop_assert_eq!(decode_text(&text, &mut buf), Ok(bytes.as_slice()));
        }
        let token = [&[0xa9], bytes.as_slice()].concat();
        let mut buf = [0; 301];
        prop_assert_eq!(decode_text(&hex::encode(&token), &mut buf), Ok(token.as_slice()));
        prop_assert_eq!(decode_text(&hex::encode_upper(&token), &mut buf), Ok(token.as_slice()));
    }

    #[test]
    fn any_text_is_read_or_refused_without_a_panic(text in "[A-Za-z0-9+/=_-]{0,40}|.{0,40}", room in 0usize..40) {
        let mut buf = vec![0; room];
        if let Ok(bytes) = decode_text(&text, &mut buf) {
            let bytes = bytes.to_vec();
            let mut again = vec![0; text_len(bytes.len())];
            let again = encode_text(&bytes, &mut again).expect("fits");
            let plain = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
            prop_assert!(again == plain || hex::encode(&bytes) == text.to_ascii_lowercase());
        }
    }

    /// Against the obvious model, which splits and collects.
    #[test]
    fn scope_cover_equals_a_naive_model(granted in "[ab*:]{0,6}", required in "[ab*:]{0,6}") {
        let split = |scope: &str| scope.split(':').map(str::to_owned).collect::<Vec<_>>();
        let valid = |scope: &str| split(scope).iter().all(|segment| !segment.is_empty());
        let (g, r) = (split(&granted), split(&required));
        let covers = granted == "*" || (g.len() == r.len() && g.iter().zip(&r).all(|(g, r)| g == "*" || g == r));
        prop_assert_eq!(is_valid_scope(&granted), valid(&granted));
        prop_assert_eq!(scope_covers(&granted, &required), valid(&granted) && valid(&required) && covers);
    }
}

#[test]
fn random_token_ids_differ() {
    let agent = AgentIdentity::derive("bot", "lab", None).expect("valid");
    let id = || {
        let mut buf = [0; 256];
        let builder = TokenBuilder::new(&agent, 0, random_token_id().expect("entropy"));
        let token = builder.mint_into(&mut buf).expect("mints");
        verify_token(token, &agent.public_key(), Clock::Known(0)).expect("accepted").token_id()
    };
    assert_ne!(id(), id());
}

#[test]
fn debug_output_shows_no_secret() {
    let secret = [0xab; 32];
    let agent = AgentIdentity::from_secret_bytes("bot", "lab", &secret).expect("valid");
    let shown = format!("{agent:?} {:?}", TokenBuilder::new(&agent, 0, 7));
    assert!(shown.contains("bot") && shown.contains("ag:sha256:"));
    assert!(!shown.contains("abab") && !shown.contains("171, 171"), "{shown}");
}
