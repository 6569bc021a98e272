//! Any request: what is minted is, byte by byte, what an independent writer signs with another
//! curve library, and it verifies; what is refused is refused for the first reason that applies,
//! and the buffer is untouched.
//!
//! It does not prove that `random_token_id` is random.

use agentid_nostd::{
    AgentIdentity, Clock, Policy, PublicKey, TokenBuilder, Verifier, random_token_id, token_len, verify_token,
};
use agentid_test_kit::raw::{RawToken, derived_key};
use arbitrary::{Result, Unstructured};
use ed25519_dalek::SigningKey;

use crate::input::{list, prefixed, text};
use crate::model::class::assert_refused;
use crate::model::scope;

struct Request {
    /// Derived from this seed, or else the secret itself.
    seed: Option<Vec<u8>>,
    /// A seed of any length will do.
    weak: bool,
    secret: [u8; 32],
    name: String,
    project: String,
    scopes: Vec<String>,
    ttl: u64,
    max_calls: u32,
    issued_at: i64,
    token_id: u64,
    short_by: usize,
}

/// Flags: 1 derived, 8 more scopes than fit, 16 two bytes short, 32 the default lifetime,
/// 64 a random id, 128 a seed that must be long; then the secret, numbers and strings.
pub fn run(data: &[u8]) {
    if let Ok(request) = request(&mut Unstructured::new(data)) {
        check(&request);
    }
}

fn request(u: &mut Unstructured<'_>) -> Result<Request> {
    let flags: u8 = u.arbitrary()?;
    let mut request = Request {
        secret: u.arbitrary()?,
        ttl: u.arbitrary()?,
        issued_at: u.arbitrary()?,
        token_id: u.arbitrary()?,
        max_calls: u.arbitrary()?,
        name: text(u)?,
        project: text(u)?,
        scopes: list(u, 8, text)?,
        seed: None,
        weak: flags & 128 == 0,
        short_by: 0,
    };
    if flags & 1 != 0 {
        request.seed = Some(prefixed(u)?);
    }
    if flags & 8 != 0 {
        let fill = request.scopes.first().cloned().unwrap_or("s".into());
        request.scopes.resize(usize::from(flags >> 4) + 250, fill);
    }
    if flags & 16 != 0 {
        request.short_by = 2;
    }
    if flags & 32 != 0 {
        request.ttl = 900;
    }
    if flags & 64 != 0 {
        random_ids_differ();
    }
    Ok(request)
}

fn check(request: &Request) {
    let (name, project) = (request.name.as_str(), request.project.as_str());
    let identity = match &request.seed {
        Some(seed) if request.weak => AgentIdentity::derive_with_weak_seed(name, project, seed),
        Some(seed) => AgentIdentity::derive(name, project, Some(seed)),
        None => AgentIdentity::from_secret_bytes(name, project, &request.secret),
    };
    let identity = match (identity, refused_identity(request)) {
        (Ok(identity), None) => identity,
        (Err(error), code) => {
            return assert_refused(error, code.expect("no reason to refuse"));
        }
        (Ok(identity), code) => panic!("{identity:?}, but {code:?}"),
    };
    let key = match &request.seed {
        Some(seed) => derived_key(name, project, Some(seed)),
        None => SigningKey::from_bytes(&request.secret),
    };
    assert_eq!(identity.public_key().as_bytes(), key.verifying_key().as_bytes());
    assert!(format!("{identity:?}").contains(identity.fingerprint().as_str()));

    let scopes: Vec<&str> = request.scopes.iter().map(String::as_str).collect();
    let mut builder =
        TokenBuilder::new(&identity, request.issued_at, request.token_id).scopes(&scopes).ttl_seconds(request.ttl);
    builder = builder.max_calls(request.max_calls);
    let mut buf = vec![0x55; token_len(name, project, &scopes) - request.short_by];
    match (builder.mint_into(&mut buf).map(<[u8]>::to_vec), expected(request, &key)) {
        (Ok(minted), Ok(expected)) => {
            assert_eq!(hex::encode(&minted), hex::encode(expected));
            let key = PublicKey::from_bytes(key.verifying_key().as_bytes()).expect("a good key");
            let trusted = [key];
            let verifier = Verifier::new(&trusted).policy(Policy::new().max_token_len(minted.len()));
            let claims = verifier.verify(&minted, Clock::Known(request.issued_at)).expect("accepted");
            assert_eq!((claims.name(), claims.project()), (identity.name(), identity.project()));
        }
        (Err(error), Err(code)) => {
            assert_refused(error, code);
            assert!(buf.iter().all(|byte| *byte == 0x55), "written to");
        }
        (minted, expected) => panic!("{minted:?}, but {expected:?}"),
    }
}

/// `SPEC.md`, section 5.
fn refused_identity(request: &Request) -> Option<u8> {
    if !scope::is_agent_string(request.name.as_bytes()) {
        return Some(8);
    }
    if !scope::is_agent_string(request.project.as_bytes()) {
        return Some(9);
    }
    match &request.seed {
        Some(seed) => (seed.len() < 16 && !request.weak).then_some(63),
        None => (request.secret == [0; 32]).then_some(18),
    }
}

/// `SPEC.md`, section 6.
fn expected(request: &Request, key: &SigningKey) -> std::result::Result<Vec<u8>, u8> {
    if request.scopes.len() > 255 {
        return Err(20);
    }
    if !request.scopes.iter().all(|written| scope::is_scope(written.as_bytes())) {
        return Err(10);
    }
    if request.ttl == 0 {
        return Err(11);
    }
    if request.ttl > 86_400 {
        return Err(12);
    }
    let Request { issued_at, token_id, .. } = *request;
    let expires_at = i64::try_from(i128::from(issued_at) + i128::from(request.ttl)).map_err(|_| 23)?;
    if request.short_by > 0 {
        return Err(24);
    }
    let raw = RawToken {
        issued_at,
        expires_at,
        max_calls: request.max_calls,
        token_id,
        issuer: key.verifying_key().to_bytes(),
        name: request.name.clone().into(),
        project: request.project.clone().into(),
        scopes: request.scopes.iter().map(|scope| scope.clone().into()).collect(),
        ..RawToken::example(0)
    };
    Ok(raw.sign(key))
}

/// Twice the same would be a matter of 2⁻⁶⁴.
fn random_ids_differ() {
    let identity = AgentIdentity::derive("bot", "lab", None).expect("valid");
    let id = || {
        let mut buf = [0; 256];
        let token = TokenBuilder::new(&identity, 0, random_token_id().expect("entropy"));
        let token = token.mint_into(&mut buf).expect("minted");
        verify_token(token, &identity.public_key(), Clock::Known(0)).expect("accepted").token_id()
    };
    assert_ne!(id(), id());
}
