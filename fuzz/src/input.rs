//! The fuzzer's bytes as times, strings, keys and signed tokens: mostly sensible, so that the
//! signature is reached.
//!
//! Zero bytes, which is what an input that has ended yields, mean the ordinary choice everywhere.

use std::sync::LazyLock;

use agentid_nostd::{Clock, PublicKey};
use agentid_test_kit::points::craft;
use agentid_test_kit::raw::{RawToken, derived_key};
use arbitrary::{Result, Unstructured};
use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::scalar::Scalar;
use ed25519_dalek::{Signer, SigningKey};

/// The time that everything lies near, in Unix seconds; that of the vectors.
pub(crate) const NOW: i64 = 1_790_000_000;

/// The agents that sign.
const AGENTS: [(&str, &str); 3] = [("research-bot", "phd-lab"), ("bot", "lab"), ("b", "l")];

static KEYS: LazyLock<[SigningKey; 3]> =
    LazyLock::new(|| AGENTS.map(|(name, project)| derived_key(name, project, Some(b"seed"))));

/// Whoever signs a token.
#[derive(Clone, Copy)]
pub(crate) struct Agent(usize);

impl Agent {
    pub(crate) const ALL: [Self; 3] = [Self(0), Self(1), Self(2)];

    pub(crate) fn choose(u: &mut Unstructured<'_>) -> Result<Self> {
        Ok(Self::ALL[usize::from(u.arbitrary::<u8>()?) % 3])
    }

    pub(crate) fn key(self) -> &'static SigningKey {
        &KEYS[self.0]
    }

    pub(crate) fn name(self) -> &'static str {
        AGENTS[self.0].0
    }

    pub(crate) fn project(self) -> &'static str {
        AGENTS[self.0].1
    }

    pub(crate) fn bytes(self) -> [u8; 32] {
        self.key().verifying_key().to_bytes()
    }

    pub(crate) fn public(self) -> PublicKey {
        PublicKey::from_bytes(&self.bytes()).expect("a good key")
    }
}

/// A time near `base`, or an extreme one.
pub(crate) fn time(u: &mut Unstructured<'_>, base: i64) -> Result<i64> {
    Ok(match u.arbitrary::<u8>()? % 16 {
        0..=9 => base + i64::from(u.arbitrary::<i8>()?),
        10..=12 => base + i64::from(u.arbitrary::<i32>()? % 100_000),
        13 => [i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX][usize::from(u.arbitrary::<u8>()? % 4)],
        _ => u.arbitrary()?,
    })
}

pub(crate) fn clock(u: &mut Unstructured<'_>) -> Result<Clock> {
    Ok(match u.arbitrary::<u8>()? % 8 {
        0..=5 => Clock::Known(time(u, NOW)?),
        6 => Clock::AtLeast(time(u, NOW)?),
        _ => Clock::Unknown,
    })
}

/// One byte of length, then at most that many bytes.
pub(crate) fn prefixed(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let len = usize::from(u.arbitrary::<u8>()?).min(u.len());
    Ok(u.bytes(len)?.to_vec())
}

/// As [`prefixed`], with whatever is no UTF-8 replaced, which can make it longer than 255 bytes.
pub(crate) fn text(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(String::from_utf8_lossy(&prefixed(u)?).into_owned())
}

/// `usual`, mostly.
fn string(u: &mut Unstructured<'_>, usual: &str) -> Result<Vec<u8>> {
    Ok(match u.arbitrary::<u8>()? % 8 {
        0..=5 => usual.into(),
        6 => prefixed(u)?,
        _ => [usual.as_bytes(), &prefixed(u)?].concat().into_iter().take(255).collect(),
    })
}

/// Scopes that meet one another, and others.
pub(crate) fn scope(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    const USUAL: [&str; 10] =
        ["door:north:open", "door:*:open", "*", "door:broken", "door", "door:*", "a", "a:b:c:d", "alarm:off", "a:"];
    let usual = USUAL[usize::from(u.arbitrary::<u8>()? % 10)];
    string(u, usual)
}

pub(crate) fn scope_text(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(String::from_utf8_lossy(&scope(u)?).into_owned())
}

