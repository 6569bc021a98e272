//! What a verifier and a gate ask of every token, whoever issued it.

use crate::clock::{DEFAULT_CLOCK_SKEW_SECONDS, TimePolicy};

/// The longest lifetime accepted unless told otherwise, in seconds: one day.
pub const DEFAULT_MAX_LIFETIME_SECONDS: u64 = 86_400;
/// The longest token read unless told otherwise, in bytes.
pub const DEFAULT_MAX_TOKEN_LEN: usize = 4_096;

/// The limits that a [`Verifier`](crate::Verifier) or a [`Gate`](crate::Gate) puts on every token.
/// A trusted issuer may have narrower ones.
///
/// ```
/// use agentid_nostd::{Policy, TimePolicy};
/// let policy = Policy::new().clock_skew_seconds(5).max_lifetime_seconds(3_600).max_token_len(512);
/// assert_ne!(policy, Policy::new());
/// assert_eq!(policy.time_policy(TimePolicy::RequireKnown), policy, "the default");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Policy {
    pub(crate) clock_skew_seconds: u32,
    pub(crate) max_lifetime_seconds: u64,
    pub(crate) max_token_len: usize,
    pub(crate) time_policy: TimePolicy,
}

impl Policy {
    /// 30 seconds of skew, lifetimes of up to a day, tokens of up to 4,096 bytes, a known clock.
    pub const fn new() -> Self {
        Self {
            clock_skew_seconds: DEFAULT_CLOCK_SKEW_SECONDS,
            max_lifetime_seconds: DEFAULT_MAX_LIFETIME_SECONDS,
            max_token_len: DEFAULT_MAX_TOKEN_LEN,
            time_policy: TimePolicy::RequireKnown,
        }
    }

    /// How many seconds `issued_at` may lie ahead of the clock, and how long a count outlives its
    /// token. Expiry knows no skew.
    pub const fn clock_skew_seconds(mut self, seconds: u32) -> Self {
        self.clock_skew_seconds = seconds;
        self
    }

    /// The longest lifetime accepted from any issuer, in seconds.
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

    /// How much of the time must be known.
    pub const fn time_policy(mut self, policy: TimePolicy) -> Self {
        self.time_policy = policy;
        self
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::new()
    }
}
