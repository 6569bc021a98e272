//! Trust bundles: writing them, which an authority does offline or on a server, and what they say.

use agentid_nostd::{
    BundleVersion, Clock, Error, LeafBinding, PublicKey, Quota, Rules, Signer, SigningKey, TrustAnchor, TrustBundle,
    TrustBundleBuilder, TrustState, TrustTable, TrustedIssuer,
};
use alloc::vec;
use alloc::vec::Vec;
use core::num::NonZeroU32;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::curve::{curve, public_key};
use crate::errors::{Code, code};
use crate::policy::clock;
use crate::record::{Reader, Writer};
use crate::secret::secretly;
use crate::trap;

/// The ceilings of a list of issuers, which the issuers borrow.
type Ceilings<'r> = Vec<Option<Vec<&'r str>>>;

/// Checks issuers as a trust set of their own, without signing anything.
///
/// # Errors
/// The code.
#[wasm_bindgen(js_name = checkIssuers)]
pub fn check_issuers(record: &[u8]) -> Result<(), Code> {
    let mut ceilings = Ceilings::new();
    let issuers = issuers(&mut Reader::new(record), &mut ceilings)?;
    TrustTable::new(&issuers).map(drop).map_err(code)
}

/// Signs a bundle. The record holds the issuers, the revocations, epoch and times, and the
/// authority's secret.
///
/// # Errors
/// The code.
#[wasm_bindgen(js_name = signBundle)]
pub fn sign(record: Vec<u8>) -> Result<Vec<u8>, Code> {
    secretly(record, signed)
}

fn signed(record: &[u8]) -> Result<Vec<u8>, Code> {
    // A bundle holds what the record does, in fewer bytes, and a header and a signature.
    let mut room = vec![0; 256 + record.len()];
    let (mut record, mut ceilings) = (Reader::new(record), Ceilings::new());
    let mut issuers = issuers(&mut record, &mut ceilings)?;
    let mut revoked_issuers = list(&mut record, key)?;
    let mut revoked_tokens = list(&mut record, |record| Ok((key(record)?, record.number())))?;
    let (epoch, issued_at, not_after) = (record.number(), record.time(), record.time());
    let (now, may_be_dated_ahead) = (Clock::Known(record.time()), record.is_present());
    let next = if record.is_present() { Some(key(&mut record)?) } else { None };
    let authority = authority(record.bytes())?;
    let mut builder = TrustBundleBuilder::new(&authority, epoch, issued_at, not_after)
        .issuers(&mut issuers)
        .revoked_issuers(&mut revoked_issuers)
        .revoked_tokens(&mut revoked_tokens);
    if let Some(key) = next {
        builder = builder.next_authority(key);
    }
    if may_be_dated_ahead {
        builder = builder.allow_dated_ahead();
    }
    let len = builder.write_into(&mut room, now).map_err(code)?.len();
    room.truncate(len);
    Ok(room)
}

/// Reads the authority's key, the next one's if it is known, and the newest bundle if one was seen.
fn known(record: &mut Reader<'_>) -> Result<(PublicKey, Option<PublicKey>, Option<BundleVersion>), Code> {
    let authority = key(record)?;
    // As an authority wrote it: it may be no key.
    let next = record.is_present().then(|| PublicKey::unvalidated(thirty_two(record.bytes())));
    let newest = record.is_present().then(|| {
        let (epoch, digest) = (record.number(), thirty_two(record.bytes()));
        BundleVersion { epoch, digest }
    });
    Ok((authority, next, newest))
}

fn thirty_two(bytes: &[u8]) -> [u8; 32] {
    bytes.try_into().unwrap_or_else(|_| trap())
}

/// The bytes of a state that was stored; zeros if it is of no bundle.
pub(crate) fn state(record: &mut Reader<'_>) -> Result<[u8; TrustState::LEN], Code> {
    Ok(match known(record)? {
        (authority, next_authority, Some(version)) => TrustState { authority, next_authority, version }.to_bytes(),
        _ => [0; TrustState::LEN],
    })
}

/// Writes a state, as it goes to JavaScript.
pub(crate) fn write_state(state: &TrustState) -> Vec<u8> {
    let mut record = Writer::default();
    record.bytes(state.authority.as_bytes());
    write_key(&mut record, state.next_authority);
    record.number(state.version.epoch).bytes(&state.version.digest);
    record.finish()
}

fn write_key(record: &mut Writer, key: Option<PublicKey>) {
    record.number(key.is_some().into());
    if let Some(key) = key {
        record.bytes(key.as_bytes());
    }
}

