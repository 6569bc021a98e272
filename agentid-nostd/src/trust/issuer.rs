//! One trusted issuer: a key, the agent it may speak for, and how far it is trusted.

use core::fmt;

use super::rules::{LeafBinding, Quota, Rules};
use crate::clock::Clock;
use crate::error::Error;
use crate::explanation::Detail;
use crate::grammar::check_strings;
use crate::grammar::{covers, is_valid_scope};
use crate::identity::derived_secret;
use crate::layout::MAX_SCOPES;
use crate::signature::PublicKey;
use crate::signature::is_key_of_public_secret;
use crate::token::{Scopes, Token};

/// The rules that require nothing.
const NO_RULES: Rules = Rules { audience_required: false, leaf_binding: LeafBinding::None, depth: 0 };
/// The longest lifetime of an issuer's tokens unless told otherwise, in seconds: one day.
const DEFAULT_MAX_LIFETIME_SECONDS: u32 = 86_400;

/// Binds a public key to the name and project it may speak for, and says how far.
///
/// ```
/// use agentid_nostd::{AgentIdentity, TrustTable, TrustedIssuer};
/// let agent = AgentIdentity::derive("research-bot", "phd-lab", Some(b"32 random bytes, kept in a vault"))?;
/// let issuers = [TrustedIssuer::new(agent.public_key(), "research-bot", "phd-lab")
///     .ceiling(&["read:*"])
///     .max_lifetime_seconds(3_600)
///     .valid_between(1_790_000_000, 1_800_000_000)];
/// let table = TrustTable::new(&issuers)?;
/// # Ok::<(), agentid_nostd::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct TrustedIssuer<'k> {
    pub(super) key: PublicKey,
    pub(super) name: &'k str,
    pub(super) project: &'k str,
    pub(super) ceiling: Ceiling<'k>,
    pub(super) max_lifetime_seconds: u32,
    pub(super) not_before: i64,
    pub(super) not_after: i64,
    pub(super) rules: Rules,
    pub(super) quota: Option<Quota>,
    allow_guessable: bool,
}

impl<'k> TrustedIssuer<'k> {
    /// Trusts `key` to speak for this name and project, with every scope, for lifetimes of up to a
    /// day, at any time. The strings are checked when the table or bundle is built.
    pub const fn new(key: PublicKey, name: &'k str, project: &'k str) -> Self {
        Self {
            key,
            name,
            project,
            ceiling: Ceiling(CeilingScopes::List(&["*"])),
            max_lifetime_seconds: DEFAULT_MAX_LIFETIME_SECONDS,
            not_before: i64::MIN,
            not_after: i64::MAX,
            rules: NO_RULES,
            quota: None,
            allow_guessable: false,
        }
    }

