//! Tokens under any policy: the verdict, the claims and what they permit are those of the model,
//! and every backend answers alike.
//!
//! The curve of the model is `curve25519-dalek`'s, so an error that both libraries make would not
//! show.

use std::num::NonZeroU32;
use std::sync::LazyLock;

use agentid_nostd::{
    Builtin, CacheSlot, Clock, Dalek, Error, HashKey, Precomputed, PrecomputedBase, PrecomputedKey, PrecomputedTable,
    PublicKey, TimePolicy, VerifiedCache, Verifier,
};
use arbitrary::{Result, Unstructured};

use crate::input::{self, Agent, NOW};
use crate::model::class::assert_refused;
use crate::model::token::{self, Policy};
use crate::model::{scope, signature};

/// Of the two agents that are always trusted, the first.
static PRECOMPUTED: LazyLock<[PrecomputedKey<'static>; 1]> = LazyLock::new(|| {
    let key = PublicKey::from_bytes(&Agent::ALL[0].bytes()).expect("a key");
    let table = Box::leak(Box::new(PrecomputedTable::new(&key).expect("a key")));
    [PrecomputedKey::new(&key, table).expect("its table")]
});

/// Of the other one, with the fewest multiples there can be, read back from words; tables of
/// something else are refused.
static PRECOMPUTED_SMALL: LazyLock<[PrecomputedKey<'static, 4>; 1]> = LazyLock::new(|| {
    let key = PublicKey::from_bytes(&Agent::ALL[1].bytes()).expect("a key");
    let words = PrecomputedTable::<4>::new(&key).expect("a key").words();
    let table: &_ = Box::leak(Box::new(PrecomputedTable::from_words(&words)));
    let base: &_ = Box::leak(Box::new(PrecomputedBase::new()));
    let other = PublicKey::from_bytes(&Agent::ALL[0].bytes()).expect("a key");
    assert!(PrecomputedKey::with_base(&other, table, base).is_err());
    let precomputed = PrecomputedKey::with_base(&key, table, base).expect("its table");
    assert_eq!(
        (precomputed.key(), format!("{table:?}, {base:?}").as_str()),
        (&key, "PrecomputedTable<4>, PrecomputedBase<4>")
    );
    assert!(format!("{precomputed:?}").contains(&format!("{key:?}")));
    [precomputed]
});

/// Kind, time, policy, and a token: 0 as it is, with the one key to trust before it; 1 the same
/// signed anew; otherwise made from its fields.
pub fn run(data: &[u8]) {
    let _ = check(&mut Unstructured::new(data));
}

fn check(u: &mut Unstructured<'_>) -> Result<()> {
    let kind = u.arbitrary::<u8>()? % 4;
    let now = if kind < 2 { u.arbitrary()? } else { input::time(u, NOW)? };
    let policy = policy(u)?;
    let mut trusted = Agent::ALL[..2].iter().map(|agent| agent.bytes()).collect::<Vec<_>>();
    let token = if kind < 2 {
        let key = u.arbitrary()?;
        let is_key = signature::point(&key).is_some();
        assert_eq!(PublicKey::from_bytes_with(Builtin, &key).is_ok(), is_key);
        assert_eq!(PublicKey::from_bytes_with(Dalek, &key).is_ok(), is_key);
        let checked = PublicKey::from_bytes(&key);
        assert_eq!(checked, if is_key { Ok(PublicKey::unvalidated(key)) } else { Err(Error::InvalidPublicKey) });
        trusted.push(key);
        input::carried(u, kind)?
    } else {
        input::token(u, NOW)?
    };
    let required = if kind < 2 { "read:arxiv".to_owned() } else { input::scope_text(u)? };

    let keys: Vec<PublicKey> = trusted.iter().map(|key| PublicKey::unvalidated(*key)).collect();
    let verifier = Verifier::new(&keys).policy(policy.ours());
    for (clock, time_policy) in [
        (Clock::AtLeast(now), TimePolicy::RequireKnown),
        (Clock::AtLeast(now), TimePolicy::AllowLowerBound),
        (Clock::Unknown, TimePolicy::AllowLowerBound),
        (Clock::Unknown, TimePolicy::AllowUnknown),
    ] {
        let verdict = verifier.policy(policy.ours().time_policy(time_policy)).verify(&token, clock);
        let model = token::verify(&token, &trusted, clock, time_policy, policy);
        assert_eq!(verdict.err().map(Error::code), model.err(), "{clock:?}, {time_policy:?}");
    }
    let now = Clock::Known(now);
    let verdict = verifier.verify(&token, now);
    let code = verdict.as_ref().err();
    assert_eq!(verifier.with_backend(Builtin).verify(&token, now).as_ref().err(), code);
    assert_eq!(verifier.with_backend(Dalek).verify(&token, now).as_ref().err(), code);
    assert_eq!(verifier.with_backend(Precomputed::new(&*PRECOMPUTED)).verify(&token, now).as_ref().err(), code);
    assert_eq!(verifier.with_backend(Precomputed::new(&*PRECOMPUTED_SMALL)).verify(&token, now).as_ref().err(), code);
    let cache = VerifiedCache::new(Builtin, HashKey::new([0; 16]), [CacheSlot::<256>::EMPTY; 4]);
    for _ in 0..2 {
        assert_eq!(verifier.with_backend(&cache).verify(&token, now).as_ref().err(), code);
    }
    match (verdict, token::verify(&token, &trusted, now, TimePolicy::RequireKnown, policy)) {
        (Ok(claims), Ok(model)) => {
            assert_eq!((claims.name(), claims.project()), (model.name.as_str(), model.project.as_str()));
            assert!(claims.requested_scopes().eq(model.scopes.iter().map(String::as_str)));
            assert_eq!((claims.issued_at(), claims.expires_at()), (model.issued_at, model.expires_at));
            assert_eq!(
                (claims.max_calls().map_or(0, NonZeroU32::get), claims.token_id()),
                (model.max_calls, model.token_id)
            );
            assert_eq!(claims.issuer().as_bytes(), &model.issuer);
            assert_eq!(claims.permits(&required), scope::any_covers(&model.scopes, &required));
            assert!(format!("{claims:?}").contains(claims.fingerprint().as_str()));
        }
        (Err(error), Err(code)) => {
            assert_refused(error, code);
            assert!(error.name().len() > 3 && error.to_string() == error.message());
        }
        (ours, model) => panic!("{ours:?}, but {model:?}"),
    }
    Ok(())
}

/// Mostly the default.
pub(super) fn policy(u: &mut Unstructured<'_>) -> Result<Policy> {
    if u.arbitrary::<u8>()? < 128 {
        return Ok(Policy::DEFAULT);
    }
    let any = |u: &mut Unstructured<'_>, usual: u64| match u.arbitrary::<u8>()? % 4 {
        0 => Ok(usual),
        1 => u.arbitrary::<u8>().map(u64::from),
        2 => u.arbitrary::<u16>().map(u64::from),
        _ => u.arbitrary(),
    };
    Ok(Policy {
        max_len: usize::try_from(any(u, 4_096)?).unwrap_or(usize::MAX),
        max_lifetime: any(u, 86_400)?,
        skew: u32::try_from(any(u, 30)?).unwrap_or(u32::MAX),
    })
}
