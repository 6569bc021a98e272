//! Admission: one call that decides whether a call may pass.

mod explain;

use crate::admission::{Admitted, Uncounted};
use crate::call::Call;
use crate::clock::{Clock, TimePolicy, widen};
use crate::error::Error;
use crate::policy::Policy;
use crate::signature::{Backend, DEFAULT, DefaultBackend};
use crate::token::{Outline, Token};
use crate::trust::anchor::TrustAnchor;
use crate::trust::bundle::TrustBundle;
use crate::trust::hand_over::HandOver;
use crate::trust::issuer::TrustedIssuer;
use crate::trust::{TrustSource, check_follows};
use crate::usage::{Counting, Demand, DemandKind, Demands, Ledger, Since};
use crate::verify::{Claims, check_lifetime, check_time};

/// Trust, policy and ledger in one: answers [`admit`](Self::admit).
///
/// ```
/// use agentid_nostd::{AgentIdentity, Call, Clock, Gate, LedgerSlot, Since, TokenBuilder, TrustTable, TrustedIssuer};
/// use agentid_nostd::UsageLedger;
///
/// let agent = AgentIdentity::derive("door-opener", "building-7", Some(b"32 random bytes, kept in a vault"))?;
/// let issuers = [TrustedIssuer::new(agent.public_key(), "door-opener", "building-7").ceiling(&["door:*:open"])];
/// let ledger = UsageLedger::new([LedgerSlot::EMPTY; 64], Since::Beginning);
/// let mut gate = Gate::new(TrustTable::new(&issuers)?, ledger);
///
/// let now = 1_790_000_000;
/// let mut buf = [0; 256];
/// let token = TokenBuilder::new(&agent, now, 7)
///     .scopes(&["door:north:open"])
///     .max_calls(1)
///     .mint_into(&mut buf)?;
///
/// let call = Call::new(&["door:north:open"]);
/// let admitted = gate.admit(token, &call, Clock::Known(now)).expect("the first call passes");
/// assert_eq!(admitted.calls_left(), Some(0));
/// let refused = gate.admit(token, &call, Clock::Known(now)).unwrap_err();
/// assert_eq!((refused.name(), refused.class().http_status()), ("budget-exhausted", 429));
/// # Ok::<(), agentid_nostd::Error>(())
/// ```
///
/// # Sharing a gate
/// Threads and tasks share one gate by reference: [`check`](Self::check) needs no more, and takes
/// nearly all of the time. Only [`Uncounted::count`] needs the ledger, which stands behind a lock
/// of its own; see the example `shared_gate`.
#[derive(Debug)]
#[must_use = "a gate admits nobody until `admit` is called"]
pub struct Gate<T, L, B = DefaultBackend> {
    trust: T,
    ledger: L,
    settings: Settings,
    backend: B,
}

#[derive(Clone, Copy, Debug)]
struct Settings {
    policy: Policy,
    counting: Counting,
    not_issued_before: Option<i64>,
    /// The time at which a ledger that was reset began to count, once that is known.
    started: Option<i64>,
}

impl Settings {
    /// The first issued_at of a token that cannot have been used at `time`.
    const fn start_after(&self, time: i64) -> i64 {
        time.saturating_add_unsigned(widen(self.policy.clock_skew_seconds)).saturating_add(1)
    }

    /// The first issued_at of a token whose every use is in the count, if the count does not reach
    /// back for ever.
    fn start(&self, since: Since, clock: Clock) -> Option<i64> {
        let of_ledger = match (since, clock) {
            (Since::Beginning, _) => None,
            (Since::Time(time), _) => Some(self.start_after(time)),
            (Since::Reset, Clock::Known(now)) => Some(self.started.unwrap_or_else(|| self.start_after(now))),
            (Since::Reset, _) => self.started,
        };
        self.not_issued_before.max(of_ledger)
    }
}

impl<T, L> Gate<T, L> {
    /// A gate with the default [`Policy`], which counts `max_calls`.
    pub const fn new(trust: T, ledger: L) -> Self {
        let settings =
            Settings { policy: Policy::new(), counting: Counting::Budget, not_issued_before: None, started: None };
        Self { trust, ledger, settings, backend: DEFAULT }
    }
}

