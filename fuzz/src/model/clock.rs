//! `SPEC.md`, section 8, "Clock": what a clock can tell of a time. Times are wide, so that adding
//! to them is exact.

use agentid_nostd::{Clock, TimePolicy};

/// The time is reached for certain.
pub(crate) fn reached(clock: Clock, time: i128) -> bool {
    matches!(clock, Clock::Known(now) | Clock::AtLeast(now) if i128::from(now) >= time)
}

/// The time lies ahead for certain.
pub(crate) fn ahead(clock: Clock, time: i128) -> bool {
    matches!(clock, Clock::Known(now) if i128::from(now) < time)
}

/// The clock after a bundle of this issued_at was opened.
pub(crate) fn raised(clock: Clock, issued_at: i64, skew: u32) -> Clock {
    let behind = match clock {
        Clock::Unknown => true,
        Clock::AtLeast(time) => time < issued_at,
        Clock::Known(time) => i128::from(time) < i128::from(issued_at) - i128::from(skew),
    };
    if behind { Clock::AtLeast(issued_at) } else { clock }
}

/// Whether a policy is content with this much of the time.
pub(crate) fn allowed(clock: Clock, policy: TimePolicy) -> bool {
    match clock {
        Clock::Known(_) => true,
        Clock::AtLeast(_) => policy != TimePolicy::RequireKnown,
        Clock::Unknown => policy == TimePolicy::AllowUnknown,
    }
}