/// Reads what is known of an authority, and the clock skew if it is set.
pub(crate) fn anchor(record: &mut Reader<'_>) -> Result<TrustAnchor, Code> {
    let (authority, next, newest) = known(record)?;
    let mut anchor = TrustAnchor::new(authority);
    if let Some(key) = next {
        anchor = anchor.next_authority(key);
    }
    if let Some(version) = newest {
        anchor = anchor.newest(version);
    }
    if let Some(seconds) = record.optional_small() {
        anchor = anchor.clock_skew_seconds(seconds);
    }
    Ok(anchor)
}

/// Reads a list, up to the first entry that is no good.
fn list<'r, T>(
    record: &mut Reader<'r>,
    mut read: impl FnMut(&mut Reader<'r>) -> Result<T, Code>,
) -> Result<Vec<T>, Code> {
    (0..record.len()).map(|_| read(record)).collect()
}

fn key(record: &mut Reader<'_>) -> Result<PublicKey, Code> {
    public_key(record.bytes())
}

/// Two lists: the ceilings, and the issuers that borrow them.
fn issuers<'r>(record: &mut Reader<'r>, ceilings: &'r mut Ceilings<'r>) -> Result<Vec<TrustedIssuer<'r>>, Code> {
    *ceilings = list(record, |record| Ok(record.is_present().then(|| record.texts())))?;
    let mut ceilings = ceilings.iter();
    list(record, |record| issuer(record, ceilings.next().and_then(Option::as_deref)))
}

fn issuer<'r>(record: &mut Reader<'r>, ceiling: Option<&'r [&'r str]>) -> Result<TrustedIssuer<'r>, Code> {
    let mut issuer =
        TrustedIssuer::new(key(record)?, record.text(), record.text()).valid_between(record.time(), record.time());
    if let Some(scopes) = ceiling {
        issuer = issuer.ceiling(scopes);
    }
    if let Some(seconds) = record.optional_small() {
        issuer = issuer.max_lifetime_seconds(seconds);
    }
    if record.is_present() {
        issuer = issuer.allow_guessable();
    }
    let (audience_required, binding, depth) = (record.is_present(), record.small(), record.small());
    let leaf_binding = BINDINGS.into_iter().zip(0..).find(|(_, number)| *number == binding);
    let leaf_binding = leaf_binding.unwrap_or_else(|| trap()).0;
    // What is out of range is refused as a depth above 4 is.
    let depth = u8::try_from(depth).unwrap_or(u8::MAX);
    issuer = issuer.with_rules(Rules { audience_required, leaf_binding, depth });
    if record.is_present() {
        let number = |number| NonZeroU32::new(number).unwrap_or_else(|| trap());
        issuer = issuer.with_quota(Quota { calls: number(record.small()), seconds: number(record.small()) });
    }
    Ok(issuer)
}

/// In the order of their numbers in `js/bundle.js`.
const BINDINGS: [LeafBinding; 4] =
    [LeafBinding::None, LeafBinding::Any, LeafBinding::Payload, LeafBinding::Challenge];

fn authority(secret: &[u8]) -> Result<SigningKey, Code> {
    let secret = secret.try_into().map_err(|_| code(Error::InvalidSecretKey))?;
    SigningKey::from_secret_bytes(secret).map_err(code)
}

/// The key that devices and services pin.
///
/// # Errors
/// The code.
#[wasm_bindgen(js_name = authorityPublicKey)]
pub fn authority_public_key(record: Vec<u8>) -> Result<Vec<u8>, Code> {
    secretly(record, |record| {
        let authority = authority(Reader::new(record).bytes())?;
        Ok(authority.public_key().as_bytes().into())
    })
}

/// Opens a bundle, as a gate does, and says what is in it.
///
/// # Errors
/// The code.
#[wasm_bindgen(js_name = readBundle)]
pub fn read(bundle: &[u8], record: &[u8]) -> Result<Vec<u8>, Code> {
    let mut record = Reader::new(record);
    let (clock, anchor) = (clock(&mut record), anchor(&mut record)?);
    let bundle = TrustBundle::open_with(curve(), bundle, &anchor, clock).map_err(code)?;
    let mut answer = Writer::default();
    answer.number(bundle.epoch()).bytes(&bundle.version().digest).time(bundle.issued_at()).time(bundle.not_after());
    answer.len(bundle.issuer_count()).len(bundle.revocation_count());
    write_key(&mut answer, bundle.next_authority());
    for issuer in bundle.issuers() {
        let Rules { audience_required, leaf_binding, depth } = issuer.rules();
        let binding = BINDINGS.into_iter().zip(0..).find(|(binding, _)| *binding == leaf_binding);
        answer.bytes(issuer.key().as_bytes()).number(audience_required.into());
        answer.number(binding.map_or(0, |(_, number)| number)).number(depth.into());
        answer.optional(issuer.quota().map(|quota| quota.calls));
        answer.optional(issuer.quota().map(|quota| quota.seconds));
    }
    Ok(answer.finish())
}