impl<T, L, B: Backend> Gate<T, L, B> {
    /// Checks signatures by another code. The answers are the same.
    pub fn with_backend<C: Backend>(self, backend: C) -> Gate<T, L, C> {
        Gate { trust: self.trust, ledger: self.ledger, settings: self.settings, backend }
    }

    /// The code that checks signatures.
    pub const fn backend(&self) -> &B {
        &self.backend
    }

    /// The limits that are put on every token.
    pub const fn policy(mut self, policy: Policy) -> Self {
        self.settings.policy = policy;
        self
    }

    /// What uses are counted against.
    pub const fn counting(mut self, counting: Counting) -> Self {
        self.settings.counting = counting;
        self
    }

    /// Refuses tokens issued before this time, in Unix seconds. From then on the gate admits only
    /// with [`Clock::Known`], under every time policy: otherwise a token could have been issued
    /// ahead by any amount.
    ///
    /// A ledger says by itself since when it has counted. This is for other reasons to refuse older
    /// tokens.
    pub const fn not_issued_before(mut self, time: i64) -> Self {
        self.settings.not_issued_before = Some(time);
        self
    }

    /// Records that the ledger lost its counts at `now`, in Unix seconds, while the gate was at
    /// work. From then on the gate refuses tokens that could have been used before, as for
    /// [`Since::Time`]. It never falls.
    pub fn ledger_reset_at(&mut self, now: i64) {
        self.settings.not_issued_before = self.settings.not_issued_before.max(Some(self.settings.start_after(now)));
    }

    /// Puts another trust set in place, such as the bundle of the next epoch. Counts are kept. The
    /// lower bound of the time is that of the trust set in force. A bundle of another authority
    /// begins anew, whatever its epoch: whoever opened it has pinned that authority.
    ///
    /// # Errors
    /// [`Error::BundleRollback`] if both are bundles of one authority and the new one has the lower
    /// epoch, or the same epoch and other bytes; also if a table would follow a bundle.
    /// [`Error::MalformedBundle`] if the old one names a next authority and the new one not the same.
    /// The old trust set stays.
    pub fn set_trust<'k>(&mut self, trust: T) -> Result<(), Error>
    where
        T: TrustSource<'k>,
    {
        check_follows(&trust, &self.trust)?;
        self.trust = trust;
        Ok(())
    }

    /// The same for a trust set of another type or lifetime: afterwards the buffer of the old one
    /// is free, so that two buffers are enough for any number of updates.
    ///
    /// # Errors
    /// As [`set_trust`](Self::set_trust); the gate comes back as it was.
    pub fn with_trust<'k, 'n, U>(self, trust: U) -> Result<Gate<U, L, B>, (Self, Error)>
    where
        T: TrustSource<'k>,
        U: TrustSource<'n>,
    {
        if let Err(error) = check_follows(&trust, &self.trust) {
            return Err((self, error));
        }
        Ok(Gate { trust, ledger: self.ledger, settings: self.settings, backend: self.backend })
    }

    /// Opens the bundle that is to follow the trust set in force, with backend and clock skew of
    /// this gate. Give the result to [`set_trust`](Self::set_trust) or
    /// [`with_trust`](Self::with_trust).
    ///
    /// A known clock that the trust set in force proves to be behind is only a lower bound here. It
    /// cannot show that the next bundle is dated ahead. Otherwise the clock is taken as it is, so
    /// that a correct bundle can replace one that was dated ahead.
    ///
    /// # Errors
    /// Those of [`TrustBundle::open`]; [`Error::BundleRollback`] and [`Error::MalformedBundle`] also
    /// after the trust set in force.
    pub fn open_next<'k, 'n>(
        &self,
        bytes: &'n [u8],
        anchor: &TrustAnchor,
        clock: Clock,
    ) -> Result<TrustBundle<'n>, Error>
    where
        T: TrustSource<'k>,
    {
        let clock = self.clock_for_next(anchor, clock);
        let anchor = anchor.clock_skew_seconds(self.settings.policy.clock_skew_seconds);
        TrustBundle::open_after(&self.backend, bytes, &anchor, clock, |next| check_follows(next, &self.trust))
    }

