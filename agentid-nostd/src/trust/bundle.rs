//! A trust set as signed bytes, searched where they lie: in flash, in a Worker's memory, in a
//! fetched buffer.
//!
//! [`TrustBundle::open`] checks everything once, order and offsets included; after that a lookup
//! cannot fail, only find or not find.

use core::fmt;

use super::anchor::{BundleVersion, TrustAnchor};
use super::hand_over::HandOver;
use super::issuer::TrustedIssuer;
use super::rules::{Quota, Rules};
use super::sealed::Source;
use super::state::{TrustState, key};
use crate::clock::Clock;
use crate::error::Error;
use crate::explanation::{Detail, Explanation};
use crate::layout::bundle::{
    self as layout, HEADER_LEN, INDEX_ENTRY_LEN, MAGIC_BYTES, NO_FLAGS, NO_KEY, RECORD_LEN, REVOKED_TOKEN_LEN,
    VERSION_1, revoked_token,
};
use crate::layout::{PUBLIC_KEY_LEN, SIGNATURE_LEN};
use crate::reader::Reader;
use crate::signature::PublicKey;
use crate::signature::{Backend, DEFAULT};
use crate::token::Scopes;
use agentid_hash::sha256;

/// An opened trust bundle: issuers and revocations, signed by an authority whose key the caller
/// pins.
#[derive(Clone, Copy)]
pub struct TrustBundle<'k> {
    bytes: &'k [u8],
    header: &'k [u8; HEADER_LEN],
    index: &'k [[u8; INDEX_ENTRY_LEN]],
    records: &'k [u8],
    revoked_issuers: &'k [[u8; PUBLIC_KEY_LEN]],
    revoked_tokens: &'k [[u8; REVOKED_TOKEN_LEN]],
}

impl<'k> TrustBundle<'k> {
    /// Opens a bundle in place: structure, authority, signature, version and age, once. Nothing is
    /// copied. The keys of issuers are not checked to be points: a bad one can never verify a
    /// token.
    ///
    /// # Errors
    /// The first that applies: [`Error::MalformedBundle`]; [`Error::WrongAuthority`];
    /// [`Error::BadBundleSignature`]; [`Error::BundleRollback`] for an epoch below the newest seen,
    /// or another bundle of that epoch; [`Error::MalformedBundle`] for a next authority that is the
    /// authority itself, or not the one that the anchor has; [`Error::BundleDatedAhead`] if the clock
    /// is known and issued_at lies further ahead than the skew; [`Error::BundleExpired`].
    ///
    /// A bundle of the next authority is one of a wrong authority here: it takes
    /// [`prepare_hand_over`](Self::prepare_hand_over).
    pub fn open(bytes: &'k [u8], anchor: &TrustAnchor, clock: Clock) -> Result<Self, Error> {
        Self::open_with(DEFAULT, bytes, anchor, clock)
    }

