//! The heap is never touched: a counting allocator sees nothing in parse, verify, derive, mint and
//! text.

use agentid_nostd::{
    AgentIdentity, Clock, Error, Policy, PublicKey, Token, TokenBuilder, Verifier, decode_text, encode_text,
    random_token_id, verify_token,
};
use agentid_test_kit::raw::RawToken;

const NOW: i64 = 1_790_000_000;

fn allocations(work: impl FnOnce()) -> u64 {
    allocation_counter::measure(work).count_total
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(std::hint::black_box(vec![1u8; 64]))), 1);
}

#[test]
fn parse_and_verify_allocate_nothing() {
    let raw = RawToken::example(NOW);
    let token = raw.sign_as_example();
    let key = PublicKey::from_bytes(&raw.issuer).expect("a good key");
    let count = allocations(|| {
        assert!(PublicKey::from_bytes(&raw.issuer).is_ok());
        assert_eq!(Token::parse(&token).expect("parses").requested_scopes().count(), 2);
        let claims = verify_token(&token, &key, Clock::Known(NOW)).expect("accepted");
        assert!(claims.permits("read:arxiv"));
        assert!(!claims.fingerprint().as_str().is_empty());
        assert_eq!(Verifier::new(&[key]).verify(&token, Clock::Known(NOW + 900)).err(), Some(Error::Expired));
        assert_eq!(Verifier::new(&[]).verify(&token, Clock::Known(NOW)).err(), Some(Error::UntrustedIssuer));
    });
    assert_eq!(count, 0);
}

#[test]
fn refusing_the_longest_token_allocates_nothing() {
    let scopes = vec![vec![b's'; 255]; 255];
    let raw = RawToken { name: vec![b'n'; 255], project: vec![b'p'; 255], scopes, ..RawToken::example(NOW) };
    let mut token = raw.sign_as_example();
    let key = PublicKey::from_bytes(&raw.issuer).expect("a good key");
    *token.last_mut().expect("not empty") ^= 1;
    let trusted = [key];
    let verifier = Verifier::new(&trusted).policy(Policy::new().max_token_len(token.len()));
    assert_eq!(
        allocations(|| assert_eq!(verifier.verify(&token, Clock::Known(NOW)).err(), Some(Error::BadSignature))),
        0
    );
    assert_eq!(verify_token(&token, &key, Clock::Known(NOW)).err(), Some(Error::TooLong), "unless told otherwise");
}

#[test]
fn derive_and_mint_allocate_nothing() {
    let mut buf = [0; 512];
    let count = allocations(|| {
        let agent = AgentIdentity::derive("research-bot", "phd-lab", Some(&[5; 32])).expect("valid");
        let token_id = random_token_id().expect("entropy");
        let builder = TokenBuilder::new(&agent, NOW, token_id).scopes(&["read:arxiv"]);
        assert!(builder.mint_into(&mut buf).is_ok());
    });
    assert_eq!(count, 0);
}

#[test]
fn text_allocates_nothing() {
    let (mut bytes, mut text) = ([0; 256], [0; 256]);
    let count = allocations(|| {
        for source in ["a91d0100ff", "qR0BAP8", "qR0BAP8=", "+/+/"] {
            let decoded = decode_text(source, &mut bytes).expect("good text");
            assert!(encode_text(decoded, &mut text).is_ok());
        }
        assert!(decode_text("qR0B\n", &mut bytes).is_err());
        assert!(agentid_nostd::authorization_text("AgentID qR0B").is_ok());
    });
    assert_eq!(count, 0);
}
