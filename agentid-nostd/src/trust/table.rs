//! A trust set written in code: for devices with a handful of issuers, and for tests.

use super::issuer::TrustedIssuer;
use super::sealed::Source;
use crate::clock::Clock;
use crate::error::Error;
use crate::layout::PUBLIC_KEY_LEN;

/// A slice of [`TrustedIssuer`]s. It knows no revocation: take an entry out instead. Lookup is
/// linear; for more than a few dozen issuers use a [`TrustBundle`](crate::TrustBundle).
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
    /// twice, [`Error::MalformedBundle`] for rules or a quota that no bundle can say.
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

impl<'k> Source<'k> for TrustTable<'k> {
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

    fn next_authority(&self) -> Option<[u8; PUBLIC_KEY_LEN]> {
        None
    }

    fn not_after(&self) -> Option<i64> {
        None
    }

    fn time_bound(&self) -> Option<i64> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::TrustTable;
    use crate::error::Error;
    use crate::signature::PublicKey;
    use crate::trust::issuer::TrustedIssuer;

    /// The key of `research-bot` of `phd-lab` without a seed, computed with Python's
    /// `cryptography`.
    const GUESSABLE: &str = "11a5d4234263750789354f87c9285d0973814ce9b2f9b7236fb07f8e1de8159e";

    /// With each backend alone: this is asked of the one that is enabled.
    #[test]
    fn a_key_that_was_derived_without_a_secret_is_refused() {
        let mut key = [0; 32];
        base16ct::lower::decode(GUESSABLE, &mut key).expect("hex");
        let trusted = TrustedIssuer::new(PublicKey::unvalidated(key), "research-bot", "phd-lab");
        let other = TrustedIssuer::new(PublicKey::unvalidated(key), "research-bot", "lab");
        assert_eq!(TrustTable::new(&[trusted]).err(), Some(Error::GuessableIssuer));
        assert!(TrustTable::new(&[trusted.allow_guessable()]).is_ok());
        assert!(TrustTable::new(&[other]).is_ok(), "the key of another agent");
    }
}
