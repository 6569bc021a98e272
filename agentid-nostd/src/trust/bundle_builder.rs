//! Writing and signing a trust bundle: the authority's side.

use core::fmt;

use super::heap_sort::heap_sort;
use super::issuer::TrustedIssuer;
use crate::clock::{Clock, DEFAULT_CLOCK_SKEW_SECONDS};
use crate::error::Error;
use crate::layout::SIGNATURE_LEN;
use crate::layout::bundle::{
    self as layout, HEADER_LEN, INDEX_ENTRY_LEN, MAGIC_BYTES, NO_FLAGS, NO_KEY, RECORD_LEN, VERSION_1, revoked_token,
};
use crate::signature::{PublicKey, Signer, SigningKey};
use crate::writer::Writer;

/// What goes into a bundle. The lists are sorted in place; rotating a key and revoking are both
/// "publish the next epoch".
#[must_use = "a builder writes nothing until `write_into` is called"]
pub struct TrustBundleBuilder<'a, 'k, S = SigningKey> {
    authority: &'a S,
    epoch: u64,
    issued_at: i64,
    not_after: i64,
    issuers: &'a mut [TrustedIssuer<'k>],
    revoked_issuers: &'a mut [PublicKey],
    revoked_tokens: &'a mut [(PublicKey, u64)],
    next_authority: Option<PublicKey>,
    may_be_dated_ahead: bool,
}

impl<'a, 'k, S: Signer> TrustBundleBuilder<'a, 'k, S> {
    /// A bundle of this authority, whose key belongs offline, without issuers. `epoch` must be
    /// higher than that of every bundle before; `issued_at` (the time of signing) and `not_after`
    /// (the last second of trust) are Unix seconds.
    pub fn new(authority: &'a S, epoch: u64, issued_at: i64, not_after: i64) -> Self {
        Self {
            authority,
            epoch,
            issued_at,
            not_after,
            issuers: &mut [],
            revoked_issuers: &mut [],
            revoked_tokens: &mut [],
            next_authority: None,
            may_be_dated_ahead: false,
        }
    }

