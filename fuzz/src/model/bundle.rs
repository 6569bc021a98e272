//! `SPEC.md`, section 9: a trust bundle, opened into ordinary maps.

use std::collections::{BTreeMap, BTreeSet};

use agentid_nostd::Clock;
use sha2::{Digest, Sha256};

use super::clock::{ahead, reached};
use super::scope::{is_agent_string, is_scope};
use super::signature;

#[derive(Clone, Debug)]
pub(crate) struct Issuer {
    pub(crate) name: String,
    pub(crate) project: String,
    pub(crate) ceiling: Vec<String>,
    pub(crate) max_lifetime: u32,
    pub(crate) not_before: i64,
    pub(crate) not_after: i64,
    /// Bit 0 audience, bits 1 and 2 binding, bits 3 to 5 depth.
    pub(crate) rules: u8,
    /// Calls and seconds, both 0 for none.
    pub(crate) quota: (u32, u32),
}

#[derive(Clone, Debug)]
pub(crate) struct Bundle {
    pub(crate) epoch: u64,
    pub(crate) issued_at: i64,
    pub(crate) not_after: i64,
    /// Zeros for none.
    pub(crate) next: [u8; 32],
    pub(crate) issuers: BTreeMap<[u8; 32], Issuer>,
    pub(crate) revoked_issuers: BTreeSet<[u8; 32]>,
    pub(crate) revoked_tokens: BTreeSet<([u8; 32], u64)>,
}

/// The newest bundle seen and the skew allowed, before a bundle is opened.
pub(crate) struct Anchor {
    pub(crate) authority: [u8; 32],
    /// Zeros for none.
    pub(crate) next: [u8; 32],
    /// Epoch and SHA-256 of the newest bundle.
    pub(crate) newest: Option<(u64, [u8; 32])>,
    pub(crate) skew: u32,
}

/// Codes 40 to 44, and 47.
pub(crate) fn open(bytes: &[u8], anchor: &Anchor, clock: Clock) -> Result<Bundle, u8> {
    let authority = &anchor.authority;
    let (bundle, written) = parse(bytes).ok_or(40)?;
    if written != *authority {
        return Err(41);
    }
    let (signed, signature) = bytes.split_at(bytes.len() - 64);
    if !signature::holds(authority, signed, signature.try_into().expect("64 bytes")) {
        return Err(42);
    }
    if let Some((epoch, digest)) = anchor.newest
        && (bundle.epoch < epoch || (bundle.epoch == epoch && digest != <[u8; 32]>::from(Sha256::digest(bytes))))
    {
        return Err(43);
    }
    if bundle.next == *authority || (anchor.next != [0; 32] && bundle.next != anchor.next) {
        return Err(40);
    }
    if ahead(clock, i128::from(bundle.issued_at) - i128::from(anchor.skew)) {
        return Err(47);
    }
    if reached(clock, i128::from(bundle.not_after) + 1) { Err(44) } else { Ok(bundle) }
}

/// A bundle of the next authority: codes 40 to 42, and 47. Not 44, which is answered behind it.
pub(crate) fn hand_over(bytes: &[u8], anchor: &Anchor, clock: Clock) -> Result<Bundle, u8> {
    let (bundle, written) = parse(bytes).ok_or(40)?;
    if anchor.next == [0; 32] || written != anchor.next {
        return Err(41);
    }
    let (signed, signature) = bytes.split_at(bytes.len() - 64);
    if !signature::holds(&written, signed, signature.try_into().expect("64 bytes")) {
        return Err(42);
    }
    if [anchor.authority, written].contains(&bundle.next) {
        return Err(40);
    }
    if ahead(clock, i128::from(bundle.issued_at) - i128::from(anchor.skew)) { Err(47) } else { Ok(bundle) }
}

/// The bundle and the authority that it names.
fn parse(bytes: &[u8]) -> Option<(Bundle, [u8; 32])> {
    let mut rest = bytes.get(..bytes.len().checked_sub(64)?)?;
    let from = &mut rest;
    if take::<4>(from)? != [0xA9, 0xB0, 1, 0] {
        return None;
    }
    let epoch = u64::from_be_bytes(take(from)?);
    let issued_at = i64::from_be_bytes(take(from)?);
    let not_after = i64::from_be_bytes(take(from)?);
    let authority = take(from)?;
    let next = take(from)?;
    let [n, r, p, q] = [number(from)?, number(from)?, number(from)?, number(from)?];
    let index = list(from, n, |from| Some((take::<32>(from)?, number(from)?)))?;
    let (mut records, behind) = from.split_at_checked(usize::try_from(r).ok()?)?;
    *from = behind;
    let revoked_issuers = list(from, p, take::<32>)?;
    let revoked_tokens = list(from, q, |from| Some((take::<32>(from)?, u64::from_be_bytes(take(from)?))))?;
    if not_after < issued_at || !from.is_empty() {
        return None;
    }
    let ascending = index.windows(2).all(|pair| pair[0].0 < pair[1].0)
        && revoked_issuers.windows(2).all(|pair| pair[0] < pair[1])
        && revoked_tokens.windows(2).all(|pair| pair[0] < pair[1]);
    let mut issuers = BTreeMap::new();
    for (key, offset) in index {
        let at = r - u32::try_from(records.len()).ok()?;
        issuers.insert(key, record(&mut records).filter(|_| at == offset)?);
    }
    let revoked_issuers = revoked_issuers.into_iter().collect();
    let revoked_tokens = revoked_tokens.into_iter().collect();
    let bundle = Bundle { epoch, issued_at, not_after, next, issuers, revoked_issuers, revoked_tokens };
    (ascending && records.is_empty()).then_some((bundle, authority))
}

fn record(from: &mut &[u8]) -> Option<Issuer> {
    let max_lifetime = number(from)?;
    let not_before = i64::from_be_bytes(take(from)?);
    let not_after = i64::from_be_bytes(take(from)?);
    let [rules] = take(from)?;
    let quota = (number(from)?, number(from)?);
    let is_quota = if quota.0 == 0 { quota.1 == 0 } else { (1..=86_400).contains(&quota.1) };
    if rules & 0xC0 != 0 || rules >> 3 > 4 || !is_quota {
        return None;
    }
    let name = string(from).filter(|name| is_agent_string(name))?;
    let project = string(from).filter(|project| is_agent_string(project))?;
    let [count] = take(from)?;
    let ceiling = list(from, u32::from(count), |from| string(from).filter(|scope| is_scope(scope)))?;
    let text = |bytes| String::from_utf8(bytes).ok();
    let ceiling = ceiling.into_iter().map(text).collect::<Option<_>>()?;
    Some(Issuer {
        name: text(name)?,
        project: text(project)?,
        ceiling,
        max_lifetime,
        not_before,
        not_after,
        rules,
        quota,
    })
}

fn take<const N: usize>(from: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = from.split_first_chunk()?;
    *from = rest;
    Some(*taken)
}

fn number(from: &mut &[u8]) -> Option<u32> {
    take(from).map(u32::from_be_bytes)
}

fn string(from: &mut &[u8]) -> Option<Vec<u8>> {
    let [len] = take(from)?;
    let (string, rest) = from.split_at_checked(usize::from(len))?;
    *from = rest;
    Some(string.to_vec())
}

fn list<T>(from: &mut &[u8], count: u32, one: impl Fn(&mut &[u8]) -> Option<T>) -> Option<Vec<T>> {
    (0..count).map(|_| one(from)).collect()
}
