//! Our verdict against that of the published `agentid-core` 0.1.0, whose only excuses are the
//! differences that `SPEC.md` lists. Whether a difference applies is judged by the model, not by
//! the code under test.
//!
//! It does not compare codes, which only we have, nor policies other than the default.

use std::num::NonZeroU32;

use agentid_core::AgentClaims;
use agentid_nostd::{Claims, Clock, PublicKey, verify_token};
use agentid_test_kit::clock::unix_now;
use arbitrary::{Result, Unstructured};

use crate::input::{self, Agent, NOW};
use crate::model::{scope, signature, token};

/// Kind, and a token: 0 as it is, 1 signed anew, otherwise made from its fields. Times move to the
/// present, because `agentid-core` reads the clock.
pub fn run(data: &[u8]) {
    let _ = check(&mut Unstructured::new(data));
}

fn check(u: &mut Unstructured<'_>) -> Result<()> {
    let kind = u.arbitrary::<u8>()? % 4;
    let now = unix_now();
    let token = if kind < 2 { to_the_present(input::carried(u, kind)?, kind, now) } else { input::token(u, now)? };
    let required = if kind < 2 { "read:arxiv".to_owned() } else { input::scope_text(u)? };
    for agent in Agent::ALL {
        let ours = verify_token(&token, &agent.public(), Clock::Known(now));
        let theirs = published(&token, &agent.bytes());
        if unix_now() != now {
            // A token may have expired in between.
            return Ok(());
        }
        match (ours, theirs) {
            (Ok(ours), Some(theirs)) => {
                assert!(same_claims(&ours, &theirs), "{ours:?}, but {theirs:?}");
                if scope::is_scope(required.as_bytes()) {
                    assert_eq!(ours.permits(&required), theirs.permits(&required), "{required}");
                }
            }
            (Err(error), Some(theirs)) => {
                assert!(stricter(error.code(), &token, &theirs), "{error:?}, but {theirs:?}");
            }
            (Ok(claims), None) => assert!(looser(&token), "{claims:?}, but refused there"),
            (Err(_), None) => {}
        }
    }
    Ok(())
}

/// Their claims, or `None` where they refuse or panic: near the smallest time their arithmetic
/// overflows.
fn published(token: &[u8], key: &[u8; 32]) -> Option<AgentClaims> {
    let overflows = agentid_core::token::parse(token).is_ok_and(|claims| claims.issued_at < i64::MIN + 30);
    if overflows { None } else { agentid_core::token::verify(token, Some(key)).ok() }
}

/// Refused by us alone for a listed reason: it must be true of the token.
fn stricter(code: u8, bytes: &[u8], theirs: &AgentClaims) -> bool {
    let lifetime = i128::from(theirs.expires_at) - i128::from(theirs.issued_at);
    match code {
        1 => theirs.name.is_empty() || theirs.project.is_empty(),
        2 => bytes.len() > 4_096,
        5 => bytes[3] != 0,
        8 => !scope::is_agent_string(theirs.name.as_bytes()),
        9 => !scope::is_agent_string(theirs.project.as_bytes()),
        10 => theirs.scopes.iter().any(|written| !scope::is_scope(written.as_bytes())),
        11 => lifetime <= 0,
        12 => lifetime > 86_400,
        16 => {
            let r: &[u8; 32] = bytes[bytes.len() - 64..].first_chunk().expect("32 bytes");
            signature::point(r).is_none()
        }
        _ => false,
    }
}

/// Accepted by us alone: a part of small order in R, or a time at which their arithmetic overflows.
fn looser(bytes: &[u8]) -> bool {
    let token = token::parse(bytes).expect("accepted");
    let cofactor =
        token.signature_holds() && !signature::holds_without_cofactor(&token.issuer, &token.signed, &token.signature);
    cofactor || token.issued_at < i64::MIN + 30
}

fn same_claims(ours: &Claims<'_>, theirs: &AgentClaims) -> bool {
    (ours.name(), ours.project()) == (&theirs.name, &theirs.project)
        && ours.requested_scopes().eq(theirs.scopes.iter().map(String::as_str))
        && (ours.issued_at(), ours.expires_at()) == (theirs.issued_at, theirs.expires_at)
        && (ours.max_calls().map_or(0, NonZeroU32::get), ours.token_id()) == (theirs.max_calls, theirs.token_id)
        && ours.issuer() == &PublicKey::from_bytes(&theirs.issuer).expect("a key that we accepted")
        && ours.fingerprint().as_str() == theirs.fingerprint()
}

/// Moves times near that of the vectors to the present, before what is signed anew is signed.
fn to_the_present(mut bytes: Vec<u8>, kind: u8, now: i64) -> Vec<u8> {
    for at in [4, 12] {
        if let Some(field) = bytes.get_mut(at..at + 8) {
            let time = i64::from_be_bytes((&*field).try_into().expect("8 bytes"));
            if time.abs_diff(NOW) < 1 << 32 {
                field.copy_from_slice(&(time - NOW + now).to_be_bytes());
            }
        }
    }
    if kind == 1 {
        bytes.truncate(bytes.len() - 64);
        let signature = ed25519_dalek::Signer::sign(Agent::ALL[0].key(), &bytes).to_bytes();
        bytes.extend(signature);
    }
    bytes
}
