//! A trust set as signed bytes, searched where they lie: in flash, in a Worker's memory, in a
//! fetched buffer.
//!
//! [`TrustBundle::open`] checks everything once, order and offsets included; after that a lookup
//! cannot fail, only find or not find.

use core::fmt;

use super::anchor::{BundleVersion, TrustAnchor};
use super::entries::Entries;
use super::issuer::TrustedIssuer;
use super::sealed::Source;
use crate::clock::Clock;
use crate::error::Error;
use crate::explanation::{Detail, Explanation};
use crate::layout::bundle::{
    self as layout, HEADER_LEN, INDEX_ENTRY_LEN, MAGIC_BYTES, NO_FLAGS, RECORD_LEN, REVOKED_TOKEN_LEN, VERSION_1,
    revoked_token,
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
    index: Entries<'k, INDEX_ENTRY_LEN, PUBLIC_KEY_LEN>,
    records: &'k [u8],
    revoked_issuers: Entries<'k, PUBLIC_KEY_LEN>,
    revoked_tokens: Entries<'k, REVOKED_TOKEN_LEN>,
}

impl<'k> TrustBundle<'k> {
    /// Opens a bundle in place: structure, authority, signature, version and age, once. Nothing is
    /// copied. The keys of issuers are not checked to be points: a bad one can never verify a
    /// token.
    ///
    /// # Errors
    /// The first that applies: [`Error::MalformedBundle`]; [`Error::WrongAuthority`];
    /// [`Error::BadBundleSignature`]; [`Error::BundleRollback`] for an epoch below the newest seen,
    /// or another bundle of that epoch; [`Error::BundleDatedAhead`] if the clock is known and
    /// issued_at lies further ahead than the skew; [`Error::BundleExpired`].
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
        let (signed, signature) = bytes.split_last_chunk::<SIGNATURE_LEN>().ok_or(Error::MalformedBundle)?;
        let bundle = Self::parse(bytes, signed).ok_or(Error::MalformedBundle)?;
        if !anchor.is_of(&layout::AUTHORITY.read(bundle.header)) {
            return Err(Error::WrongAuthority);
        }
        if anchor.authority().verify_signature_with(backend, signed, signature).is_err() {
            return Err(Error::BadBundleSignature);
        }
        if anchor.newest_version().is_some_and(|newest| !bundle.may_follow(&newest)) {
            return Err(Error::BundleRollback);
        }
        follows(&bundle)?;
        // Saturating is exact here: no time lies before the smallest `i64`.
        if clock.is_before(bundle.issued_at().saturating_sub_unsigned(u64::from(anchor.skew()))) {
            return Err(Error::BundleDatedAhead);
        }
        bundle.check_current(clock)?;
        Ok(bundle)
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

    /// Epoch and digest. Store them, so that no older bundle opens at the next start. This hashes
    /// the whole bundle.
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
        self.record_of(self.index.find(key)?)
    }

    /// Every issuer, in ascending order of the keys. They may be revoked.
    pub fn issuers(&self) -> impl Iterator<Item = TrustedIssuer<'k>> + use<'k> {
        let bundle = *self;
        // None is left out: each record was read when the bundle was opened.
        self.index.as_slice().iter().filter_map(move |entry| bundle.record_of(entry))
    }

    /// The keys of all revoked issuers, in ascending order. They are as the authority wrote them,
    /// like [`TrustedIssuer::key`], and need not be listed as issuers.
    pub fn revoked_issuers(&self) -> impl Iterator<Item = PublicKey> + use<'k> {
        self.revoked_issuers.as_slice().iter().map(|key| PublicKey::unvalidated(*key))
    }

    /// All revoked tokens by issuer and token id, in ascending order.
    pub fn revoked_tokens(&self) -> impl Iterator<Item = (PublicKey, u64)> + use<'k> {
        self.revoked_tokens.as_slice().iter().map(|entry| {
            let token_id = u64::from_be_bytes(layout::REVOKED_ID.read(entry));
            (PublicKey::unvalidated(layout::REVOKED_ISSUER.read(entry)), token_id)
        })
    }

    /// Refuses an issuer and a token that are revoked, listed above or not.
    ///
    /// # Errors
    /// [`Error::IssuerRevoked`], [`Error::TokenRevoked`].
    pub fn check_revocation(&self, issuer: &[u8; PUBLIC_KEY_LEN], token_id: u64) -> Result<(), Error> {
        if self.revoked_issuers.find(issuer).is_some() {
            return Err(Error::IssuerRevoked);
        }
        if self.revoked_tokens.find(&revoked_token(issuer, token_id)).is_some() {
            return Err(Error::TokenRevoked);
        }
        Ok(())
    }

    /// How many issuers there are.
    #[must_use]
    pub const fn issuer_count(&self) -> usize {
        self.index.as_slice().len()
    }

    /// How many issuers and single tokens are revoked.
    #[must_use]
    pub const fn revocation_count(&self) -> usize {
        self.revoked_issuers.as_slice().len().saturating_add(self.revoked_tokens.as_slice().len())
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
            index: Entries::read(&mut reader, count(layout::ISSUER_COUNT.read(header))?)?,
            records: reader.take(count(layout::RECORDS_LEN.read(header))?)?,
            revoked_issuers: Entries::read(&mut reader, count(layout::REVOKED_ISSUER_COUNT.read(header))?)?,
            revoked_tokens: Entries::read(&mut reader, count(layout::REVOKED_TOKEN_COUNT.read(header))?)?,
        };
        let ordered = bundle.index.is_ascending()
            && bundle.revoked_issuers.is_ascending()
            && bundle.revoked_tokens.is_ascending();
        let lives = bundle.not_after() >= bundle.issued_at();
        (known && lives && reader.rest().is_empty() && ordered && bundle.records_are_sound()).then_some(bundle)
    }

    /// Whether the records lie one behind the other in the order of the index, without gaps, and
    /// each is well formed.
    fn records_are_sound(&self) -> bool {
        let mut reader = Reader::new(self.records);
        for entry in self.index.as_slice() {
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

/// Reads the record that belongs to an entry of the index. Its strings are checked when the bundle
/// is opened.
fn read_record<'k>(reader: &mut Reader<'k>, entry: &[u8; INDEX_ENTRY_LEN]) -> Option<TrustedIssuer<'k>> {
    let record = reader.array::<RECORD_LEN>()?;
    let name = core::str::from_utf8(reader.prefixed()?).ok()?;
    let project = core::str::from_utf8(reader.prefixed()?).ok()?;
    let ceiling = Scopes::read(reader)?;
    Some(TrustedIssuer::from_bundle(
        PublicKey::unvalidated(layout::ENTRY_KEY.read(entry)),
        (name, project),
        ceiling,
        u32::from_be_bytes(layout::MAX_LIFETIME.read(record)),
        (
            i64::from_be_bytes(layout::RECORD_NOT_BEFORE.read(record)),
            i64::from_be_bytes(layout::RECORD_NOT_AFTER.read(record)),
        ),
    ))
}

impl<'k> Source<'k> for TrustBundle<'k> {
    fn issuer(&self, key: &[u8; PUBLIC_KEY_LEN]) -> Option<TrustedIssuer<'k>> {
        self.issuer(key)
    }

    fn check_revocation(&self, issuer: &[u8; PUBLIC_KEY_LEN], token_id: u64) -> Result<(), Error> {
        self.check_revocation(issuer, token_id)
    }

    fn check_current(&self, clock: Clock) -> Result<(), Error> {
        if clock.is_past(self.not_after()) { Err(Error::BundleExpired) } else { Ok(()) }
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