    /// Whom to trust.
    pub fn issuers(mut self, issuers: &'a mut [TrustedIssuer<'k>]) -> Self {
        self.issuers = issuers;
        self
    }

    /// Issuers of which no token is accepted any more, listed above or not.
    pub fn revoked_issuers(mut self, keys: &'a mut [PublicKey]) -> Self {
        self.revoked_issuers = keys;
        self
    }

    /// Single tokens that are not accepted any more, by issuer and token id.
    pub fn revoked_tokens(mut self, tokens: &'a mut [(PublicKey, u64)]) -> Self {
        self.revoked_tokens = tokens;
        self
    }

    /// The key that may take over from this authority, whose secret is kept apart from this one's.
    /// Verifiers that have seen it refuse every bundle that names another one or none. Whoever has
    /// it signs the first bundle of the hand-over, of any epoch, without asking this authority.
    pub const fn next_authority(mut self, key: PublicKey) -> Self {
        self.next_authority = Some(key);
        self
    }

    /// Allows an issued_at that lies ahead of the clock. Verifiers that know the time refuse the
    /// bundle until then.
    pub const fn allow_dated_ahead(mut self) -> Self {
        self.may_be_dated_ahead = true;
        self
    }

    /// Checks every entry, then writes and signs the bundle at the beginning of `buf` and returns
    /// it. `clock` is the authority's clock: only with [`Clock::Known`] is a date in milliseconds
    /// refused. On error the buffer may have been written to.
    ///
    /// # Errors
    /// [`Error::EmptyLifetime`] if not_after is before issued_at; [`Error::BundleDatedAhead`] if
    /// issued_at lies more than 30 seconds ahead of a known clock; as
    /// [`TrustTable::new`](crate::TrustTable::new); [`Error::MalformedBundle`] also for a next
    /// authority that is this one, or all zeros; [`Error::DuplicateIssuer`] also for a
    /// revocation that stands twice; [`Error::TooManyScopes`] for a ceiling of more than 255;
    /// [`Error::BufferTooSmall`]; the signer's code.
    pub fn write_into<'b>(&mut self, buf: &'b mut [u8], clock: Clock) -> Result<&'b [u8], Error> {
        heap_sort(self.issuers, |a, b| a.key.as_bytes().cmp(b.key.as_bytes()));
        heap_sort(self.revoked_issuers, |a, b| a.as_bytes().cmp(b.as_bytes()));
        heap_sort(self.revoked_tokens, |(a, x), (b, y)| (a.as_bytes(), x).cmp(&(b.as_bytes(), y)));
        self.check(clock)?;
        let len = self.write_unsigned(buf).ok_or(Error::BufferTooSmall)?;
        let (signed, rest) = buf.split_at_mut_checked(len).ok_or(Error::BufferTooSmall)?;
        let signature = rest.first_chunk_mut::<SIGNATURE_LEN>().ok_or(Error::BufferTooSmall)?;
        *signature = self.authority.sign(signed)?;
        buf.get(..len.saturating_add(SIGNATURE_LEN)).ok_or(Error::BufferTooSmall)
    }

    fn check(&self, clock: Clock) -> Result<(), Error> {
        if self.not_after < self.issued_at {
            return Err(Error::EmptyLifetime);
        }
        let earliest = self.issued_at.saturating_sub_unsigned(u64::from(DEFAULT_CLOCK_SKEW_SECONDS));
        if clock.is_before(earliest) && !self.may_be_dated_ahead {
            return Err(Error::BundleDatedAhead);
        }
        let own = *self.authority.public_key().as_bytes();
        if self.next_authority.is_some_and(|next| [own, NO_KEY].contains(next.as_bytes())) {
            return Err(Error::MalformedBundle);
        }
        for issuer in &*self.issuers {
            issuer.check()?;
        }
        let distinct = self.issuers.is_sorted_by(|a, b| a.key != b.key)
            && self.revoked_issuers.is_sorted_by(|a, b| a != b)
            && self.revoked_tokens.is_sorted_by(|a, b| a != b);
        if distinct { Ok(()) } else { Err(Error::DuplicateIssuer) }
    }

    /// Writes everything before the signature and returns its length; `None` where it does not fit.
    fn write_unsigned(&self, buf: &mut [u8]) -> Option<usize> {
        let whole = buf.len();
        let mut writer = Writer::new(buf);
        let records_len = self.issuers.iter().try_fold(0u32, |sum, issuer| sum.checked_add(record_len(issuer)?))?;
        writer.put(&self.header(records_len)?)?;
        let mut offset = 0u32;
        for issuer in &*self.issuers {
            let mut entry = [0; INDEX_ENTRY_LEN];
            layout::ENTRY_KEY.write(&mut entry, *issuer.key.as_bytes());
            layout::ENTRY_OFFSET.write(&mut entry, offset.to_be_bytes());
            writer.put(&entry)?;
            offset = offset.checked_add(record_len(issuer)?)?;
        }
        for issuer in &*self.issuers {
            write_record(&mut writer, issuer)?;
        }
        for key in &*self.revoked_issuers {
            writer.put(key.as_bytes())?;
        }
        for (key, token_id) in &*self.revoked_tokens {
            writer.put(&revoked_token(key.as_bytes(), *token_id))?;
        }
        whole.checked_sub(writer.room())
    }

    fn header(&self, records_len: u32) -> Option<[u8; HEADER_LEN]> {
        let count = |len: usize| u32::try_from(len).ok().map(u32::to_be_bytes);
        let mut header = [0; HEADER_LEN];
        layout::MAGIC.write(&mut header, MAGIC_BYTES);
        layout::VERSION.write(&mut header, [VERSION_1]);
        layout::FLAGS.write(&mut header, [NO_FLAGS]);
        layout::EPOCH.write(&mut header, self.epoch.to_be_bytes());
        layout::ISSUED_AT.write(&mut header, self.issued_at.to_be_bytes());
        layout::NOT_AFTER.write(&mut header, self.not_after.to_be_bytes());
        layout::AUTHORITY.write(&mut header, *self.authority.public_key().as_bytes());
        layout::NEXT_AUTHORITY.write(&mut header, self.next_authority.map_or(NO_KEY, |key| *key.as_bytes()));
        layout::ISSUER_COUNT.write(&mut header, count(self.issuers.len())?);
        layout::RECORDS_LEN.write(&mut header, records_len.to_be_bytes());
        layout::REVOKED_ISSUER_COUNT.write(&mut header, count(self.revoked_issuers.len())?);
        layout::REVOKED_TOKEN_COUNT.write(&mut header, count(self.revoked_tokens.len())?);
        Some(header)
    }
}

impl<S: Signer> fmt::Debug for TrustBundleBuilder<'_, '_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrustBundleBuilder")
            .field("authority", &self.authority.public_key())
            .field("epoch", &self.epoch)
            .field("issued_at", &self.issued_at)
            .field("not_after", &self.not_after)
            .field("issuers", &self.issuers)
            .finish_non_exhaustive()
    }
}

/// How many bytes a record takes.
fn record_len(issuer: &TrustedIssuer<'_>) -> Option<u32> {
    let prefixed = |string: &str| string.len().checked_add(1);
    let mut len =
        RECORD_LEN.checked_add(1)?.checked_add(prefixed(issuer.name)?)?.checked_add(prefixed(issuer.project)?)?;
    for scope in issuer.ceiling.iter() {
        len = len.checked_add(prefixed(scope)?)?;
    }
    u32::try_from(len).ok()
}

fn write_record(writer: &mut Writer<'_>, issuer: &TrustedIssuer<'_>) -> Option<()> {
    let mut record = [0; RECORD_LEN];
    layout::MAX_LIFETIME.write(&mut record, issuer.max_lifetime_seconds.to_be_bytes());
    layout::RECORD_NOT_BEFORE.write(&mut record, issuer.not_before.to_be_bytes());
    layout::RECORD_NOT_AFTER.write(&mut record, issuer.not_after.to_be_bytes());
    layout::RULES.write(&mut record, [issuer.rules.to_byte()]);
    layout::QUOTA_CALLS.write(&mut record, issuer.quota.map_or(0, |quota| quota.calls.get()).to_be_bytes());
    layout::QUOTA_SECONDS.write(&mut record, issuer.quota.map_or(0, |quota| quota.seconds.get()).to_be_bytes());
    writer.put(&record)?;
    writer.put_prefixed(issuer.name)?;
    writer.put_prefixed(issuer.project)?;
    writer.put(&[u8::try_from(issuer.ceiling.len()).ok()?])?;
    issuer.ceiling.iter().try_for_each(|scope| writer.put_prefixed(scope))
}
