//! The verdict: whether a token holds, for whom, and what it permits.
//!
//! [`Claims`] can be made only here, only after every check has passed, in the order of `SPEC.md`.

use core::fmt;
use core::num::NonZeroU32;

use crate::clock::Clock;
use crate::error::Error;
use crate::explanation::{Detail, Explanation};
use crate::fingerprint::Fingerprint;
use crate::grammar::permit;
use crate::layout::token::MAX_TOKEN_LEN;
use crate::policy::Policy;
use crate::reader::Reader;
use crate::signature::PublicKey;
use crate::signature::{Backend, DEFAULT, DefaultBackend};
use crate::token::{Outline, Scopes, Token};
use crate::trust::issuer::Ceiling;

/// Verifies a token that must come from one known issuer, with the default policy.
///
/// It counts no calls and sees no replay: the same token passes again until it expires.
///
/// # Errors
/// The first of the codes 1 to 16 and 31 that applies, in the order of `SPEC.md`.
///
/// ```
/// use agentid_nostd::{AgentIdentity, Clock, Error, TokenBuilder, verify_token};
///
/// let now = 1_790_000_000;
/// let agent = AgentIdentity::derive("research-bot", "phd-lab", None)?;
/// let mut buf = [0; 256];
/// let token =
///     TokenBuilder::new(&agent, now, 7).scopes(&["read:*"]).mint_into(&mut buf)?;
///
/// let claims = verify_token(token, &agent.public_key(), Clock::Known(now))?;
/// assert_eq!(claims.name(), "research-bot");
/// assert!(claims.permits("read:arxiv") && !claims.permits("write:arxiv"));
/// assert_eq!(verify_token(token, &agent.public_key(), Clock::Known(now + 900)).unwrap_err(), Error::Expired);
/// # Ok::<(), Error>(())
/// ```
pub fn verify_token<'t>(token: &'t [u8], issuer: &PublicKey, clock: Clock) -> Result<Claims<'t>, Error> {
    Verifier::new(core::slice::from_ref(issuer)).verify(token, clock)
}

/// Whom to trust, and how far. There is no verifier that trusts everybody.
///
/// ```
/// use agentid_nostd::{Policy, PublicKey, Verifier};
/// # let mut key = [0; 32];
/// # key.copy_from_slice(agentid_nostd::AgentIdentity::derive("a", "b", None)?.public_key().as_bytes());
/// let trusted = [PublicKey::from_bytes(&key)?];
/// let verifier = Verifier::new(&trusted).policy(Policy::new().max_lifetime_seconds(3_600));
/// # Ok::<(), agentid_nostd::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "a verifier verifies nothing until `verify` is called"]
pub struct Verifier<'k, B = DefaultBackend> {
    trusted: &'k [PublicKey],
    policy: Policy,
    backend: B,
}

impl<'k> Verifier<'k> {
    /// Trusts these issuers, under the default policy. With an empty list every token is refused.
    /// The keys are compared as bytes. [Unvalidated](PublicKey::unvalidated) bytes that are no key
    /// never verify a token.
    pub const fn new(trusted: &'k [PublicKey]) -> Self {
        Self { trusted, policy: Policy::new(), backend: DEFAULT }
    }
}

impl<'k, B: Backend> Verifier<'k, B> {
    /// Checks signatures by another code. The answers are the same.
    pub fn with_backend<C: Backend>(self, backend: C) -> Verifier<'k, C> {
        Verifier { trusted: self.trusted, policy: self.policy, backend }
    }

    /// The code that checks signatures.
    pub const fn backend(&self) -> &B {
        &self.backend
    }

    /// The limits on every token.
    pub const fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Verifies a token at this time.
    ///
    /// It counts no calls and sees no replay: the same token passes again until it expires.
    ///
    /// # Errors
    /// The first of the codes 1 to 16 and 31 that applies, in the order of `SPEC.md`. The signature
    /// is checked last.
    pub fn verify<'t>(&self, token: &'t [u8], clock: Clock) -> Result<Claims<'t>, Error> {
        let outline = Outline::read(token, self.policy.max_token_len)?;
        let issuer = self.issuer_of(&outline).ok_or(Error::UntrustedIssuer)?;
        let token = outline.check_strings()?;
        check_lifetime(&token, self.policy.max_lifetime_seconds)?;
        check_time(&token, clock, self.policy.clock_skew_seconds)?;
        if !self.policy.time_policy.allows(clock) {
            return Err(Error::TimeUncertain);
        }
        Claims::verified(&self.backend, token, issuer, None)
    }

    /// Explains a refusal of this token at this time by numbers: by how much a limit was missed, or
    /// since when. It decides nothing, and does not check that this was the answer.
    #[must_use]
    pub fn explain(&self, token: &[u8], clock: Clock, error: Error) -> Explanation {
        Explanation::new(error, detail(token, clock, error, &self.policy, None))
    }

    fn issuer_of(&self, token: &Outline<'_>) -> Option<&'k PublicKey> {
        let written = token.issuer_bytes();
        self.trusted.iter().find(|key| *key.as_bytes() == written)
    }
}

/// The numbers behind the refusal of a token. `issuer_limit` is the longest lifetime of its issuer.
pub(crate) fn detail(token: &[u8], clock: Clock, error: Error, policy: &Policy, issuer_limit: Option<u64>) -> Detail {
    let max = policy.max_token_len.min(MAX_TOKEN_LEN);
    if error == Error::TooLong {
        return Detail::Length { bytes: token.len(), max };
    }
    let Ok(token) = Token::parse(token) else { return Detail::None };
    match error {
        Error::LifetimeTooLong => {
            let max = issuer_limit.unwrap_or(u64::MAX).min(policy.max_lifetime_seconds);
            Detail::Lifetime { seconds: token.lifetime_seconds(), max }
        }
        Error::Expired => Detail::over(token.expires_at(), clock),
        Error::NotYetValid => Detail::ahead(token.issued_at(), clock, policy.clock_skew_seconds),
        _ => Detail::None,
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

/// A verified token: a trusted issuer signed exactly this, and it is valid at the time that was
/// given.
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

    /// Claims that were verified before, from the signed bytes of their token and the issuer's
    /// ceiling as it stands in a bundle.
    pub(crate) fn from_signed(signed: &'t [u8], ceiling: Option<&'t [u8]>) -> Option<Self> {
        let token = Token::from_signed(signed)?;
        let ceiling = match ceiling {
            Some(encoded) => Some(Ceiling::from_encoded(Scopes::read(&mut Reader::new(encoded))?)),
            None => None,
        };
        Some(Self { token, issuer: PublicKey::unvalidated(token.issuer_bytes()), ceiling })
    }

    pub(crate) const fn signed_bytes(&self) -> &'t [u8] {
        self.token.signed_bytes()
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

    /// Whether one of the granted scopes covers `required`, and the issuer's ceiling does where
    /// there is one; never for a malformed `required`.
    #[must_use]
    pub fn permits(&self, required: &str) -> bool {
        let requested = self.token.requested_scopes();
        let ceiling = self.ceiling.map(|ceiling| move || ceiling.covers(required));
        permit(required, || requested.any_covers(required), ceiling)
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

    /// How many calls the token is good for; `None` is unlimited. Counting them is a ledger's part.
    #[must_use]
    pub fn max_calls(&self) -> Option<NonZeroU32> {
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
