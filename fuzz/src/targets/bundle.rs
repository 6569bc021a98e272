//! Bundles as bytes: the code is the model's, and an opened one answers every lookup as ordinary
//! maps do. Bundles as lists: the builder writes what an independent writer writes, or refuses for
//! the first reason that applies.
//!
//! What an opened bundle means for a token is left to `gate`.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use agentid_nostd::{
    BundleVersion, Clock, LeafBinding, PublicKey, Quota, Rules, Signer as _, SigningKey, TrustAnchor, TrustBundle,
    TrustBundleBuilder, TrustState, TrustTable, TrustedIssuer,
};
use agentid_test_kit::raw::derived_key;
use agentid_test_kit::raw_bundle::{RawBundle, RawIssuer, authority_key, next_authority_key};
use arbitrary::{Result, Unstructured};
use ed25519_dalek::Signer;
use sha2::{Digest, Sha256};

use crate::input::{self, Agent, NOW, list, text, time};
use crate::model::class::assert_refused;
use crate::model::{bundle, scope, signature};

/// Kind: 0 a bundle as it is, with clock, lowest epoch and authority before it; 1 the same, signed
/// anew; otherwise lists for the builder.
pub fn run(data: &[u8]) {
    let mut u = Unstructured::new(data);
    let _ = match u.arbitrary::<u8>().unwrap_or_default() % 4 {
        kind @ 0..2 => opened(&mut u, kind),
        _ => built(&mut u),
    };
}

fn opened(u: &mut Unstructured<'_>, kind: u8) -> Result<()> {
    let clock = match u.arbitrary::<u8>()? % 3 {
        0 => Clock::Known(u.arbitrary()?),
        1 => Clock::AtLeast(u.arbitrary()?),
        _ => Clock::Unknown,
    };
    let lowest: u64 = u.arbitrary()?;
    let mut authority: [u8; 32] = u.arbitrary()?;
    let mut bytes = u.bytes(u.len())?.to_vec();
    if kind == 1 {
        authority = authority_key().verifying_key().to_bytes();
        if let Some(written) = bytes.get_mut(28..60) {
            written.copy_from_slice(&authority);
        }
        bytes.extend(authority_key().sign(&bytes).to_bytes());
    }
    if signature::point(&authority).is_some() {
        // Nothing was seen before, this bundle, or another one of that epoch.
        let digest = Sha256::digest(&bytes).into();
        for newest in [None, Some((lowest, digest)), Some((lowest, [0; 32]))] {
            for skew in [0, 30, u32::MAX] {
                for next in nexts(&bytes) {
                    same_as_model(&bytes, &bundle::Anchor { authority, next, newest, skew }, clock);
                }
            }
        }
        let other = next_authority_key().verifying_key().to_bytes();
        for (before, next) in [(other, authority), (other, other), (other, [0; 32]), (authority, authority)] {
            same_hand_over(&bytes, &bundle::Anchor { authority: before, next, newest: None, skew: 30 }, clock);
        }
    }
    Ok(())
}

