//! `SPEC.md`, section 8: everything that admission decides before the count.

use agentid_nostd::{Clock, TimePolicy};

use super::bundle::Bundle;
use super::clock::{ahead, allowed, raised, reached};
use super::scope::{any_covers, covers};
use super::token::{self, Policy, Token};

pub(crate) struct Gate {
    /// A table is a bundle that never ends, revokes nothing and proves no time.
    pub(crate) trust: Bundle,
    pub(crate) policy: Policy,
    pub(crate) time_policy: TimePolicy,
    /// The first issued_at whose every use is in the count, from the policy.
    pub(crate) start: Option<i64>,
    /// The issued_at of the bundle in force.
    pub(crate) proven: Option<i64>,
}

impl Gate {
    pub(crate) fn clock(&self, clock: Clock) -> Clock {
        self.proven.map_or(clock, |issued_at| raised(clock, issued_at, self.policy.skew))
    }

    /// The number of the window of the issuer's quota and the second after it, if there is a quota.
    pub(crate) fn window(&self, token: &Token, clock: Clock) -> Option<(i128, i128)> {
        let (calls, seconds) = self.trust.issuers.get(&token.issuer)?.quota;
        let (Clock::Known(now) | Clock::AtLeast(now)) = self.clock(clock) else { return None };
        let seconds = i128::from(seconds);
        let past = if calls == 0 { return None } else { (i128::from(now) % seconds + seconds) % seconds };
        let begin = i128::from(now) - past;
        Some((begin / seconds, begin + seconds))
    }

    /// Codes 1 to 16, 26 to 33, 44, 52 and 54; `start` is that of the policy and the ledger.
    pub(crate) fn check(
        &self,
        bytes: &[u8],
        required: &[&str],
        clock: Clock,
        start: Option<i64>,
    ) -> Result<Token, u8> {
        let clock = self.clock(clock);
        let structure = token::structure(bytes, self.policy.max_len)?;
        if reached(clock, i128::from(self.trust.not_after) + 1) {
            return Err(44);
        }
        let claimed = structure.claimed();
        if self.trust.revoked_issuers.contains(&claimed.0) {
            return Err(26);
        }
        if self.trust.revoked_tokens.contains(&claimed) {
            return Err(27);
        }
        let issuer = self.trust.issuers.get(&claimed.0).ok_or(13)?;
        let token = structure.read()?;
        if (&token.name, &token.project) != (&issuer.name, &issuer.project) {
            return Err(28);
        }
        if token.lifetime() > i128::from(self.policy.max_lifetime.min(issuer.max_lifetime.into())) {
            return Err(12);
        }
        if reached(clock, i128::from(issuer.not_after) + 1) || ahead(clock, issuer.not_before.into()) {
            return Err(29);
        }
        if reached(clock, token.expires_at.into()) {
            return Err(14);
        }
        if ahead(clock, i128::from(token.issued_at) - i128::from(self.policy.skew)) {
            return Err(15);
        }
        if start.is_some_and(|start| token.issued_at < start) {
            return Err(30);
        }
        if !self.time_policy_allows(clock, start) {
            return Err(31);
        }
        if issuer.quota.0 != 0 && matches!(clock, Clock::Unknown) {
            return Err(31);
        }
        if issuer.rules & 1 != 0 {
            return Err(52);
        }
        if issuer.rules & 6 != 0 {
            return Err(54);
        }
        if !token.signature_holds() {
            return Err(16);
        }
        if !required.iter().all(|required| any_covers(&token.scopes, required)) {
            return Err(32);
        }
        if !required.iter().all(|required| any_covers(&issuer.ceiling, required)) {
            return Err(33);
        }
        Ok(token)
    }

    /// Whether claims of this token permit something, under the ceiling of its issuer.
    pub(crate) fn permits(&self, token: &Token, required: &str) -> bool {
        let ceiling = self.trust.issuers.get(&token.issuer).map(|issuer| &issuer.ceiling);
        let covered = |scopes: &[String]| scopes.iter().any(|granted| covers(granted, required));
        covered(&token.scopes) && ceiling.is_some_and(|ceiling| covered(ceiling))
    }

    fn time_policy_allows(&self, clock: Clock, start: Option<i64>) -> bool {
        allowed(clock, if start.is_some() { TimePolicy::RequireKnown } else { self.time_policy })
    }
}
