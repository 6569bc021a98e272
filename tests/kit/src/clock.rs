//! The one place that reads a clock: `agentid-core` offers no other time than now.

use std::time::{SystemTime, UNIX_EPOCH};

/// Unix seconds.
///
/// # Panics
/// Where the machine's clock is before 1970.
pub fn unix_now() -> i64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
    i64::try_from(since_1970.as_secs()).expect("fits")
}
