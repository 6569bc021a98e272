//! What kind of refusal a code is: what HTTP adapters tell apart.

use crate::error::Error;

/// The kind of an [`Error`], with the HTTP status that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ErrorClass {
    /// The token proves nothing, or nothing any more: another token may.
    Unauthenticated,
    /// The token is good and does not allow this.
    Forbidden,
    /// The token is good and used up.
    Exhausted,
    /// The verifier cannot decide now: its clock, trust or ledger will not do.
    Unavailable,
    /// The caller's own argument is wrong; no token is to blame.
    Misuse,
}

impl ErrorClass {
    /// The HTTP status code (RFC 9110, section 15; 429 is RFC 6585).
    #[must_use]
    pub const fn http_status(self) -> u16 {
        match self {
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::Exhausted => 429,
            Self::Unavailable => 503,
            Self::Misuse => 500,
        }
    }
}

impl Error {
    /// What kind of refusal this is.
    #[must_use]
    pub const fn class(self) -> ErrorClass {
        match self {
            Self::TooShort
            | Self::TooLong
            | Self::BadMagic
            | Self::UnsupportedVersion
            | Self::ReservedFlags
            | Self::Truncated
            | Self::TrailingBytes
            | Self::InvalidName
            | Self::InvalidProject
            | Self::InvalidScope
            | Self::EmptyLifetime
            | Self::LifetimeTooLong
            | Self::UntrustedIssuer
            | Self::Expired
            | Self::NotYetValid
            | Self::BadSignature
            | Self::InvalidText
            | Self::MissingCredentials
            | Self::UnsupportedScheme
            | Self::IssuerRevoked
            | Self::TokenRevoked
            | Self::NameMismatch
            | Self::IssuerNotValid
            | Self::IssuedBeforeStart
            | Self::AudienceRequired
            | Self::BindingRequired => ErrorClass::Unauthenticated,
            Self::ScopeNotGranted | Self::ScopeAboveCeiling => ErrorClass::Forbidden,
            Self::BudgetExhausted | Self::Replayed | Self::QuotaExhausted => ErrorClass::Exhausted,
            Self::TimeUncertain
            | Self::LedgerFull
            | Self::UsageForgotten
            | Self::WindowExceeded
            | Self::CannotCount
            | Self::BundleExpired
            | Self::EntropyUnavailable
            | Self::SigningFailed => ErrorClass::Unavailable,
            Self::InvalidPublicKey
            | Self::InvalidSecretKey
            | Self::TooManyScopes
            | Self::TimeOverflow
            | Self::BufferTooSmall
            | Self::MalformedBundle
            | Self::WrongAuthority
            | Self::BadBundleSignature
            | Self::BundleRollback
            | Self::GuessableIssuer
            | Self::DuplicateIssuer
            | Self::BundleDatedAhead
            | Self::SeedTooShort => ErrorClass::Misuse,
        }
    }

    /// Returns whether a gate answers this code only after the signature was found good. The log
    /// line of such a refusal can name the agent. The log line of any other names a key that the
    /// caller claims.
    #[must_use]
    pub const fn implies_good_signature(self) -> bool {
        matches!(
            self,
            Self::ScopeNotGranted
                | Self::ScopeAboveCeiling
                | Self::BudgetExhausted
                | Self::Replayed
                | Self::QuotaExhausted
                | Self::LedgerFull
                | Self::UsageForgotten
                | Self::WindowExceeded
                | Self::CannotCount
        )
    }

    /// Returns whether an adapter may tell a caller this code. The others depend on the keys that
    /// the verifier trusts and revokes. A caller that is not authenticated gets one answer for all
    /// of them, and the log gets the code.
    ///
    /// [`Error::Expired`] and [`Error::NotYetValid`] are told, because a caller whose clock is
    /// wrong needs them. They come before the signature, so a forged token that is expired
    /// tells whether its issuer is trusted. This hides codes, not the time that an answer
    /// takes.
    #[must_use]
    pub const fn is_disclosable(self) -> bool {
        !matches!(
            self,
            Self::InvalidName
                | Self::InvalidProject
                | Self::InvalidScope
                | Self::LifetimeTooLong
                | Self::UntrustedIssuer
                | Self::BadSignature
                | Self::IssuerRevoked
                | Self::TokenRevoked
                | Self::NameMismatch
                | Self::IssuerNotValid
                | Self::IssuedBeforeStart
        )
    }
}