/// Up to `max` of something, their number from the front.
pub(crate) fn list<'a, T>(
    u: &mut Unstructured<'a>,
    max: u8,
    one: impl Fn(&mut Unstructured<'a>) -> Result<T>,
) -> Result<Vec<T>> {
    (0..u.arbitrary::<u8>()? % (max + 1)).map(|_| one(u)).collect()
}

/// A token with fields that are right, nearly right or wrong, signed, and sometimes edited
/// afterwards.
pub(crate) fn token(u: &mut Unstructured<'_>, base: i64) -> Result<Vec<u8>> {
    let agent = Agent::choose(u)?;
    let issued_at = time(u, base)?;
    let lifetime = match u.arbitrary::<u8>()? % 8 {
        0..=4 => 900,
        5 => i64::from(u.arbitrary::<i8>()?),
        6 => 86_400 + i64::from(u.arbitrary::<i8>()? % 2),
        _ => u.arbitrary()?,
    };
    let odd = |u: &mut Unstructured<'_>, usual: u8| match u.arbitrary::<u8>()? {
        0..=247 => Ok(usual),
        _ => u.arbitrary(),
    };
    let raw = RawToken {
        magic: [odd(u, 0xA9)?, odd(u, 0x1D)?],
        version: odd(u, 1)?,
        flags: odd(u, 0)?,
        issued_at,
        expires_at: issued_at.saturating_add(lifetime),
        max_calls: u32::from(u.arbitrary::<u8>()? % 4),
        token_id: u64::from(u.arbitrary::<u8>()? % 4),
        issuer: agent.bytes(),
        name: string(u, agent.name())?,
        project: string(u, agent.project())?,
        scopes: list(u, 4, scope)?,
        scope_count: (u.arbitrary::<u8>()? > 247).then(|| u.arbitrary()).transpose()?,
        trailing: if u.arbitrary::<u8>()? > 247 { prefixed(u)? } else { Vec::new() },
    };
    let mut bytes = raw.signed_bytes();
    bytes.extend(signature(u, agent.key(), &bytes)?);
    edited(u, bytes)
}

/// A bundle or token with these bytes before the signature, mostly under a good one.
pub(crate) fn signature(u: &mut Unstructured<'_>, key: &SigningKey, signed: &[u8]) -> Result<[u8; 64]> {
    Ok(match u.arbitrary::<u8>()? % 16 {
        // The holder of the key adds a point of small order to R: the cofactored equation holds all the same.
        14 => {
            let added = EIGHT_TORSION[usize::from(u.arbitrary::<u8>()? % 8)];
            let nonce = Scalar::from(u.arbitrary::<u64>()?);
            craft(key.to_scalar(), EIGHT_TORSION[0], nonce, added, signed).signature
        }
        15 => u.arbitrary()?,
        _ => key.sign(signed).to_bytes(),
    })
}

/// Mostly as it was; otherwise flipped, cut or made longer in up to three places.
fn edited(u: &mut Unstructured<'_>, mut bytes: Vec<u8>) -> Result<Vec<u8>> {
    for _ in 0..u.arbitrary::<u8>()?.saturating_sub(252) {
        let at = usize::from(u.arbitrary::<u16>()?) % bytes.len().max(1);
        match u.arbitrary::<u8>()? % 4 {
            0 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1),
            1 => bytes.insert(at, u.arbitrary()?),
            2 => bytes.truncate(at),
            _ => drop(bytes.splice(at..(at + 1).min(bytes.len()), [u.arbitrary()?])),
        }
    }
    Ok(bytes)
}

/// What follows the kind of an input that carries a token as it is: 0 leaves it alone, 1 puts an
/// agent's key into it and signs it anew.
pub(crate) fn carried(u: &mut Unstructured<'_>, kind: u8) -> Result<Vec<u8>> {
    let mut bytes = u.bytes(u.len())?.to_vec();
    if kind == 1 {
        let agent = Agent::ALL[0];
        if let Some(issuer) = bytes.get_mut(32..64) {
            issuer.copy_from_slice(&agent.bytes());
        }
        bytes.extend(agent.key().sign(&bytes).to_bytes());
    }
    Ok(bytes)
}
