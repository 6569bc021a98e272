//! What is known of the time. The core reads no clock; whoever calls says how much it knows.

/// How far ahead of the clock issued_at may lie unless told otherwise, in seconds: of tokens and of
/// trust bundles.
pub const DEFAULT_CLOCK_SKEW_SECONDS: u32 = 30;

/// The time at which a token is presented, in Unix seconds, as far as it is known.
///
/// Only the caller and a signed trust bundle move it. What a token says never does: otherwise any
/// one agent could push a device's clock forward and lock the others out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The time is this, give or take the policy's skew. **This is a promise.** A clock that may
    /// have stopped or fallen back, as a real-time clock does when its battery is empty, is
    /// [`AtLeast`](Self::AtLeast) until it has been set again.
    Known(i64),
    /// The time is this or later: a clock kept in flash, the time of a firmware build, the last
    /// message seen.
    AtLeast(i64),
    /// Nothing is known.
    Unknown,
}

impl Clock {
    /// The earliest time it can be; `None` where nothing is known.
    #[must_use]
    pub const fn lower_bound(self) -> Option<i64> {
        match self {
            Self::Known(time) | Self::AtLeast(time) => Some(time),
            Self::Unknown => None,
        }
    }

    /// This clock after learning that it is at least `bound`. A known time more than `skew_seconds`
    /// before the bound is thereby proven wrong, and only the bound remains.
    #[must_use]
    pub const fn raised_to(self, bound: i64, skew_seconds: u32) -> Self {
        match self {
            Self::Known(time) if time >= bound.saturating_sub_unsigned(widen(skew_seconds)) => self,
            Self::AtLeast(time) if time >= bound => self,
            _ => Self::AtLeast(bound),
        }
    }

    /// Whether `time` is reached or past for certain.
    pub(crate) fn has_reached(self, time: i64) -> bool {
        self.lower_bound().is_some_and(|bound| bound >= time)
    }

    /// Whether even the second after `time` is reached for certain: never for the largest time.
    pub(crate) fn is_past(self, time: i64) -> bool {
        self.lower_bound().is_some_and(|bound| bound > time)
    }

    /// Whether `time` lies ahead for certain: only a known time can tell.
    pub(crate) const fn is_before(self, time: i64) -> bool {
        matches!(self, Self::Known(now) if now < time)
    }
}

#[expect(clippy::as_conversions, reason = "u32 to u64 loses nothing, and `From` is not const")]
pub(crate) const fn widen(value: u32) -> u64 {
    value as u64
}

/// How much of the time must be known for a token to be admitted. Whatever is provably expired is
/// refused anyway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimePolicy {
    /// Only [`Clock::Known`] will do.
    #[default]
    RequireKnown,
    /// A lower bound will do: a token that had not expired by then is admitted, even if it has
    /// since, or is not valid yet. A trusted agent can then date its tokens far ahead, so that
    /// they stay in a ledger for as long.
    AllowLowerBound,
    /// No clock will do: tokens never expire on a device that knows no time at all, nor do entries
    /// of its ledger.
    AllowUnknown,
}

impl TimePolicy {
    pub(crate) const fn allows(self, clock: Clock) -> bool {
        match clock {
            Clock::Known(_) => true,
            Clock::AtLeast(_) => !matches!(self, Self::RequireKnown),
            Clock::Unknown => matches!(self, Self::AllowUnknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, TimePolicy};

    #[test]
    fn a_bound_raises_what_is_known_and_unmasks_a_clock_that_is_behind() {
        assert_eq!(Clock::Unknown.raised_to(100, 30), Clock::AtLeast(100));
        assert_eq!(Clock::AtLeast(99).raised_to(100, 30), Clock::AtLeast(100));
        assert_eq!(Clock::AtLeast(101).raised_to(100, 30), Clock::AtLeast(101));
        assert_eq!(Clock::Known(70).raised_to(100, 30), Clock::Known(70));
        assert_eq!(Clock::Known(69).raised_to(100, 30), Clock::AtLeast(100));
        assert_eq!(Clock::Known(i64::MIN).raised_to(i64::MIN, 30), Clock::Known(i64::MIN));
    }

    #[test]
    fn each_policy_allows_what_it_says() {
        let clocks = [Clock::Known(0), Clock::AtLeast(0), Clock::Unknown];
        for (policy, allowed) in [
            (TimePolicy::RequireKnown, [true, false, false]),
            (TimePolicy::AllowLowerBound, [true, true, false]),
            (TimePolicy::AllowUnknown, [true, true, true]),
        ] {
            assert_eq!(clocks.map(|clock| policy.allows(clock)), allowed, "{policy:?}");
        }
    }
}
