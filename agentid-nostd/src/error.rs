//! Every reason to refuse, with the code that is the same on every platform.

/// Declares [`Error`] from one table, so that a code, its name and its sentence cannot drift apart.
macro_rules! errors {
    ($($code:literal $name:literal $variant:ident $sentence:literal)+) => {
        /// Why a token, a key or a request was refused.
        ///
        /// The numeric [`code`](Error::code) and the [`name`](Error::name) are stable: they are listed in
        /// `SPEC.md` and are never reused for another reason. New reasons get new codes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub enum Error {
            $(#[doc = $sentence] $variant,)+
        }

        impl Error {
            /// All errors, in ascending order of code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable numeric code, never 0: adapters use 0 for "accepted".
            #[must_use]
            pub const fn code(self) -> u8 {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The stable kebab-case name, such as `bad-signature`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The sentence that explains it, which may change.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self { $(Self::$variant => $sentence,)+ }
            }
        }

        impl core::fmt::Display for Error {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.message())
            }
        }
    };
}

errors! {
    // A token was refused. The order is the order of the checks.
    1 "too-short" TooShort "the token is shorter than the shortest well-formed one"
    2 "too-long" TooLong "the token is longer than the format or the verifier's policy allows"
    3 "bad-magic" BadMagic "the token does not begin with the bytes A9 1D"
    4 "unsupported-version" UnsupportedVersion "the token's version is not 1"
    5 "reserved-flags" ReservedFlags "the reserved flags byte is not zero"
    6 "truncated" Truncated "a length prefix reaches beyond the signed bytes"
    7 "trailing-bytes" TrailingBytes "bytes are left over between the last scope and the signature"
    8 "invalid-name" InvalidName "the name is empty, longer than 255 bytes, not UTF-8 or contains NUL"
    9 "invalid-project" InvalidProject "the project is empty, longer than 255 bytes, not UTF-8 or contains NUL"
    10 "invalid-scope" InvalidScope "a scope is empty, longer than 255 bytes, not UTF-8, contains NUL or has an empty segment"
    11 "empty-lifetime" EmptyLifetime "expires_at is not after issued_at"
    12 "lifetime-too-long" LifetimeTooLong "the time from issued_at to expires_at exceeds the longest lifetime allowed"
    13 "untrusted-issuer" UntrustedIssuer "the issuer is not among the trusted keys"
    14 "expired" Expired "the token has expired"
    15 "not-yet-valid" NotYetValid "issued_at lies further in the future than the clock skew allows"
    16 "bad-signature" BadSignature "the signature is not the issuer's signature of these bytes"

    // An argument was refused: keys, text, minting.
    17 "invalid-public-key" InvalidPublicKey "the public key is not the canonical encoding of a curve point of large order"
    18 "invalid-secret-key" InvalidSecretKey "the secret key is all zero"
    19 "invalid-text" InvalidText "the text is neither base64url, base64 nor hexadecimal"
    20 "too-many-scopes" TooManyScopes "a token carries at most 255 scopes"
    // 21 and 22 are retired.
    23 "time-overflow" TimeOverflow "issued_at plus the lifetime exceeds the largest 64-bit time"
    24 "buffer-too-small" BufferTooSmall "the caller's buffer is too small for the result"
    25 "entropy-unavailable" EntropyUnavailable "the platform's source of randomness failed"

    // Admission refused a token.
    26 "issuer-revoked" IssuerRevoked "the trust bundle revokes every token of this issuer"
    27 "token-revoked" TokenRevoked "the trust bundle revokes this token"
    28 "name-mismatch" NameMismatch "the issuer's key may not speak for this name and project"
    29 "issuer-not-valid" IssuerNotValid "the issuer's key is not trusted yet, or not any more"
    30 "issued-before-start" IssuedBeforeStart "the token was issued before the ledger began to count"
    31 "time-uncertain" TimeUncertain "the time is not known well enough for the policy"
    32 "scope-not-granted" ScopeNotGranted "the token does not grant a required scope"
    33 "scope-above-ceiling" ScopeAboveCeiling "a required scope is more than the issuer may grant"
    34 "budget-exhausted" BudgetExhausted "the token has been used max_calls times"
    35 "replayed" Replayed "the token has been presented before, and may be used once"
    36 "ledger-full" LedgerFull "the ledger is full of live entries, none of which is given up"
    37 "usage-forgotten" UsageForgotten "the clock went back: the ledger may have forgotten uses of this token"
    38 "window-exceeded" WindowExceeded "the token lives longer than the replay filter remembers"
    39 "cannot-count" CannotCount "the ledger cannot count this use, so nobody passes on it"

    // A trust table or bundle was refused.
    40 "malformed-bundle" MalformedBundle "the trust bundle is not well formed"
    41 "wrong-authority" WrongAuthority "the trust bundle is not of the pinned authority"
    42 "bad-bundle-signature" BadBundleSignature "the signature is not the authority's signature of this trust bundle"
    43 "bundle-rollback" BundleRollback "the trust bundle is older than one seen before, or another one of the same epoch"
    44 "bundle-expired" BundleExpired "the trust bundle is past its not_after and trusts nobody"
    45 "guessable-issuer" GuessableIssuer "the issuer's key was derived without a secret: anybody can derive it"
    46 "duplicate-issuer" DuplicateIssuer "an issuer or a revocation stands twice"
    47 "bundle-dated-ahead" BundleDatedAhead "the trust bundle's issued_at lies further in the future than the clock skew allows"

    // A rule of the issuer refused a token. 48 to 60 are kept for version 2.
    52 "audience-required" AudienceRequired "the issuer's tokens must name their audience, and this one does not"
    54 "binding-required" BindingRequired "the issuer's tokens must be bound to a call, and this one is not"
    60 "quota-exhausted" QuotaExhausted "as many calls as the issuer's quota allows were admitted in this window of time"

    // An argument was refused: credentials and seeds.
    61 "missing-credentials" MissingCredentials "there is no Authorization header, or it is empty"
    62 "unsupported-scheme" UnsupportedScheme "the Authorization header has another scheme than AgentID or Bearer"
    63 "seed-too-short" SeedTooShort "the seed has fewer than 16 bytes"
    64 "signing-failed" SigningFailed "the signer has made no signature"
}

