//! Whom to trust: which key may speak for which agent, with which scopes at most, for how long.

pub(crate) mod anchor;
pub(crate) mod bundle;
pub(crate) mod bundle_builder;
pub(crate) mod hand_over;
mod heap_sort;
pub(crate) mod issuer;
pub(crate) mod rules;
pub(crate) mod state;
pub(crate) mod table;

use crate::clock::Clock;
use crate::error::Error;
use crate::layout::PUBLIC_KEY_LEN;
use issuer::TrustedIssuer;

/// A set of trusted issuers with their revocations: [`TrustTable`](crate::TrustTable) or
/// [`TrustBundle`](crate::TrustBundle). It cannot be implemented elsewhere, so that every decision
/// stays here, and what a gate asks of it may change.
pub trait TrustSource<'k>: sealed::Source<'k> {}

impl<'k, T: sealed::Source<'k>> TrustSource<'k> for T {}

/// Checks that one trust set may replace another. At the same epoch only the same bytes may:
/// otherwise a revocation could be undone. A next authority that was named stays.
pub(crate) fn check_follows<'n, 'e>(
    next: &impl TrustSource<'n>,
    earlier: &impl TrustSource<'e>,
) -> Result<(), Error> {
    // Another authority numbers its bundles by itself. A table has none, and does not follow a
    // bundle.
    if next.authority().is_some() && next.authority() != earlier.authority() {
        return Ok(());
    }
    let (new, old) = (next.published_epoch(), earlier.published_epoch());
    if new < old || (new == old && next.published_bytes() != earlier.published_bytes()) {
        return Err(Error::BundleRollback);
    }
    let named = earlier.next_authority();
    if named.is_some() && next.next_authority() != named {
        return Err(Error::MalformedBundle);
    }
    Ok(())
}

pub(crate) mod sealed {
    use super::{Clock, Error, PUBLIC_KEY_LEN, TrustedIssuer};

    /// The questions that a gate asks of a trust set.
    pub trait Source<'k> {
        /// The issuer with exactly this key.
        #[must_use]
        fn issuer(&self, key: &[u8; PUBLIC_KEY_LEN]) -> Option<TrustedIssuer<'k>>;

        /// Whether this issuer or this one token of it is revoked.
        ///
        /// # Errors
        /// [`Error::IssuerRevoked`], [`Error::TokenRevoked`].
        fn check_revocation(&self, issuer: &[u8; PUBLIC_KEY_LEN], token_id: u64) -> Result<(), Error>;

        /// Whether anybody is trusted at all at this time.
        ///
        /// # Errors
        /// [`Error::BundleExpired`].
        fn check_current(&self, clock: Clock) -> Result<(), Error>;

        /// The epoch of this set, if it has one.
        #[must_use]
        fn published_epoch(&self) -> Option<u64>;

        /// The signed bytes, signature included, if the set was published.
        #[must_use]
        fn published_bytes(&self) -> Option<&'k [u8]>;

        /// The key of the authority that published the set, if it was published.
        #[must_use]
        fn authority(&self) -> Option<[u8; PUBLIC_KEY_LEN]>;

        /// The key that may take over from the authority, if the set names one.
        #[must_use]
        fn next_authority(&self) -> Option<[u8; PUBLIC_KEY_LEN]>;

        /// The last second, in Unix seconds, at which the set trusts anybody, if there is one.
        #[must_use]
        fn not_after(&self) -> Option<i64>;

        /// A time, in Unix seconds, that has certainly been reached, if the source proves one.
        #[must_use]
        fn time_bound(&self) -> Option<i64>;
    }
}
