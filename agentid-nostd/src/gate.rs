//! Admission: one call that decides whether a call may pass.

use core::fmt;

use crate::backend::{Backend, Compact};
use crate::class::Class;
use crate::clock::{Clock, TimePolicy};
use crate::error::Error;
use crate::layout::MAX_TOKEN_LEN;
use crate::token::Token;
use crate::trust::TrustSource;
use crate::trust::issuer::TrustedIssuer;
use crate::usage::{Counting, Demand, Ledger};
use crate::verify::{Claims, DEFAULT_CLOCK_SKEW_SECONDS, DEFAULT_MAX_LIFETIME_SECONDS, check_lifetime, check_time};

/// Trust, policy and ledger in one: answers [`admit`](Self::admit).
///
/// ```
/// use agentid_nostd::{AgentIdentity, Clock, Gate, TokenBuilder, TrustTable, TrustedIssuer, UsageLedger};
///
/// let agent = AgentIdentity::derive("door-opener", "building-7", Some(b"a secret from a vault"))?;
/// let issuers = [TrustedIssuer::new(agent.public_key(), "door-opener", "building-7").ceiling(&["door:*:open"])];
/// let mut gate = Gate::new(TrustTable::new(&issuers)?, UsageLedger::<64>::new());
///
/// let now = 1_790_000_000;
/// let mut buf = [0; 256];
/// let token = TokenBuilder::new(&agent)
///     .scopes(&["door:north:open"])
///     .max_calls(1)
///     .issued_at(now)
///     .token_id(7)
///     .mint_into(&mut buf)?;
///
/// let admitted = gate.admit(token, &["door:north:open"], Clock::Known(now)).expect("the first call passes");
/// assert_eq!(admitted.calls_left(), Some(0));
/// let denied = gate.admit(token, &["door:north:open"], Clock::Known(now)).unwrap_err();
/// assert_eq!((denied.name(), denied.class().http_status()), ("budget-exhausted", 429));
/// # Ok::<(), agentid_nostd::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a gate admits nobody until `admit` is called"]
pub struct Gate<T, L, B = Compact> {
    trust: T,
    ledger: L,
    settings: Settings,
    backend: B,
}

#[derive(Clone, Copy, Debug)]
struct Settings {
    clock_skew_seconds: u32,
    max_lifetime_seconds: u64,
    max_token_len: usize,
    time_policy: TimePolicy,
    counting: Counting,
    not_issued_before: Option<i64>,
    /// What earlier trust sets proved of the time.
    time_bound: Option<i64>,
}

impl<T, L> Gate<T, L> {
    /// A gate with the default policy: a known clock is required, 30 seconds of skew, lifetimes of up to a day,
    /// `max_calls` counted.
    pub const fn new(trust: T, ledger: L) -> Self {
        let settings = Settings {
            clock_skew_seconds: DEFAULT_CLOCK_SKEW_SECONDS,
            max_lifetime_seconds: DEFAULT_MAX_LIFETIME_SECONDS,
            max_token_len: MAX_TOKEN_LEN,
            time_policy: TimePolicy::RequireKnown,
            counting: Counting::Budget,
            not_issued_before: None,
            time_bound: None,
        };
        Self { trust, ledger, settings, backend: Compact }
    }
}

impl<T, L, B: Backend> Gate<T, L, B> {
    /// Checks signatures by another code. The answers are the same.
    pub fn backend<C: Backend>(self, backend: C) -> Gate<T, L, C> {
        Gate { trust: self.trust, ledger: self.ledger, settings: self.settings, backend }
    }

    /// What checks signatures: for trust sets that are opened for this gate.
    pub const fn backend_used(&self) -> &B {
        &self.backend
    }

    /// How many seconds `issued_at` may lie ahead of the clock, and how long a count outlives its token.
    pub const fn clock_skew_seconds(mut self, seconds: u32) -> Self {
        self.settings.clock_skew_seconds = seconds;
        self
    }

    /// The longest lifetime accepted from any issuer, in seconds.
    pub const fn max_lifetime_seconds(mut self, seconds: u64) -> Self {
        self.settings.max_lifetime_seconds = seconds;
        self
    }

    /// The longest token accepted, in bytes; the format's own maximum stays in force.
    pub const fn max_token_len(mut self, bytes: usize) -> Self {
        self.settings.max_token_len = bytes;
        self
    }

    /// How much of the time must be known.
    pub const fn time_policy(mut self, policy: TimePolicy) -> Self {
        self.settings.time_policy = policy;
        self
    }

    /// What uses are counted against.
    pub const fn counting(mut self, counting: Counting) -> Self {
        self.settings.counting = counting;
        self
    }