    /// The most that tokens of this issuer may do: a call passes only if both the token and one of
    /// these scopes cover it. An empty list allows nothing.
    pub const fn ceiling(mut self, scopes: &'k [&'k str]) -> Self {
        self.ceiling = Ceiling(CeilingScopes::List(scopes));
        self
    }

    /// The longest lifetime of this issuer's tokens, in seconds; the gate's own limit stays in
    /// force.
    pub const fn max_lifetime_seconds(mut self, seconds: u32) -> Self {
        self.max_lifetime_seconds = seconds;
        self
    }

    /// From when until when the key is trusted, in Unix seconds, both included. To rotate a key,
    /// give the old and the new one of the same name windows that overlap.
    pub const fn valid_between(mut self, not_before: i64, not_after: i64) -> Self {
        self.not_before = not_before;
        self.not_after = not_after;
        self
    }

    /// What this issuer's tokens must have: nothing unless told otherwise.
    pub const fn with_rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// How many calls of this issuer are admitted in each window of time: any number unless told
    /// otherwise. Every admitted call counts, also one of a token without a budget.
    pub const fn with_quota(mut self, quota: Quota) -> Self {
        self.quota = Some(quota);
        self
    }

    /// Accepts a key that was derived without a secret seed, which anybody who reads a token can
    /// derive too.
    pub const fn allow_guessable(mut self) -> Self {
        self.allow_guessable = true;
        self
    }

    /// The key that is trusted. Out of a bundle it is as the authority wrote it: were it no point
    /// of the curve, no signature would hold under it.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The name that the key may speak for.
    #[must_use]
    pub const fn name(&self) -> &'k str {
        self.name
    }

    /// The project that the key may speak for.
    #[must_use]
    pub const fn project(&self) -> &'k str {
        self.project
    }

    /// The scopes that tokens of this issuer may use at most, as given to
    /// [`ceiling`](Self::ceiling).
    #[must_use]
    pub const fn allowed_scopes(&self) -> Ceiling<'k> {
        self.ceiling
    }

    /// The longest lifetime of this issuer's tokens, in seconds. The gate's own limit stays in
    /// force.
    #[must_use]
    pub const fn longest_lifetime_seconds(&self) -> u32 {
        self.max_lifetime_seconds
    }

    /// The first and the last second at which the key is trusted, in Unix seconds. An end that was
    /// not set is `i64::MIN` or `i64::MAX`.
    #[must_use]
    pub const fn window(&self) -> (i64, i64) {
        (self.not_before, self.not_after)
    }

    /// What this issuer's tokens must have, as given to [`with_rules`](Self::with_rules).
    #[must_use]
    pub const fn rules(&self) -> Rules {
        self.rules
    }

    /// How many calls of this issuer are admitted in each window of time, if that is limited.
    #[must_use]
    pub const fn quota(&self) -> Option<Quota> {
        self.quota
    }

    /// What makes an entry: checked once, when a table or bundle is built.
    pub(super) fn check(&self) -> Result<(), Error> {
        self.check_strings()?;
        if self.ceiling.len() > MAX_SCOPES {
            return Err(Error::TooManyScopes);
        }
        if !self.rules.is_valid() || self.quota.is_some_and(|quota| !quota.is_valid()) {
            return Err(Error::MalformedBundle);
        }
        if !self.allow_guessable && self.is_guessable() {
            return Err(Error::GuessableIssuer);
        }
        Ok(())
    }

    /// Returns whether the key was derived without a secret seed.
    fn is_guessable(&self) -> bool {
        is_key_of_public_secret(self.key.as_bytes(), &derived_secret(self.name, self.project, &[]))
    }

    /// Whether name, project and ceiling are well formed.
    pub(super) fn check_strings(&self) -> Result<(), Error> {
        check_strings(self.name, self.project)?;
        if self.ceiling.is_well_formed() { Ok(()) } else { Err(Error::InvalidScope) }
    }

    /// An entry read from a bundle, whose maker has checked it.
    pub(super) const fn from_bundle(
        key: PublicKey,
        (name, project): (&'k str, &'k str),
        ceiling: Scopes<'k>,
        max_lifetime_seconds: u32,
        (not_before, not_after): (i64, i64),
    ) -> Self {
        let ceiling = Ceiling(CeilingScopes::Encoded(ceiling));
        let (rules, quota, allow_guessable) = (NO_RULES, None, false);
        Self {
            key,
            name,
            project,
            ceiling,
            max_lifetime_seconds,
            not_before,
            not_after,
            rules,
            quota,
            allow_guessable,
        }
    }

    /// The same entry with these rules and this quota.
    pub(super) const fn bound_by(mut self, rules: Rules, quota: Option<Quota>) -> Self {
        self.rules = rules;
        self.quota = quota;
        self
    }

    /// Refuses tokens of version 1, which have neither audience nor binding, if a rule asks for one.
    pub(crate) const fn check_version_1(&self) -> Result<(), Error> {
        match self.rules {
            Rules { audience_required: true, .. } => Err(Error::AudienceRequired),
            Rules { leaf_binding: LeafBinding::None, .. } => Ok(()),
            _ => Err(Error::BindingRequired),
        }
    }

    /// Whether the token names the agent that this key may speak for.
    pub(crate) fn check_name(&self, token: &Token<'_>) -> Result<(), Error> {
        if token.names(self.name, self.project) { Ok(()) } else { Err(Error::NameMismatch) }
    }

    /// Whether the key is trusted at this time, as far as it is known.
    pub(crate) fn check_window(&self, clock: Clock) -> Result<(), Error> {
        if clock.is_past(self.not_after) || clock.is_before(self.not_before) {
            Err(Error::IssuerNotValid)
        } else {
            Ok(())
        }
    }

    /// By how much a time misses the window of [`check_window`](Self::check_window).
    pub(crate) fn window_detail(&self, clock: Clock) -> Detail {
        if clock.is_past(self.not_after) {
            Detail::over(self.not_after, clock)
        } else {
            Detail::ahead(self.not_before, clock, 0)
        }
    }

    /// The longest lifetime of this issuer's tokens.
    pub(crate) fn lifetime_limit(&self) -> u64 {
        u64::from(self.max_lifetime_seconds)
    }
}

/// The scopes that an issuer may grant at most. They permit nothing by themselves: a call needs
/// scopes that both the token and the ceiling cover.
#[derive(Clone, Copy)]
pub struct Ceiling<'k>(CeilingScopes<'k>);

/// A list of scopes, or scopes as they lie in a bundle.
#[derive(Clone, Copy)]
enum CeilingScopes<'k> {
    List(&'k [&'k str]),
    Encoded(Scopes<'k>),
}

impl<'k> Ceiling<'k> {
    /// The scopes, in the order they are written.
    pub fn iter(&self) -> impl Iterator<Item = &'k str> {
        let (list, encoded) = match self.0 {
            CeilingScopes::List(scopes) => (Some(scopes), None),
            CeilingScopes::Encoded(scopes) => (None, Some(scopes)),
        };
        list.into_iter().flatten().copied().chain(encoded.into_iter().flatten())
    }

    /// Scopes as they lie in a bundle, which were checked before.
    pub(crate) const fn from_encoded(scopes: Scopes<'k>) -> Self {
        Self(CeilingScopes::Encoded(scopes))
    }

    /// How many scopes there are.
    pub(crate) fn len(&self) -> usize {
        match self.0 {
            CeilingScopes::List(scopes) => scopes.len(),
            CeilingScopes::Encoded(scopes) => scopes.len(),
        }
    }

    fn is_well_formed(&self) -> bool {
        match self.0 {
            CeilingScopes::List(scopes) => scopes.iter().all(|scope| is_valid_scope(scope)),
            CeilingScopes::Encoded(scopes) => scopes.all_valid(),
        }
    }

    /// Whether one of the scopes covers `required`, which a token grants already, so that it is
    /// well formed.
    pub(crate) fn covers(&self, required: &str) -> bool {
        match self.0 {
            CeilingScopes::List(scopes) => {
                scopes.iter().any(|granted| covers(granted.as_bytes(), required.as_bytes()))
            }
            CeilingScopes::Encoded(scopes) => scopes.any_covers(required),
        }
    }
}

impl fmt::Debug for Ceiling<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