    /// Checks a bundle of the next authority in the same way. Store the state of the result, and give
    /// the bundle that it then returns to [`set_trust`](Self::set_trust) or
    /// [`with_trust`](Self::with_trust), also if it is past its not_after.
    ///
    /// The next authority is that of the anchor, or else the one that the bundle in force names, if it
    /// is of the anchor's authority.
    ///
    /// # Errors
    /// Those of [`TrustBundle::prepare_hand_over`].
    pub fn prepare_hand_over<'k, 'n>(
        &self,
        bytes: &'n [u8],
        anchor: &TrustAnchor,
        clock: Clock,
    ) -> Result<HandOver<'n>, Error>
    where
        T: TrustSource<'k>,
    {
        let mut anchor = anchor.clock_skew_seconds(self.settings.policy.clock_skew_seconds);
        if let (Some(authority), Some(next)) = (self.trust.authority(), self.trust.next_authority()) {
            anchor = anchor.next_named_by(&authority, next);
        }
        TrustBundle::prepare_hand_over_with(&self.backend, bytes, &anchor, clock)
    }

    /// The clock that the next bundle is opened with. What another authority says of the time does
    /// not count.
    fn clock_for_next<'k>(&self, anchor: &TrustAnchor, clock: Clock) -> Clock
    where
        T: TrustSource<'k>,
    {
        if !self.trust.authority().is_some_and(|authority| anchor.is_of(&authority)) {
            return clock;
        }
        match (clock, self.effective_clock(clock)) {
            (Clock::Known(now), Clock::AtLeast(_)) => Clock::AtLeast(now),
            _ => clock,
        }
    }

    /// The clock as this gate takes it, after what its trust set proves of the time: a clock that
    /// it shows to be behind is not known any more.
    #[must_use]
    pub fn effective_clock<'k>(&self, clock: Clock) -> Clock
    where
        T: TrustSource<'k>,
    {
        self.trust.time_bound().map_or(clock, |bound| clock.raised_to(bound, self.settings.policy.clock_skew_seconds))
    }

    /// Returns whether these are the bytes of the trust bundle in force, signature included.
    #[must_use]
    pub fn is_in_force<'k>(&self, bundle: &[u8]) -> bool
    where
        T: TrustSource<'k>,
    {
        self.trust.published_bytes() == Some(bundle)
    }

    /// The trust set in force.
    pub const fn trust(&self) -> &T {
        &self.trust
    }

    /// The ledger.
    pub const fn ledger(&self) -> &L {
        &self.ledger
    }

    /// Tells the gate the time when it starts to serve. A ledger that was reset counts from the
    /// first time that is known. An early call therefore means that fewer tokens are refused as
    /// issued before the start. [`admit`](Self::admit) does the same by itself.
    /// [`check`](Self::check) cannot, and refuses tokens issued before the clock that it is given.
    pub fn start_counting<'k>(&mut self, clock: Clock)
    where
        T: TrustSource<'k>,
        L: Ledger,
    {
        if let (Since::Reset, None, Clock::Known(now)) =
            (self.ledger.since(), self.settings.started, self.effective_clock(clock))
        {
            self.settings.started = Some(self.settings.start_after(now));
        }
    }

    /// Decides everything but the count. No call passes until [`Uncounted::count`] or
    /// [`Uncounted::admit`] has said so.
    ///
    /// # Errors
    /// As [`admit`](Self::admit), except for those of the count.
    pub fn check<'a, 'k: 'a>(&self, token: &'a [u8], call: &Call<'_>, clock: Clock) -> Result<Uncounted<'a>, Error>
    where
        T: TrustSource<'k>,
        L: Ledger,
    {
        let clock = self.effective_clock(clock);
        let start = self.settings.start(self.ledger.since(), clock);
        let (claims, demands) = self.decide(token, call, clock, start)?;
        Ok(Uncounted::new(claims, demands, clock, self.ledger.since()))
    }