    /// Refuses tokens issued before this time, in Unix seconds: the start of a ledger that remembers nothing from
    /// before, so that a reboot needs no flash writes to stay safe from replays. A token can be issued ahead of the
    /// clock by the skew and be used at once: give the time of the start plus the skew plus 1.
    ///
    /// From then on only [`Clock::Known`] will do, whatever the time policy: with less, a token could have been issued
    /// ahead by any amount. It does not help if the clock was ahead before the reboot.
    pub const fn not_issued_before(mut self, time: i64) -> Self {
        self.settings.not_issued_before = Some(time);
        self
    }

    /// Says that the ledger knows nothing of what happened before `now`, in Unix seconds, such as after a reset: the
    /// same as [`not_issued_before`](Self::not_issued_before) with the skew and 1 added. It never falls.
    pub fn ledger_lost_at(&mut self, now: i64) {
        let start = now.saturating_add_unsigned(u64::from(self.settings.clock_skew_seconds)).saturating_add(1);
        self.settings.not_issued_before = self.settings.not_issued_before.max(Some(start));
    }

    /// Puts another trust set in place, such as the bundle of the next epoch. Counts are kept, and so is what the old
    /// set proved of the time.
    ///
    /// # Errors
    /// [`Error::BundleRollback`] where both are bundles and the new one has the lower epoch: the old one stays.
    pub fn set_trust<'k>(&mut self, trust: T) -> Result<(), Error>
    where
        T: TrustSource<'k>,
    {
        self.check_epoch(&trust)?;
        self.settings.time_bound = self.proven_time();
        self.trust = trust;
        Ok(())
    }

    /// The same for a trust set of another type or lifetime: afterwards the buffer of the old one is free, so that two
    /// buffers are enough for any number of updates.
    ///
    /// # Errors
    /// As [`set_trust`](Self::set_trust), also where a table would follow a bundle; the gate comes back as it was.
    pub fn with_trust<'k, 'n, U>(self, trust: U) -> Result<Gate<U, L, B>, (Self, Error)>
    where
        T: TrustSource<'k>,
        U: TrustSource<'n>,
    {
        if let Err(error) = self.check_epoch(&trust) {
            return Err((self, error));
        }
        let settings = Settings { time_bound: self.proven_time(), ..self.settings };
        Ok(Gate { trust, ledger: self.ledger, settings, backend: self.backend })
    }

    /// The clock as this gate takes it, after what its trust sets prove of the time: a clock that they show to be behind
    /// is not known any more.
    #[must_use]
    pub fn clock<'k>(&self, clock: Clock) -> Clock
    where
        T: TrustSource<'k>,
    {
        self.proven_time().map_or(clock, |bound| clock.raised_to(bound, self.settings.clock_skew_seconds))
    }

    /// The trust set in force.
    pub const fn trust(&self) -> &T {
        &self.trust
    }

    /// The ledger.
    pub const fn ledger(&self) -> &L {
        &self.ledger
    }

