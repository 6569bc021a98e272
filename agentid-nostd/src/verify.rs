//! The verdict: whether a token holds, for whom, and what it permits.
//!
//! [`Claims`] can be made only here, only after every check has passed, in the order of `SPEC.md`.

use core::fmt;

use crate::backend::{Backend, Compact};
use crate::clock::{Clock, DEFAULT_CLOCK_SKEW_SECONDS};
use crate::error::Error;
use crate::fingerprint::Fingerprint;
use crate::signature::PublicKey;
use crate::token::{Outline, Scopes, Token};
use crate::trust::issuer::Ceiling;

/// The longest lifetime a verifier accepts unless told otherwise, in seconds: one day.
pub const DEFAULT_MAX_LIFETIME_SECONDS: u64 = 86_400;
/// The longest token a verifier reads unless told otherwise, in bytes.
pub const DEFAULT_MAX_TOKEN_LEN: usize = 4_096;

/// Verifies a token that must come from one known issuer, with the default policy.
///
/// It counts no calls and sees no replay: the same token passes again until it expires.
///
/// # Errors
/// The first of the codes 1 to 16 that applies, in the order of `SPEC.md`.
///
/// ```
/// use agentid_nostd::{AgentIdentity, Error, TokenBuilder, verify_token};
///
/// let now = 1_790_000_000;
/// let agent = AgentIdentity::derive("research-bot", "phd-lab", None)?;
/// let mut buf = [0; 256];
/// let token =
///     TokenBuilder::new(&agent).scopes(&["read:*"]).issued_at(now).token_id(7).mint_into(&mut buf)?;
///
/// let claims = verify_token(token, &agent.public_key(), now)?;
/// assert_eq!(claims.name(), "research-bot");
/// assert!(claims.permits("read:arxiv") && !claims.permits("write:arxiv"));
/// assert_eq!(verify_token(token, &agent.public_key(), now + 900).unwrap_err(), Error::Expired);
/// # Ok::<(), Error>(())
/// ```
pub fn verify_token<'t>(token: &'t [u8], issuer: &PublicKey, now: i64) -> Result<Claims<'t>, Error> {
    Verifier::new(core::slice::from_ref(issuer)).verify(token, now)
}

/// Whom to trust, and how far. There is no verifier that trusts everybody.
///
/// ```
/// use agentid_nostd::{PublicKey, Verifier};
/// # let mut key = [0; 32];
/// # key.copy_from_slice(agentid_nostd::AgentIdentity::derive("a", "b", None)?.public_key().as_bytes());
/// let trusted = [PublicKey::from_bytes(&key)?];
/// let verifier = Verifier::new(&trusted).clock_skew_seconds(5).max_lifetime_seconds(3_600).max_token_len(512);
/// # Ok::<(), agentid_nostd::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "a verifier verifies nothing until `verify` is called"]
pub struct Verifier<'k, B = Compact> {
    trusted: &'k [PublicKey],
    clock_skew_seconds: u32,
    max_lifetime_seconds: u64,
    max_token_len: usize,
    backend: B,
}

impl<'k> Verifier<'k> {
    /// Trusts these issuers, under the default policy. With an empty list every token is refused.
    /// The keys are compared as bytes. [Unvalidated](PublicKey::unvalidated) bytes that are no key
    /// never verify a token.
    pub const fn new(trusted: &'k [PublicKey]) -> Self {
        Self {
            trusted,
            clock_skew_seconds: DEFAULT_CLOCK_SKEW_SECONDS,
            max_lifetime_seconds: DEFAULT_MAX_LIFETIME_SECONDS,
            max_token_len: DEFAULT_MAX_TOKEN_LEN,
            backend: Compact,
        }
    }
}

impl<'k, B: Backend> Verifier<'k, B> {
    /// Checks signatures by another code. The answers are the same.
    pub fn backend<C: Backend>(self, backend: C) -> Verifier<'k, C> {
        Verifier {
            trusted: self.trusted,
            clock_skew_seconds: self.clock_skew_seconds,
            max_lifetime_seconds: self.max_lifetime_seconds,
            max_token_len: self.max_token_len,
            backend,
        }
    }

    /// How many seconds `issued_at` may lie ahead of `now`. Expiry knows no skew.
    pub const fn clock_skew_seconds(mut self, seconds: u32) -> Self {
        self.clock_skew_seconds = seconds;
        self
    }

    /// The longest lifetime accepted, in seconds.
    pub const fn max_lifetime_seconds(mut self, seconds: u64) -> Self {
        self.max_lifetime_seconds = seconds;
        self
    }

    /// The longest token accepted, in bytes; [`MAX_TOKEN_LEN`](crate::MAX_TOKEN_LEN) stays in
    /// force.
    pub const fn max_token_len(mut self, bytes: usize) -> Self {
        self.max_token_len = bytes;
        self
    }

    /// Verifies a token at the time `now`, in Unix seconds.
    ///
    /// It counts no calls and sees no replay: the same token passes again until it expires.
    ///
    /// # Errors
    /// The first of the codes 1 to 16 that applies, in the order of `SPEC.md`. The signature is
    /// checked last.
    pub fn verify<'t>(&self, token: &'t [u8], now: i64) -> Result<Claims<'t>, Error> {
        let outline = Outline::read(token, self.max_token_len)?;
        let issuer = self.issuer_of(&outline).ok_or(Error::UntrustedIssuer)?;
        let token = outline.check_strings()?;
        check_lifetime(&token, self.max_lifetime_seconds)?;
        check_time(&token, Clock::Known(now), self.clock_skew_seconds)?;
        Claims::verified(&self.backend, token, issuer, None)
    }

    fn issuer_of(&self, token: &Outline<'_>) -> Option<&'k PublicKey> {
        let written = token.issuer_bytes();
        self.trusted.iter().find(|key| *key.as_bytes() == written)
    }
}

