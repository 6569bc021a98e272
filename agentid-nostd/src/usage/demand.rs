//! What must be counted for one presentation of one token.

use core::num::NonZeroU32;

use crate::clock::widen;
use crate::error::Error;
use crate::layout::PUBLIC_KEY_LEN;
use crate::trust::rules::Quota;
use agentid_hash::sha256;

/// What a use is counted against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Counting {
    /// Use number `max_calls + 1` is refused; 0 is unlimited and is not counted.
    #[default]
    Budget,
    /// The second presentation of any token is refused, whatever its `max_calls`.
    SingleUse,
}

/// What a count is of. Counts of different kinds never meet, whatever their issuer and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DemandKind {
    /// Uses of a token.
    Token,
    /// Admitted calls of an issuer in a window of time.
    Quota,
}

impl DemandKind {
    /// The number that stands for it wherever counts are kept.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Token => 0,
            // 1 is kept for grants.
            Self::Quota => 2,
        }
    }
}

/// One use to be counted: of which token, up to which limit, to be remembered until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    kind: DemandKind,
    issuer: [u8; PUBLIC_KEY_LEN],
    token_id: u64,
    limit: Option<NonZeroU32>,
    counting: Counting,
    expires_at: i64,
    skew_seconds: u32,
}

impl Demand {
    /// A demand for one use of a token: its issuer, its id, its expiry in Unix seconds, and the
    /// clock skew of the gate in seconds. A gate makes its own: this is for testing ledgers. A
    /// demand authorises nothing.
    #[must_use]
    pub const fn new(
        kind: DemandKind,
        issuer: [u8; PUBLIC_KEY_LEN],
        token_id: u64,
        max_calls: Option<NonZeroU32>,
        counting: Counting,
        expires_at: i64,
        skew_seconds: u32,
    ) -> Self {
        let limit = match counting {
            Counting::Budget => max_calls,
            Counting::SingleUse => Some(NonZeroU32::MIN),
        };
        Self { kind, issuer, token_id, limit, counting, expires_at, skew_seconds }
    }

    /// A demand for one call of an issuer with a quota, at this time in Unix seconds.
    pub(crate) fn of_quota(quota: Quota, issuer: [u8; PUBLIC_KEY_LEN], now: i64, skew_seconds: u32) -> Self {
        let (number, end) = quota.window(now);
        let (kind, id, limit) = (DemandKind::Quota, number.cast_unsigned(), Some(quota.calls));
        Self::new(kind, issuer, id, limit, Counting::Budget, end, skew_seconds)
    }

    /// What is counted.
    #[must_use]
    pub const fn kind(&self) -> DemandKind {
        self.kind
    }

    /// The issuer's key: half of what identifies a token.
    #[must_use]
    pub const fn issuer(&self) -> &[u8; PUBLIC_KEY_LEN] {
        &self.issuer
    }

    /// The token's id: the other half. Of a quota it is the number of the window.
    #[must_use]
    pub const fn token_id(&self) -> u64 {
        self.token_id
    }

    /// How many uses there may be in all; `None` is unlimited and need not be counted.
    #[must_use]
    pub const fn limit(&self) -> Option<NonZeroU32> {
        self.limit
    }

    /// The token's own expiry, in Unix seconds; of a quota the end of the window. It is the same at every gate and for every skew. A
    /// store refuses with [`Error::UsageForgotten`] if it has given up a count whose expiry is not
    /// before this one: it cannot know how often this token was used.
    #[must_use]
    pub const fn expires_at(&self) -> i64 {
        self.expires_at
    }

    /// The Unix second from which on the count may be given up: expiry plus the clock skew.
    #[must_use]
    pub const fn retain_until(&self) -> i64 {
        self.may_be_given_up_at(self.expires_at)
    }

    /// The same for another count of the ledger, from its expiry.
    pub(crate) const fn may_be_given_up_at(&self, expires_at: i64) -> i64 {
        expires_at.saturating_add_unsigned(widen(self.skew_seconds))
    }

    /// Decides on this use, given how many there have been before, and says how many are left after
    /// it.
    ///
    /// # Errors
    /// [`Error::BudgetExhausted`], or [`Error::Replayed`] if tokens are for single use;
    /// [`Error::QuotaExhausted`] of a quota.
    pub fn check(&self, earlier_uses: u32) -> Result<Option<u32>, Error> {
        let Some(limit) = self.limit() else { return Ok(None) };
        match limit.get().checked_sub(earlier_uses).and_then(|left| left.checked_sub(1)) {
            Some(left) => Ok(Some(left)),
            None => Err(self.exhausted()),
        }
    }

    /// The answer once the limit is reached.
    const fn exhausted(&self) -> Error {
        match (self.kind, self.counting) {
            (DemandKind::Quota, _) => Error::QuotaExhausted,
            (DemandKind::Token, Counting::SingleUse) => Error::Replayed,
            (DemandKind::Token, Counting::Budget) => Error::BudgetExhausted,
        }
    }

    /// The answer of a filter that has seen this use before.
    pub(crate) const fn seen_before(&self) -> Error {
        match self.kind {
            DemandKind::Quota => Error::QuotaExhausted,
            DemandKind::Token => Error::Replayed,
        }
    }

    /// 16 bytes that stand for kind, issuer and token id: the first of SHA-256 over all three. Two
    /// tokens with the same ones would share a count, which refuses too much and never too little.
    pub(crate) fn key(&self) -> [u8; 16] {
        let digest = sha256(&[&[self.kind.number()], &self.issuer, &self.token_id.to_be_bytes()]);
        let mut key = [0; 16];
        key.copy_from_slice(digest.split_at(16).0);
        key
    }
}

/// The demands of one call: that of the token, and that of its issuer's quota if there is one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Demands {
    all: [Demand; 2],
    has_quota: bool,
}

impl Demands {
    pub(crate) fn new(token: Demand, quota: Option<Demand>) -> Self {
        Self { all: [token, quota.unwrap_or(token)], has_quota: quota.is_some() }
    }

    pub(crate) fn as_slice(&self) -> &[Demand] {
        let [token, _] = &self.all;
        if self.has_quota { &self.all } else { core::slice::from_ref(token) }
    }
}

/// Whether two of the demands would share one count, by what the ledger keeps of them. A gate makes
/// no such demands.
pub(crate) fn has_twins<K: PartialEq>(mut demands: &[Demand], key: impl Fn(&Demand) -> K) -> bool {
    while let [demand, rest @ ..] = demands {
        if rest.iter().any(|other| key(other) == key(demand)) {
            return true;
        }
        demands = rest;
    }
    false
}