    /// The same by the code of another backend.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(
        backend: impl Backend,
        bytes: &'k [u8],
        anchor: &TrustAnchor,
        clock: Clock,
    ) -> Result<Self, Error> {
        Self::open_after(backend, bytes, anchor, clock, |_| Ok(()))
    }

    /// The same, with one more check beside that of the newest version.
    pub(crate) fn open_after(
        backend: impl Backend,
        bytes: &'k [u8],
        anchor: &TrustAnchor,
        clock: Clock,
        follows: impl FnOnce(&Self) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let bundle = Self::signed_by(backend, bytes, |authority| anchor.is_of(authority))?;
        if anchor.newest_version().is_some_and(|newest| !bundle.may_follow(&newest)) {
            return Err(Error::BundleRollback);
        }
        follows(&bundle)?;
        if !anchor.allows_next(&layout::NEXT_AUTHORITY.read(bundle.header)) {
            return Err(Error::MalformedBundle);
        }
        bundle.check_date(anchor, clock)?;
        bundle.check_current(clock)?;
        Ok(bundle)
    }

    /// Checks a bundle of the next authority, which is to take over. Nothing changes until its state
    /// was stored: see [`HandOver`]. Neither the epoch nor the time of the old authority counts.
    ///
    /// # Errors
    /// The first that applies: [`Error::MalformedBundle`]; [`Error::WrongAuthority`] if it is not of
    /// the next authority of the anchor; [`Error::BadBundleSignature`]; [`Error::MalformedBundle`]
    /// for a next authority that is the new one itself or the one before;
    /// [`Error::BundleDatedAhead`].
    pub fn prepare_hand_over(bytes: &'k [u8], anchor: &TrustAnchor, clock: Clock) -> Result<HandOver<'k>, Error> {
        Self::prepare_hand_over_with(DEFAULT, bytes, anchor, clock)
    }

    /// The same by the code of another backend.
    ///
    /// # Errors
    /// As [`prepare_hand_over`](Self::prepare_hand_over).
    pub fn prepare_hand_over_with(
        backend: impl Backend,
        bytes: &'k [u8],
        anchor: &TrustAnchor,
        clock: Clock,
    ) -> Result<HandOver<'k>, Error> {
        let bundle = Self::signed_by(backend, bytes, |authority| anchor.may_be_followed_by(authority))?;
        let next = layout::NEXT_AUTHORITY.read(bundle.header);
        if anchor.is_of(&next) || next == layout::AUTHORITY.read(bundle.header) {
            return Err(Error::MalformedBundle);
        }
        bundle.check_date(anchor, clock)?;
        Ok(HandOver::new(bundle))
    }

    /// Reads a bundle, if its authority will do and has signed it.
    fn signed_by(
        backend: impl Backend,
        bytes: &'k [u8],
        is_expected: impl FnOnce(&[u8; PUBLIC_KEY_LEN]) -> bool,
    ) -> Result<Self, Error> {
        let (signed, signature) = bytes.split_last_chunk::<SIGNATURE_LEN>().ok_or(Error::MalformedBundle)?;
        let bundle = Self::parse(bytes, signed).ok_or(Error::MalformedBundle)?;
        let authority = layout::AUTHORITY.read(bundle.header);
        if !is_expected(&authority) {
            return Err(Error::WrongAuthority);
        }
        // The same bytes as those of the pinned key.
        match PublicKey::unvalidated(authority).verify_signature_with(backend, signed, signature) {
            Ok(()) => Ok(bundle),
            Err(_) => Err(Error::BadBundleSignature),
        }
    }

    /// Whether the bundle is dated ahead of a known clock.
    fn check_date(&self, anchor: &TrustAnchor, clock: Clock) -> Result<(), Error> {
        // Saturating is exact here: no time lies before the smallest `i64`.
        if clock.is_before(self.issued_at().saturating_sub_unsigned(u64::from(anchor.skew()))) {
            return Err(Error::BundleDatedAhead);
        }
        Ok(())
    }

    /// Whether the bundle trusts anybody at this time.
    ///
    /// # Errors
    /// [`Error::BundleExpired`] once its not_after is past.
    pub fn check_current(&self, clock: Clock) -> Result<(), Error> {
        if clock.is_past(self.not_after()) { Err(Error::BundleExpired) } else { Ok(()) }
    }

    /// Explains a refusal of this bundle at this time by numbers: by how much a limit was missed, or
    /// since when. It decides nothing, and does not check that this was the answer. For a bundle that
    /// is to follow another, ask [`Gate::explain_next`](crate::Gate::explain_next).
    #[must_use]
    pub fn explain(bytes: &'k [u8], anchor: &TrustAnchor, clock: Clock, error: Error) -> Explanation {
        let signed = bytes.split_last_chunk::<SIGNATURE_LEN>().map(|(signed, _)| signed);
        let detail = match (signed.and_then(|signed| Self::parse(bytes, signed)), error, anchor.newest_version()) {
            (Some(bundle), Error::BundleExpired, _) => Detail::over(bundle.not_after(), clock),
            (Some(bundle), Error::BundleDatedAhead, _) => Detail::ahead(bundle.issued_at(), clock, anchor.skew()),
            (Some(bundle), Error::BundleRollback, Some(newest)) => {
                Detail::Epoch { epoch: bundle.epoch(), newest: newest.epoch }
            }
            _ => Detail::None,
        };
        Explanation::new(error, detail)
    }

    /// Returns whether this bundle may be put in force after that version.
    fn may_follow(&self, version: &BundleVersion) -> bool {
        // The digest is computed only if it decides.
        let is_same = self.epoch() == version.epoch && self.version().digest == version.digest;
        version.may_be_followed_by(self.epoch(), is_same)
    }

    /// What a verifier stores before it puts the bundle in force. This hashes the whole bundle.
    #[must_use]
    pub fn state(&self) -> TrustState {
        TrustState { authority: self.authority(), next_authority: self.next_authority(), version: self.version() }
    }

    /// The key of the authority that signed the bundle.
    #[must_use]
    pub fn authority(&self) -> PublicKey {
        PublicKey::unvalidated(layout::AUTHORITY.read(self.header))
    }

    /// The key that may take over from the authority, as the authority wrote it, if it names one.
    #[must_use]
    pub fn next_authority(&self) -> Option<PublicKey> {
        key(layout::NEXT_AUTHORITY.read(self.header))
    }

    /// Epoch and digest. This hashes the whole bundle.
    // Not inlined: the hash needs stack of its own, which must not lie below the signature check.
    #[inline(never)]
    #[must_use]
    pub fn version(&self) -> BundleVersion {
        BundleVersion { epoch: self.epoch(), digest: sha256(&[self.bytes]) }
    }

    /// The bytes that were opened, signature included.
    #[must_use]
    pub const fn bytes(&self) -> &'k [u8] {
        self.bytes
    }

    /// The number of this issue: each bundle that an authority publishes has a higher one.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        u64::from_be_bytes(layout::EPOCH.read(self.header))
    }

    /// When the authority made the bundle, in Unix seconds.
    #[must_use]
    pub fn issued_at(&self) -> i64 {
        i64::from_be_bytes(layout::ISSUED_AT.read(self.header))
    }

    /// The last second at which the bundle trusts anybody, in Unix seconds.
    #[must_use]
    pub fn not_after(&self) -> i64 {
        i64::from_be_bytes(layout::NOT_AFTER.read(self.header))
    }

    /// The issuer with exactly this key. It may be revoked.
    #[must_use]
    pub fn issuer(&self, key: &[u8; PUBLIC_KEY_LEN]) -> Option<TrustedIssuer<'k>> {
        self.record_of(find(self.index, key)?)
    }

    /// Every issuer, in ascending order of the keys. They may be revoked.
    pub fn issuers(&self) -> impl Iterator<Item = TrustedIssuer<'k>> + use<'k> {
        let bundle = *self;
        // None is left out: each record was read when the bundle was opened.
        self.index.iter().filter_map(move |entry| bundle.record_of(entry))
    }

    /// The keys of all revoked issuers, in ascending order. They are as the authority wrote them,
    /// like [`TrustedIssuer::key`], and need not be listed as issuers.
    pub fn revoked_issuers(&self) -> impl Iterator<Item = PublicKey> + use<'k> {
        self.revoked_issuers.iter().map(|key| PublicKey::unvalidated(*key))
    }

    /// All revoked tokens by issuer and token id, in ascending order.
    pub fn revoked_tokens(&self) -> impl Iterator<Item = (PublicKey, u64)> + use<'k> {
        self.revoked_tokens.iter().map(|entry| {
            let token_id = u64::from_be_bytes(layout::REVOKED_ID.read(entry));
            (PublicKey::unvalidated(layout::REVOKED_ISSUER.read(entry)), token_id)
        })
    }

    /// Refuses an issuer and a token that are revoked, listed above or not.
    ///
    /// # Errors
    /// [`Error::IssuerRevoked`], [`Error::TokenRevoked`].
    pub fn check_revocation(&self, issuer: &[u8; PUBLIC_KEY_LEN], token_id: u64) -> Result<(), Error> {
        if find(self.revoked_issuers, issuer).is_some() {
            return Err(Error::IssuerRevoked);
        }
        if find(self.revoked_tokens, &revoked_token(issuer, token_id)).is_some() {
            return Err(Error::TokenRevoked);
        }
        Ok(())
    }

    /// How many issuers there are.
    #[must_use]
    pub const fn issuer_count(&self) -> usize {
        self.index.len()
    }

    /// How many issuers and single tokens are revoked.
    #[must_use]
    pub const fn revocation_count(&self) -> usize {
        self.revoked_issuers.len().saturating_add(self.revoked_tokens.len())
    }

    /// Reads the record that an entry of the index names.
    fn record_of(&self, entry: &[u8; INDEX_ENTRY_LEN]) -> Option<TrustedIssuer<'k>> {
        let offset = usize::try_from(u32::from_be_bytes(layout::ENTRY_OFFSET.read(entry))).ok()?;
        read_record(&mut Reader::new(self.records.get(offset..)?), entry)
    }

    /// Everything before the signature, or `None` where it is not well formed.
    fn parse(bytes: &'k [u8], signed: &'k [u8]) -> Option<Self> {
        let mut reader = Reader::new(signed);
        let header = reader.array::<HEADER_LEN>()?;
        let known = layout::MAGIC.read(header) == MAGIC_BYTES
            && layout::VERSION.read(header) == [VERSION_1]
            && layout::FLAGS.read(header) == [NO_FLAGS];
        let count = |bytes| usize::try_from(u32::from_be_bytes(bytes)).ok();
        let bundle = Self {
            bytes,
            header,
            index: chunks(&mut reader, count(layout::ISSUER_COUNT.read(header))?)?,
            records: reader.take(count(layout::RECORDS_LEN.read(header))?)?,
            revoked_issuers: chunks(&mut reader, count(layout::REVOKED_ISSUER_COUNT.read(header))?)?,
            revoked_tokens: chunks(&mut reader, count(layout::REVOKED_TOKEN_COUNT.read(header))?)?,
        };
        let ordered = strictly_ascending(bundle.index.iter().map(|entry| layout::ENTRY_KEY.read(entry)))
            && strictly_ascending(bundle.revoked_issuers.iter())
            && strictly_ascending(bundle.revoked_tokens.iter());
        let lives = bundle.not_after() >= bundle.issued_at();
        (known && lives && reader.rest().is_empty() && ordered && bundle.records_are_sound()).then_some(bundle)
    }

    /// Whether the records lie one behind the other in the order of the index, without gaps, and
    /// each is well formed.
    fn records_are_sound(&self) -> bool {
        let mut reader = Reader::new(self.records);
        for entry in self.index {
            let at = self.records.len().saturating_sub(reader.rest().len());
            let announced = u32::from_be_bytes(layout::ENTRY_OFFSET.read(entry));
            let record = read_record(&mut reader, entry);
            if u32::try_from(at) != Ok(announced) || record.is_none_or(|issuer| issuer.check_strings().is_err()) {
                return false;
            }
        }
        reader.rest().is_empty()
    }
}

