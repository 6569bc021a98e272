//! The clock of the operating system.

use std::time::{SystemTime, UNIX_EPOCH};

use agentid_nostd::Clock;

/// Returns the system's time, as a promise that it is right: this is for machines whose clock is
/// set by a service. A clock before 1970 is not set, and known as [`Clock::Unknown`], so that
/// nothing is accepted by it.
#[must_use]
pub fn system_clock() -> Clock {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    let seconds = since_epoch.and_then(|elapsed| i64::try_from(elapsed.as_secs()).ok());
    seconds.map_or(Clock::Unknown, Clock::Known)
}