/// Refuses a token that is meant to live longer than `limit` seconds.
pub(crate) fn check_lifetime(token: &Token<'_>, limit: u64) -> Result<(), Error> {
    if token.lifetime_seconds() > limit { Err(Error::LifetimeTooLong) } else { Ok(()) }
}

/// Refuses a token that is expired or not yet valid for certain, as far as the clock can tell.
pub(crate) fn check_time(token: &Token<'_>, clock: Clock, skew_seconds: u32) -> Result<(), Error> {
    if clock.has_reached(token.expires_at()) {
        return Err(Error::Expired);
    }
    // Saturating is exact here: no time lies before the smallest `i64`.
    if clock.is_before(token.issued_at().saturating_sub_unsigned(u64::from(skew_seconds))) {
        return Err(Error::NotYetValid);
    }
    Ok(())
}

/// A verified token: a trusted issuer signed exactly this, and it is valid at the time that was given.
///
/// The name proves something only if the verifier knows whose key it trusts.
#[derive(Clone, Copy)]
pub struct Claims<'t> {
    token: Token<'t>,
    issuer: PublicKey,
    /// What the issuer may grant at most; `None` where the trust set does not say.
    ceiling: Option<Ceiling<'t>>,
}

impl<'t> Claims<'t> {
    /// The only way to claims: the signature of a trusted issuer.
    pub(crate) fn verified(
        backend: impl Backend,
        token: Token<'t>,
        issuer: &PublicKey,
        ceiling: Option<Ceiling<'t>>,
    ) -> Result<Self, Error> {
        issuer.verify_signature_with(backend, token.signed_bytes(), token.signature())?;
        Ok(Self { token, issuer: *issuer, ceiling })
    }

    /// The agent's name.
    #[must_use]
    pub fn name(&self) -> &'t str {
        self.token.name()
    }

    /// The agent's project.
    #[must_use]
    pub fn project(&self) -> &'t str {
        self.token.project()
    }

    /// The scopes that the token asks for, in the order they are written. They permit nothing: an
    /// agent chooses them itself, and the issuer's [`ceiling`](Self::ceiling) may allow fewer. Ask
    /// [`permits`](Self::permits).
    #[must_use]
    pub const fn requested_scopes(&self) -> Scopes<'t> {
        self.token.requested_scopes()
    }

    /// The scopes that the issuer may grant at most; `None` without a ceiling. [`Verifier`] has
    /// none.
    #[must_use]
    pub const fn ceiling(&self) -> Option<Ceiling<'t>> {
        self.ceiling
    }

    /// Whether one of the granted scopes covers `required`, and the issuer's ceiling does where there is one; never
    /// for a malformed `required`.
    #[must_use]
    pub fn permits(&self, required: &str) -> bool {
        self.token.grants(required) && self.ceiling.is_none_or(|ceiling| ceiling.covers(required))
    }

    /// When the token was issued, in Unix seconds.
    #[must_use]
    pub fn issued_at(&self) -> i64 {
        self.token.issued_at()
    }

    /// The first second at which the token is no longer valid, in Unix seconds.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        self.token.expires_at()
    }

    /// How many calls the token is good for; 0 means unlimited. Counting them is the caller's part.
    #[must_use]
    pub fn max_calls(&self) -> u32 {
        self.token.max_calls()
    }

    /// The number that tells this token from every other one of the same issuer.
    #[must_use]
    pub fn token_id(&self) -> u64 {
        self.token.token_id()
    }

    /// The trusted key that signed the token.
    #[must_use]
    pub const fn issuer(&self) -> &PublicKey {
        &self.issuer
    }

    /// The short form of the issuer's key, for people and logs.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.issuer)
    }
}

impl fmt::Debug for Claims<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims").field("fingerprint", &self.fingerprint()).field("token", &self.token).finish()
    }
}