impl core::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::Error;

    /// Codes and names are an interface to every other platform: this table is written out by hand
    /// on purpose.
    #[test]
    fn codes_and_names_never_change() {
        let expected = [
            (1, "too-short"),
            (2, "too-long"),
            (3, "bad-magic"),
            (4, "unsupported-version"),
            (5, "reserved-flags"),
            (6, "truncated"),
            (7, "trailing-bytes"),
            (8, "invalid-name"),
            (9, "invalid-project"),
            (10, "invalid-scope"),
            (11, "empty-lifetime"),
            (12, "lifetime-too-long"),
            (13, "untrusted-issuer"),
            (14, "expired"),
            (15, "not-yet-valid"),
            (16, "bad-signature"),
            (17, "invalid-public-key"),
            (18, "invalid-secret-key"),
            (19, "invalid-text"),
            (20, "too-many-scopes"),
            (23, "time-overflow"),
            (24, "buffer-too-small"),
            (25, "entropy-unavailable"),
            (26, "issuer-revoked"),
            (27, "token-revoked"),
            (28, "name-mismatch"),
            (29, "issuer-not-valid"),
            (30, "issued-before-start"),
            (31, "time-uncertain"),
            (32, "scope-not-granted"),
            (33, "scope-above-ceiling"),
            (34, "budget-exhausted"),
            (35, "replayed"),
            (36, "ledger-full"),
            (37, "usage-forgotten"),
            (38, "window-exceeded"),
            (39, "cannot-count"),
            (40, "malformed-bundle"),
            (41, "wrong-authority"),
            (42, "bad-bundle-signature"),
            (43, "bundle-rollback"),
            (44, "bundle-expired"),
            (45, "guessable-issuer"),
            (46, "duplicate-issuer"),
            (47, "bundle-dated-ahead"),
            (52, "audience-required"),
            (54, "binding-required"),
            (60, "quota-exhausted"),
            (61, "missing-credentials"),
            (62, "unsupported-scheme"),
            (63, "seed-too-short"),
            (64, "signing-failed"),
        ];
        assert_eq!(Error::ALL.len(), expected.len());
        for (error, (code, name)) in Error::ALL.iter().zip(expected) {
            assert_eq!((error.code(), error.name()), (code, name), "{error:?}");
        }
    }
}
