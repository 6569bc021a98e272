//! By how much a limit was missed, or since when: for a person who must act on a refusal.

use core::fmt;

use crate::clock::Clock;
use crate::error::Error;

/// An error with the numbers behind it, made after the fact by
/// [`Verifier::explain`](crate::Verifier::explain), [`Gate::explain`](crate::Gate::explain) and
/// [`TrustBundle::explain`](crate::TrustBundle::explain). It decides nothing.
///
/// It is for the operator's log and for whoever made the token. A stranger gets no more than one
/// generic answer: the numbers come from bytes whose signature may not have been checked, and from
/// the verifier's policy.
///
/// ```
/// use agentid_nostd::{AgentIdentity, Clock, TokenBuilder, Verifier};
/// let agent = AgentIdentity::derive("research-bot", "phd-lab", Some(b"32 random bytes, kept in a vault"))?;
/// let mut buf = [0; 256];
/// let token = TokenBuilder::new(&agent, 1_790_000_000, 7).ttl_seconds(900).mint_into(&mut buf)?;
///
/// let trusted = [agent.public_key()];
/// let verifier = Verifier::new(&trusted);
/// let clock = Clock::Known(1_790_001_212);
/// let error = verifier.verify(token, clock).unwrap_err();
/// assert_eq!(
///     verifier.explain(token, clock, error).to_string(),
///     "the token has expired: 312 s ago, at 1790000900 (Unix seconds)"
/// );
/// # Ok::<(), agentid_nostd::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation {
    error: Error,
    detail: Detail,
}

/// The numbers behind an error. Times are Unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detail {
    /// Nothing but the error.
    None,
    /// A length in bytes, and the longest allowed.
    Length {
        /// The length.
        bytes: usize,
        /// The longest allowed.
        max: usize,
    },
    /// A lifetime in seconds, and the longest allowed.
    Lifetime {
        /// The lifetime.
        seconds: u64,
        /// The longest allowed.
        max: u64,
    },
    /// A time that is over.
    Over {
        /// The time.
        at: i64,
        /// How many seconds ago it was: at least so many, if the clock is a lower bound.
        seconds_ago: u64,
        /// Whether the clock is a lower bound.
        is_lower_bound: bool,
    },
    /// A time that lies ahead.
    Ahead {
        /// The time.
        at: i64,
        /// In how many seconds it is.
        in_seconds: u64,
        /// The clock skew that was allowed for it, in seconds.
        skew_seconds: u32,
    },
    /// A token that was issued before the ledger began to count.
    BeforeStart {
        /// When it was issued.
        issued_at: i64,
        /// The time from which on tokens are counted.
        counts_from: i64,
    },
    /// An epoch that is not above the newest one.
    Epoch {
        /// The epoch of the bundle.
        epoch: u64,
        /// The newest epoch seen before.
        newest: u64,
    },
}

impl Explanation {
    pub(crate) const fn new(error: Error, detail: Detail) -> Self {
        Self { error, detail }
    }

    /// The error that is explained.
    #[must_use]
    pub const fn error(&self) -> Error {
        self.error
    }

    /// The numbers behind it.
    #[must_use]
    pub const fn detail(&self) -> Detail {
        self.detail
    }
}

impl Detail {
    /// What this clock says of a time that is over. It says nothing if it knows no time.
    pub(crate) const fn over(at: i64, clock: Clock) -> Self {
        match clock.lower_bound() {
            Some(now) => {
                let is_lower_bound = matches!(clock, Clock::AtLeast(_));
                Self::Over { at, seconds_ago: now.abs_diff(at), is_lower_bound }
            }
            None => Self::None,
        }
    }

    /// What this clock says of a time that lies ahead. Only a known time says so.
    pub(crate) const fn ahead(at: i64, clock: Clock, skew_seconds: u32) -> Self {
        match clock {
            Clock::Known(now) => Self::Ahead { at, in_seconds: now.abs_diff(at), skew_seconds },
            _ => Self::None,
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.error.message())?;
        match self.detail {
            Detail::None => Ok(()),
            Detail::Length { bytes, max } => write!(f, ": {bytes} bytes, at most {max}"),
            Detail::Lifetime { seconds, max } => write!(f, ": {seconds} s, at most {max} s"),
            Detail::Over { at, seconds_ago, is_lower_bound } => {
                let least = if is_lower_bound { "at least " } else { "" };
                write!(f, ": {least}{seconds_ago} s ago, at {at} (Unix seconds)")
            }
            Detail::Ahead { at, in_seconds, skew_seconds: 0 } => {
                write!(f, ": {in_seconds} s ahead, at {at} (Unix seconds)")
            }
            Detail::Ahead { at, in_seconds, skew_seconds } => {
                write!(f, ": {in_seconds} s ahead, at {at} (Unix seconds); the skew is {skew_seconds} s")
            }
            Detail::BeforeStart { issued_at, counts_from } => write!(
                f,
                ": issued at {issued_at}, counted from {counts_from} on (Unix seconds), {} s later",
                issued_at.abs_diff(counts_from)
            ),
            Detail::Epoch { epoch, newest } => write!(f, ": epoch {epoch}, the newest is {newest}"),
        }
    }
}