    /// Decides everything but the count, which the caller keeps elsewhere: in a Durable Object, in a database. No
    /// call passes until [`Checked::admit`] has been asked with the count. The ledger of this gate is not touched.
    ///
    /// # Errors
    /// As [`admit`](Self::admit), except for the ledger's.
    pub fn check<'a, 'k: 'a>(
        &self,
        token: &'a [u8],
        required_scopes: &[&str],
        clock: Clock,
    ) -> Result<Checked<'a>, Denied>
    where
        T: TrustSource<'k>,
    {
        self.decide(token, required_scopes, self.clock(clock)).map_err(Denied)
    }

    /// Decides whether a call that needs all of these scopes may pass, and counts it if so. Without required scopes
    /// it only says who is calling.
    ///
    /// # Errors
    /// [`Denied`] with the first code that applies, in the order of `SPEC.md`, "Admission". Nothing is counted for a
    /// token that is refused.
    pub fn admit<'a, 'k: 'a>(
        &mut self,
        token: &'a [u8],
        required_scopes: &[&str],
        clock: Clock,
    ) -> Result<Admitted<'a>, Denied>
    where
        T: TrustSource<'k>,
        L: Ledger,
    {
        let clock = self.clock(clock);
        let Checked { claims, demand } = self.decide(token, required_scopes, clock).map_err(Denied)?;
        let calls_left = self.ledger.count(&demand, clock).map_err(Denied)?;
        Ok(Admitted { claims, calls_left })
    }

    /// A time that has certainly been reached, by this trust set or an earlier one.
    fn proven_time<'k>(&self) -> Option<i64>
    where
        T: TrustSource<'k>,
    {
        self.settings.time_bound.max(self.trust.time_bound())
    }

    /// Whether the next trust set is not older than this one.
    fn check_epoch<'k, 'n>(&self, next: &impl TrustSource<'n>) -> Result<(), Error>
    where
        T: TrustSource<'k>,
    {
        if next.published_epoch() < self.trust.published_epoch() { Err(Error::BundleRollback) } else { Ok(()) }
    }

    /// The order of these lines is the order of `SPEC.md`: whatever is cheap comes before the curve.
    fn decide<'a, 'k: 'a>(&self, token: &'a [u8], required: &[&str], clock: Clock) -> Result<Checked<'a>, Error>
    where
        T: TrustSource<'k>,
    {
        let token = Token::parse_within(token, self.settings.max_token_len)?;
        let issuer = self.trusted_issuer(&token, clock)?;
        issuer.check_name(&token)?;
        self.check_times(&token, &issuer, clock)?;
        if !required.iter().all(|scope| token.grants(scope)) {
            return Err(Error::ScopeNotGranted);
        }
        let ceiling = issuer.scope_ceiling();
        if !required.iter().all(|scope| ceiling.covers(scope)) {
            return Err(Error::ScopeAboveCeiling);
        }
        let claims = Claims::verified(&self.backend, token, issuer.key(), Some(ceiling))?;
        Ok(Checked { claims, demand: self.demand(&token) })
    }

    // Not inlined: what a search needs of the stack is free again when the curve needs most of it.
    #[inline(never)]
    fn trusted_issuer<'k>(&self, token: &Token<'_>, clock: Clock) -> Result<TrustedIssuer<'k>, Error>
    where
        T: TrustSource<'k>,
    {
        let key = token.issuer_bytes();
        self.trust.check_current(clock)?;
        // A revoked issuer may have been taken off the list as well: revocation is the more telling answer.
        self.trust.check_revocation(&key, token.token_id())?;
        self.trust.issuer(&key).ok_or(Error::UntrustedIssuer)
    }

    fn check_times(&self, token: &Token<'_>, issuer: &TrustedIssuer<'_>, clock: Clock) -> Result<(), Error> {
        check_lifetime(token, self.settings.max_lifetime_seconds.min(issuer.lifetime_limit()))?;
        issuer.check_window(clock)?;
        check_time(token, clock, self.settings.clock_skew_seconds)?;
        if self.settings.not_issued_before.is_some_and(|start| token.issued_at() < start) {
            return Err(Error::IssuedBeforeStart);
        }
        let policy = if self.settings.not_issued_before.is_some() {
            TimePolicy::RequireKnown
        } else {
            self.settings.time_policy
        };
        if policy.allows(clock) { Ok(()) } else { Err(Error::TimeUncertain) }
    }

    fn demand(&self, token: &Token<'_>) -> Demand {
        let until = token.expires_at().saturating_add_unsigned(u64::from(self.settings.clock_skew_seconds));
        Demand::new(token.issuer_bytes(), token.token_id(), token.max_calls(), self.settings.counting, until)
    }
}

/// A token that holds, whose use has not been counted yet: nothing may pass on it alone.
#[derive(Debug)]
#[must_use = "the use must be counted before the call may pass"]
pub struct Checked<'a> {
    claims: Claims<'a>,
    demand: Demand,
}

impl<'a> Checked<'a> {
    /// What must be counted.
    #[must_use]
    pub const fn demand(&self) -> &Demand {
        &self.demand
    }

    /// Admits the call, given how many uses of this token were counted before this one. The caller must have counted
    /// this one in the same step, so that no two calls see the same number.
    ///
    /// # Errors
    /// [`Denied`] with [`Error::BudgetExhausted`] or [`Error::Replayed`].
    pub fn admit(self, earlier_uses: u32) -> Result<Admitted<'a>, Denied> {
        let calls_left = self.demand.judge(earlier_uses).map_err(Denied)?;
        Ok(Admitted { claims: self.claims, calls_left })
    }
}

/// A call that may pass: the token holds, grants what is required, and this use has been counted.
#[derive(Clone, Copy, Debug)]
pub struct Admitted<'a> {
    claims: Claims<'a>,
    calls_left: Option<u32>,
}

impl<'a> Admitted<'a> {
    /// Who is calling and what else the token permits; `permits` heeds the issuer's ceiling.
    #[must_use]
    pub const fn claims(&self) -> &Claims<'a> {
        &self.claims
    }

    /// How many more calls the token is good for; `None` is unlimited.
    #[must_use]
    pub const fn calls_left(&self) -> Option<u32> {
        self.calls_left
    }
}

/// A call that must not pass.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Denied(Error);

impl Denied {
    /// The reason.
    #[must_use]
    pub const fn error(self) -> Error {
        self.0
    }

    /// The stable numeric code of the reason.
    #[must_use]
    pub const fn code(self) -> u8 {
        self.0.code()
    }

    /// The stable name of the reason.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0.name()
    }

    /// What kind of refusal it is, for HTTP and the like.
    #[must_use]
    pub const fn class(self) -> Class {
        self.0.class()
    }
}

impl fmt::Debug for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Denied({:?})", self.0)
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl core::error::Error for Denied {}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        denied.0
    }
}