/// No next authority, the one that the bundle names, and another.
fn nexts(bytes: &[u8]) -> [[u8; 32]; 3] {
    let named = bytes.get(60..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
    [[0; 32], named, [7; 32]]
}

fn ours(pinned: &bundle::Anchor) -> TrustAnchor {
    let authority = PublicKey::from_bytes(&pinned.authority).expect("a point of large order");
    let mut anchor = TrustAnchor::new(authority).clock_skew_seconds(pinned.skew);
    if pinned.next != [0; 32] {
        anchor = anchor.next_authority(PublicKey::unvalidated(pinned.next));
    }
    if let Some((epoch, digest)) = pinned.newest {
        anchor = anchor.newest(BundleVersion { epoch, digest });
    }
    anchor
}

/// What may take over is stored as the model says, and adopted from nothing else.
fn same_hand_over(bytes: &[u8], pinned: &bundle::Anchor, clock: Clock) {
    let prepared = TrustBundle::prepare_hand_over(bytes, &ours(pinned), clock);
    let (prepared, model) = match (prepared, bundle::hand_over(bytes, pinned, clock)) {
        (Ok(prepared), Ok(model)) => (prepared, model),
        (Err(error), Err(code)) => return assert_refused(error, code),
        (prepared, model) => panic!("{prepared:?}, but {model:?}"),
    };
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    let state = [&pinned.next[..], &model.next, &model.epoch.to_be_bytes(), &digest].concat();
    let mut state: [u8; TrustState::LEN] = state.try_into().expect("104 bytes");
    assert_eq!(prepared.state().to_bytes(), state);
    let adopted = prepared.adopt(&state).expect("stored");
    let over = crate::model::clock::reached(clock, i128::from(model.not_after) + 1);
    assert_eq!(adopted.check_current(clock).is_err(), over);
    state[usize::from(digest[0]) % TrustState::LEN] ^= 1;
    assert_eq!(prepared.adopt(&state).err().map(|error| error.code()), Some(41));
}

fn same_as_model(bytes: &[u8], pinned: &bundle::Anchor, clock: Clock) {
    let (authority, anchor) = (&pinned.authority, ours(pinned));
    let (ours, model) = match (TrustBundle::open(bytes, &anchor, clock), bundle::open(bytes, pinned, clock)) {
        (Ok(ours), Ok(model)) => (ours, model),
        (Err(error), Err(code)) => return assert_refused(error, code),
        (ours, model) => panic!("{ours:?}, but {model:?}"),
    };
    assert_eq!(ours.epoch(), model.epoch);
    let version = BundleVersion { epoch: model.epoch, digest: Sha256::digest(bytes).into() };
    assert_eq!((ours.version(), ours.bytes()), (version, bytes));
    assert_eq!(ours.issued_at(), model.issued_at);
    assert_eq!(ours.not_after(), model.not_after);
    assert_eq!(ours.next_authority().map_or([0; 32], |key| *key.as_bytes()), model.next);
    for (issuer, model) in ours.issuers().zip(model.issuers.values()) {
        let quota = issuer.quota().map_or((0, 0), |quota| (quota.calls.get(), quota.seconds.get()));
        assert_eq!((issuer.rules().to_byte(), quota), (model.rules, model.quota));
    }
    assert_eq!(ours.issuer_count(), model.issuers.len());
    assert_eq!(ours.revocation_count(), model.revoked_issuers.len() + model.revoked_tokens.len());

    let revoked = model.revoked_tokens.iter().flat_map(|(key, id)| [(*key, *id), (*key, id ^ 1)]);
    let keys = model.issuers.keys().chain(&model.revoked_issuers).chain([authority]).map(|key| (*key, 7));
    for (mut key, id) in revoked.chain(keys) {
        // The key itself and its neighbours in the order.
        for last in [key[31], key[31].wrapping_add(1), key[31].wrapping_sub(1)] {
            key[31] = last;
            let found = ours.issuer(&key).map(|issuer| (*issuer.key().as_bytes(), issuer.name(), issuer.project()));
            let wanted = model.issuers.get(&key);
            assert_eq!(found, wanted.map(|issuer| (key, issuer.name.as_str(), issuer.project.as_str())));
            let expected = if model.revoked_issuers.contains(&key) {
                Some(26)
            } else {
                model.revoked_tokens.contains(&(key, id)).then_some(27)
            };
            assert_eq!(ours.check_revocation(&key, id).err().map(|error| error.code()), expected);
        }
    }
}

/// An issuer as the builder is to take it.
struct Wanted {
    agent: Agent,
    guessable: bool,
    allowed: bool,
    name: String,
    project: String,
    ceiling: Vec<String>,
    max_lifetime: u32,
    window: (i64, i64),
    rules: Rules,
    quota: (u32, u32),
}

impl Wanted {
    fn read(u: &mut Unstructured<'_>) -> Result<Self> {
        let agent = Agent::choose(u)?;
        let flags: u8 = u.arbitrary()?;
        let mut ceiling = list(u, 3, input::scope_text)?;
        if flags & 8 != 0 {
            ceiling = vec!["s".into(); 253 + usize::from(flags >> 5)];
        }
        let (name, project) = match flags & 4 {
            0 => (agent.name().to_owned(), agent.project().to_owned()),
            _ => (text(u)?, text(u)?),
        };
        Ok(Self {
            agent,
            guessable: flags & 1 != 0,
            allowed: flags & 2 != 0,
            name,
            project,
            ceiling,
            max_lifetime: u.arbitrary()?,
            window: (time(u, NOW)?, time(u, NOW)?),
            rules: Rules {
                audience_required: flags & 16 != 0,
                leaf_binding: [LeafBinding::None, LeafBinding::Any, LeafBinding::Payload, LeafBinding::Challenge]
                    [usize::from(u.arbitrary::<u8>()? % 4)],
                depth: u.arbitrary::<u8>()? % 6,
            },
            quota: if flags & 32 == 0 { (0, 0) } else { (u.arbitrary::<u32>()?.max(1), quota_seconds(u)?) },
        })
    }

    /// The key of the agent, or the one that anybody can derive.
    fn key(&self) -> [u8; 32] {
        let derivable = [&self.name, &self.project].iter().all(|string| scope::is_agent_string(string.as_bytes()));
        if self.guessable && derivable {
            return derived_key(&self.name, &self.project, None).verifying_key().to_bytes();
        }
        self.agent.bytes()
    }

    /// `SPEC.md`, section 8, "Trust".
    fn refused(&self) -> Option<u8> {
        if !scope::is_agent_string(self.name.as_bytes()) {
            return Some(8);
        }
        if !scope::is_agent_string(self.project.as_bytes()) {
            return Some(9);
        }
        if !self.ceiling.iter().all(|written| scope::is_scope(written.as_bytes())) {
            return Some(10);
        }
        if self.ceiling.len() > 255 {
            return Some(20);
        }
        if self.rules.depth > 4 || self.quota.1 > 86_400 {
            return Some(40);
        }
        (self.guessable && !self.allowed).then_some(45)
    }

    /// By hand, as `SPEC.md` says.
    fn byte(&self) -> u8 {
        let binding = match self.rules.leaf_binding {
            LeafBinding::None => 0,
            LeafBinding::Any => 2,
            LeafBinding::Payload => 4,
            LeafBinding::Challenge => 6,
        };
        u8::from(self.rules.audience_required) + binding + 8 * self.rules.depth
    }

    fn raw(&self) -> RawIssuer {
        RawIssuer {
            ceiling: self.ceiling.iter().map(|scope| scope.clone().into()).collect(),
            max_lifetime: self.max_lifetime,
            not_before: self.window.0,
            not_after: self.window.1,
            rules: self.byte(),
            quota: self.quota,
            ..RawIssuer::new(self.key(), &self.name, &self.project)
        }
    }
}

/// Mostly one that a bundle can say.
fn quota_seconds(u: &mut Unstructured<'_>) -> Result<u32> {
    Ok([1, 60, 86_400, 86_401, u32::MAX][usize::from(u.arbitrary::<u8>()? % 5)])
}

fn built(u: &mut Unstructured<'_>) -> Result<()> {
    let (epoch, issued_at, not_after) = (u.arbitrary()?, time(u, NOW)?, time(u, NOW)?);
    let wanted = list(u, 4, Wanted::read)?;
    let revoked_issuers = list(u, 4, Agent::choose)?;
    let revoked_tokens = list(u, 6, |u| Ok((Agent::choose(u)?, u64::from(u.arbitrary::<u8>()? % 3))))?;
    let short_by = usize::from(u.arbitrary::<u16>()?);
    let allowed_ahead = short_by & 0x4000 == 0;
    let short_by = short_by & 0x3FFF;

    let ceilings: Vec<Vec<&str>> =
        wanted.iter().map(|issuer| issuer.ceiling.iter().map(String::as_str).collect()).collect();
    let mut issuers: Vec<TrustedIssuer<'_>> = Vec::new();
    for (issuer, ceiling) in wanted.iter().zip(&ceilings) {
        let key = PublicKey::from_bytes(&issuer.key()).expect("a good key");
        let entry = TrustedIssuer::new(key, &issuer.name, &issuer.project)
            .ceiling(ceiling)
            .max_lifetime_seconds(issuer.max_lifetime)
            .valid_between(issuer.window.0, issuer.window.1)
            .with_rules(issuer.rules);
        let entry = match (NonZeroU32::new(issuer.quota.0), NonZeroU32::new(issuer.quota.1)) {
            (Some(calls), Some(seconds)) => entry.with_quota(Quota { calls, seconds }),
            _ => entry,
        };
        issuers.push(if issuer.allowed { entry.allow_guessable() } else { entry });
    }
    let table = TrustTable::new(&issuers).map(|_| ()).map_err(|error| error.code());
    let refusals = refusals(&wanted);
    assert!(if refusals.is_empty() { table.is_ok() } else { refusals.contains(&table.unwrap_err()) });

    let mut refusals = refusals;
    refusals.extend(twice(revoked_issuers.iter().map(|agent| agent.bytes())).then_some(46));
    refusals.extend(twice(revoked_tokens.iter().map(|(agent, id)| (agent.bytes(), id))).then_some(46));
    let dated_ahead = i128::from(issued_at) > i128::from(NOW) + 30;
    if not_after < issued_at {
        refusals = vec![11];
    } else if dated_ahead && !allowed_ahead {
        refusals = vec![47];
    }
    let mut expected = vec![0; 4_096];
    if refusals.is_empty() {
        let raw = RawBundle {
            epoch,
            issued_at,
            not_after,
            issuers: wanted.iter().map(Wanted::raw).collect(),
            revoked_issuers: revoked_issuers.iter().map(|agent| agent.bytes()).collect(),
            revoked_tokens: revoked_tokens.iter().map(|(agent, id)| (agent.bytes(), *id)).collect(),
            ..RawBundle::new(0)
        };
        expected = raw.sorted().sign_as_authority();
    }
    let authority = SigningKey::from_secret_bytes(&authority_key().to_bytes()).expect("a secret");
    let shown = format!("{authority:?}");
    assert!(shown.contains("PublicKey") && !shown.contains(&hex::encode(authority_key().to_bytes())));
    let mut revoked_issuers: Vec<PublicKey> = revoked_issuers.iter().map(|agent| agent.public()).collect();
    let mut revoked_tokens: Vec<(PublicKey, u64)> =
        revoked_tokens.iter().map(|(agent, id)| (agent.public(), *id)).collect();
    let mut buf = vec![0; expected.len().saturating_sub(short_by)];
    let mut builder = TrustBundleBuilder::new(&authority, epoch, issued_at, not_after)
        .issuers(&mut issuers)
        .revoked_issuers(&mut revoked_issuers)
        .revoked_tokens(&mut revoked_tokens);
    if allowed_ahead {
        builder = builder.allow_dated_ahead();
    }
    let written = builder.write_into(&mut buf, Clock::Known(NOW));
    match written {
        Err(error) if refusals.is_empty() => assert!(short_by > 0 && error.code() == 24, "{error:?}"),
        Err(error) => {
            assert!(refusals.contains(&error.code()), "{error:?}, not one of {refusals:?}");
            assert_refused(error, error.code());
        }
        Ok(written) => {
            assert!(refusals.is_empty() && short_by == 0, "{refusals:?}");
            assert_eq!(hex::encode(written), hex::encode(&expected));
            let authority_key = *authority.public_key().as_bytes();
            let pinned = bundle::Anchor { authority: authority_key, next: [0; 32], newest: None, skew: 30 };
            same_as_model(written, &pinned, Clock::Unknown);
            written_again(written, &authority, &wanted);
        }
    }
    Ok(())
}

/// The issuers of an opened bundle, given to the builder, make the same index and records.
fn written_again(bytes: &[u8], authority: &SigningKey, wanted: &[Wanted]) {
    let anchor = TrustAnchor::new(authority.public_key());
    let opened = TrustBundle::open(bytes, &anchor, Clock::Unknown).expect("opened before");
    let mut issuers: Vec<TrustedIssuer<'_>> =
        wanted.iter().map(|issuer| opened.issuer(&issuer.key()).expect("written").allow_guessable()).collect();
    let mut buf = vec![0; bytes.len()];
    let again = TrustBundleBuilder::new(authority, opened.epoch(), opened.issued_at(), opened.not_after())
        .issuers(&mut issuers)
        .write_into(&mut buf, Clock::Unknown)
        .expect("no longer than before");
    // Everything between the header and the revocations.
    assert_eq!(again[108..again.len() - 64], bytes[108..again.len() - 64]);
}

/// Every reason to refuse a list of issuers; which comes first depends on the order of the keys.
fn refusals(wanted: &[Wanted]) -> Vec<u8> {
    let mut refusals: Vec<u8> = wanted.iter().filter_map(Wanted::refused).collect();
    refusals.extend(twice(wanted.iter().map(Wanted::key)).then_some(46));
    refusals
}

fn twice<T: Ord>(items: impl Iterator<Item = T>) -> bool {
    let mut seen = BTreeSet::new();
    items.into_iter().any(|item| !seen.insert(item))
}
