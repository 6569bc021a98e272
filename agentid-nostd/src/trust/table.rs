//! A trust set written in code: for devices with a handful of issuers, and for tests.

use super::issuer::TrustedIssuer;
use super::{TrustSource, sealed};
use crate::clock::Clock;
use crate::error::Error;
use crate::layout::PUBLIC_KEY_LEN;

/// A slice of [`TrustedIssuer`]s. It knows no revocation: take an entry out instead. Lookup is linear; for more than
/// a few dozen issuers use a [`TrustBundle`](crate::TrustBundle).
#[derive(Clone, Copy, Debug)]
pub struct TrustTable<'k> {
    issuers: &'k [TrustedIssuer<'k>],
}

impl<'k> TrustTable<'k> {
    /// Checks every entry, once. This derives a key per entry and is not meant for every call.
    ///
    /// # Errors
    /// [`Error::InvalidName`], [`Error::InvalidProject`], [`Error::InvalidScope`] of a ceiling,
    /// [`Error::TooManyScopes`] for a ceiling of more than 255, [`Error::GuessableIssuer`] where an
    /// entry's key was derived without a secret, [`Error::DuplicateIssuer`] where a key stands
    /// twice.
    pub fn new(issuers: &'k [TrustedIssuer<'k>]) -> Result<Self, Error> {
        let mut rest = issuers;
        while let [issuer, tail @ ..] = rest {
            issuer.check()?;
            if tail.iter().any(|other| other.key == issuer.key) {
                return Err(Error::DuplicateIssuer);
            }
            rest = tail;
        }
        Ok(Self { issuers })
    }
}

impl sealed::Sealed for TrustTable<'_> {}

impl<'k> TrustSource<'k> for TrustTable<'k> {
    fn issuer(&self, key: &[u8; PUBLIC_KEY_LEN]) -> Option<TrustedIssuer<'k>> {
        self.issuers.iter().find(|issuer| issuer.key.as_bytes() == key).copied()
    }

    fn check_revocation(&self, _: &[u8; PUBLIC_KEY_LEN], _: u64) -> Result<(), Error> {
        Ok(())
    }

    fn check_current(&self, _: Clock) -> Result<(), Error> {
        Ok(())
    }

    fn published_epoch(&self) -> Option<u64> {
        None
    }

    fn published_bytes(&self) -> Option<&'k [u8]> {
        None
    }

    fn authority(&self) -> Option<[u8; PUBLIC_KEY_LEN]> {
        None
    }

    fn time_bound(&self) -> Option<i64> {
        None
    }
}