/// Reads `count` blocks of `N` bytes.
fn chunks<'k, const N: usize>(reader: &mut Reader<'k>, count: usize) -> Option<&'k [[u8; N]]> {
    let (chunks, _) = reader.take(count.checked_mul(N)?)?.as_chunks();
    Some(chunks)
}

fn strictly_ascending<T: PartialOrd>(items: impl Iterator<Item = T>) -> bool {
    items.is_sorted_by(|a, b| a < b)
}

/// The entry that begins with `key`, in a list in ascending order. The first 8 bytes nearly always
/// decide.
fn find<'k, const N: usize, const KEY: usize>(entries: &'k [[u8; N]], key: &[u8; KEY]) -> Option<&'k [u8; N]> {
    let head = |bytes: &[u8]| bytes.first_chunk().map(|head| u64::from_be_bytes(*head));
    let wanted = head(key);
    let order = |entry: &[u8; N]| head(entry).cmp(&wanted).then_with(|| entry.get(..KEY).cmp(&Some(key.as_slice())));
    entries.get(entries.binary_search_by(order).ok()?)
}

/// Reads the record that belongs to an entry of the index. Its strings are checked when the bundle
/// is opened.
fn read_record<'k>(reader: &mut Reader<'k>, entry: &[u8; INDEX_ENTRY_LEN]) -> Option<TrustedIssuer<'k>> {
    let record = reader.array::<RECORD_LEN>()?;
    let name = core::str::from_utf8(reader.prefixed()?).ok()?;
    let project = core::str::from_utf8(reader.prefixed()?).ok()?;
    let ceiling = Scopes::read(reader)?;
    let rules = Rules::from_byte(u8::from_be_bytes(layout::RULES.read(record)))?;
    let quota = Quota::from_fields(
        u32::from_be_bytes(layout::QUOTA_CALLS.read(record)),
        u32::from_be_bytes(layout::QUOTA_SECONDS.read(record)),
    )?;
    let issuer = TrustedIssuer::from_bundle(
        PublicKey::unvalidated(layout::ENTRY_KEY.read(entry)),
        (name, project),
        ceiling,
        u32::from_be_bytes(layout::MAX_LIFETIME.read(record)),
        (
            i64::from_be_bytes(layout::RECORD_NOT_BEFORE.read(record)),
            i64::from_be_bytes(layout::RECORD_NOT_AFTER.read(record)),
        ),
    );
    Some(issuer.bound_by(rules, quota))
}