    /// Decides whether a call may pass, and counts it if so.
    ///
    /// # Errors
    /// The first code that applies, in the order of `SPEC.md`, "Admission". A token that any check
    /// before the count refuses is not counted.
    pub fn admit<'a, 'k: 'a>(&mut self, token: &'a [u8], call: &Call<'_>, clock: Clock) -> Result<Admitted<'a>, Error>
    where
        T: TrustSource<'k>,
        L: Ledger,
    {
        self.start_counting(clock);
        let clock = self.effective_clock(clock);
        let start = self.settings.start(self.ledger.since(), clock);
        // Not by way of `Uncounted`: moving it takes 150 bytes of stack, below which the signature
        // check lies.
        let (claims, demands) = self.decide(token, call, clock, start)?;
        let calls_left = self.ledger.count(demands.as_slice(), clock)?;
        Ok(Admitted::new(claims, calls_left))
    }

    /// The order of these lines is the order of `SPEC.md`. Cheap checks come before the curve.
    /// Checks whose answer depends on the caller's permissions come after the signature.
    fn decide<'a, 'k: 'a>(
        &self,
        token: &'a [u8],
        call: &Call<'_>,
        clock: Clock,
        start: Option<i64>,
    ) -> Result<(Claims<'a>, Demands), Error>
    where
        T: TrustSource<'k>,
    {
        let outline = Outline::read(token, self.settings.policy.max_token_len)?;
        let issuer = self.trusted_issuer(&outline, clock)?;
        let token = outline.check_strings()?;
        issuer.check_name(&token)?;
        self.check_times(&token, &issuer, clock, start)?;
        issuer.check_version_1()?;
        let ceiling = issuer.allowed_scopes();
        let claims = Claims::verified(&self.backend, token, issuer.key(), Some(ceiling))?;
        if !call.scopes().iter().all(|scope| token.grants(scope)) {
            return Err(Error::ScopeNotGranted);
        }
        if !call.scopes().iter().all(|scope| ceiling.covers(scope)) {
            return Err(Error::ScopeAboveCeiling);
        }
        Ok((claims, self.demands(&token, &issuer, clock)))
    }

    // Not inlined: what a search needs of the stack is free again when the curve needs most of it.
    #[inline(never)]
    fn trusted_issuer<'k>(&self, token: &Outline<'_>, clock: Clock) -> Result<TrustedIssuer<'k>, Error>
    where
        T: TrustSource<'k>,
    {
        let key = token.issuer_bytes();
        self.trust.check_current(clock)?;
        // A revoked issuer may have been taken off the list as well: revocation is the more telling answer.
        self.trust.check_revocation(&key, token.token_id())?;
        self.trust.issuer(&key).ok_or(Error::UntrustedIssuer)
    }

    fn check_times(
        &self,
        token: &Token<'_>,
        issuer: &TrustedIssuer<'_>,
        clock: Clock,
        start: Option<i64>,
    ) -> Result<(), Error> {
        check_lifetime(token, self.settings.policy.max_lifetime_seconds.min(issuer.lifetime_limit()))?;
        issuer.check_window(clock)?;
        check_time(token, clock, self.settings.policy.clock_skew_seconds)?;
        if start.is_some_and(|start| token.issued_at() < start) {
            return Err(Error::IssuedBeforeStart);
        }
        let policy = if start.is_some() { TimePolicy::RequireKnown } else { self.settings.policy.time_policy };
        // Without a time there is no window to count in.
        let has_window = issuer.quota().is_none() || clock.lower_bound().is_some();
        if policy.allows(clock) && has_window { Ok(()) } else { Err(Error::TimeUncertain) }
    }

    fn demands(&self, token: &Token<'_>, issuer: &TrustedIssuer<'_>, clock: Clock) -> Demands {
        let Settings { counting, policy: Policy { clock_skew_seconds, .. }, .. } = self.settings;
        let of_token = Demand::new(
            DemandKind::Token,
            token.issuer_bytes(),
            token.token_id(),
            token.max_calls(),
            counting,
            token.expires_at(),
            clock_skew_seconds,
        );
        let of_quota = issuer.quota().zip(clock.lower_bound());
        let of_quota =
            of_quota.map(|(quota, now)| Demand::of_quota(quota, token.issuer_bytes(), now, clock_skew_seconds));
        Demands::new(of_token, of_quota)
    }
}