impl<'k> Source<'k> for TrustBundle<'k> {
    fn issuer(&self, key: &[u8; PUBLIC_KEY_LEN]) -> Option<TrustedIssuer<'k>> {
        self.issuer(key)
    }

    fn check_revocation(&self, issuer: &[u8; PUBLIC_KEY_LEN], token_id: u64) -> Result<(), Error> {
        self.check_revocation(issuer, token_id)
    }

    fn check_current(&self, clock: Clock) -> Result<(), Error> {
        self.check_current(clock)
    }

    fn published_epoch(&self) -> Option<u64> {
        Some(self.epoch())
    }

    fn published_bytes(&self) -> Option<&'k [u8]> {
        Some(self.bytes)
    }

    fn authority(&self) -> Option<[u8; PUBLIC_KEY_LEN]> {
        Some(layout::AUTHORITY.read(self.header))
    }

    fn next_authority(&self) -> Option<[u8; PUBLIC_KEY_LEN]> {
        let next = layout::NEXT_AUTHORITY.read(self.header);
        (next != NO_KEY).then_some(next)
    }

    fn not_after(&self) -> Option<i64> {
        Some((*self).not_after())
    }

    fn time_bound(&self) -> Option<i64> {
        Some(self.issued_at())
    }
}

impl fmt::Debug for TrustBundle<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrustBundle")
            .field("epoch", &self.epoch())
            .field("issued_at", &self.issued_at())
            .field("not_after", &self.not_after())
            .field("issuers", &self.issuer_count())
            .field("revocations", &self.revocation_count())
            .finish_non_exhaustive()
    }
}
