//! The approximate form for much single-use traffic in fixed memory: two Bloom filters that take
//! turns.

use core::fmt;
use core::num::NonZeroU32;

use super::demand::has_twins;
use super::{Demand, Ledger, Since};
use crate::clock::Clock;
use crate::error::Error;
use crate::hash_key::place;

/// How many bits stand for one token.
const BITS_PER_TOKEN: u64 = 8;

/// Remembers any number of tokens in fixed memory, and refuses the second use of each, even if its
/// `max_calls` is 0. It never accepts a replay; it refuses a few tokens that were never seen.
///
/// `S` is the memory: an array of bytes on a device, `&mut [u8]`, or with a heap a `Vec<u8>`. Two
/// filters share it, each with a half, and take turns: a generation of tokens is remembered for at
/// least the window after its last one, then cleared. With n tokens in a window and h bytes in a
/// half, a new token is refused by mistake with a probability of at most about
/// 2 · (1 − e^(−n / h))⁸: 5 % where n = h, 0.12 % where n is half of that. (Bloom, "Space/time
/// trade-offs in hash coding with allowable errors", 1970.) Without memory it refuses everything.
///
/// The window, in seconds, must hold the longest lifetime plus twice the clock skew. With
/// [`Clock::AtLeast`] it must also hold the lag of the bound. A token that would outlive it is
/// refused with [`Error::WindowExceeded`]. Without any time, [`Clock::Unknown`], everything is
/// refused with [`Error::TimeUncertain`]. If the clock jumps ahead and back, nothing is given up
/// until it has caught up, and mistakes become more frequent. A token with a budget of more than
/// one call is refused with [`Error::CannotCount`].
///
/// ```
/// use agentid_nostd::{ReplayFilter, Since};
/// let on_a_device = ReplayFilter::new([0; 512], 960, Since::Reset);
/// let on_a_server = ReplayFilter::new(vec![0; 1 << 20], 960, Since::Time(1_790_000_000));
/// ```
pub struct ReplayFilter<S> {
    memory: S,
    is_cleared: bool,
    /// Whether the second half is the one that tokens are written to.
    is_second: bool,
    /// The latest expiry of a token that was written since the generations changed, and of one before.
    current_expiry: i64,
    previous_expiry: i64,
    window_seconds: u32,
    /// When the current generation began; `None` before the first known time.
    started: Option<i64>,
    /// The latest expiry of a token that was given up.
    forgotten: i64,
    since: Since,
}

impl<S> ReplayFilter<S> {
    /// An empty filter, with the window in seconds and the time since which it has remembered. The
    /// first call clears the memory.
    #[must_use]
    pub const fn new(memory: S, window_seconds: u32, since: Since) -> Self {
        Self {
            memory,
            is_cleared: false,
            is_second: false,
            current_expiry: i64::MIN,
            previous_expiry: i64::MIN,
            window_seconds,
            started: None,
            forgotten: i64::MIN,
            since,
        }
    }
}

impl<S> fmt::Debug for ReplayFilter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplayFilter")
            .field("window_seconds", &self.window_seconds)
            .field("since", &self.since)
            .finish_non_exhaustive()
    }
}

impl<S: AsMut<[u8]>> ReplayFilter<S> {
    /// The two halves, the current one first.
    fn halves(&mut self) -> [&mut [u8]; 2] {
        let memory = self.memory.as_mut();
        let half = memory.len() / 2;
        let (first, rest) = memory.split_at_mut_checked(half).unwrap_or_default();
        let second = rest.get_mut(..half).unwrap_or_default();
        if self.is_second { [second, first] } else { [first, second] }
    }

    fn has_seen(&mut self, key: &[u8; 16]) -> bool {
        self.halves().iter().any(|half| contains(half, key))
    }

    fn write(&mut self, key: &[u8; 16], expires_at: i64) {
        self.current_expiry = self.current_expiry.max(expires_at);
        let [current, _] = self.halves();
        for (byte, bit) in positions(key, current.len()) {
            if let Some(bits) = current.get_mut(byte) {
                *bits |= bit;
            }
        }
    }

    /// Gives up the previous generation when the current one has lasted for a window, and both
    /// after two.
    fn rotate(&mut self, now: i64) {
        let started = *self.started.get_or_insert(now);
        let windows = match now.checked_sub(started) {
            Some(age) => age.checked_div(i64::from(self.window_seconds.max(1))).unwrap_or(0),
            // So far apart that both are over, or the clock went far back.
            None if now > started => 2,
            None => 0,
        };
        for _ in 0..windows.clamp(0, 2) {
            self.forgotten = self.forgotten.max(self.previous_expiry);
            self.previous_expiry = self.current_expiry;
            self.current_expiry = i64::MIN;
            self.is_second = !self.is_second;
            let [current, _] = self.halves();
            current.fill(0);
            self.started = Some(now);
        }
    }
}

impl<S: AsMut<[u8]>> Ledger for ReplayFilter<S> {
    fn since(&self) -> Since {
        self.since
    }

    fn count(&mut self, demands: &[Demand], clock: Clock) -> Result<Option<u32>, Error> {
        let is_budget = |demand: &Demand| demand.limit().is_some_and(|limit| limit > NonZeroU32::MIN);
        if demands.iter().any(is_budget) || has_twins(demands, Demand::key) {
            return Err(Error::CannotCount);
        }
        // Without a time there is no window: what one token says of its own expiry would decide for all
        // others.
        let now = clock.lower_bound().ok_or(Error::TimeUncertain)?;
        let latest = now.saturating_add(i64::from(self.window_seconds));
        if demands.iter().any(|demand| demand.retain_until() > latest) {
            return Err(Error::WindowExceeded);
        }
        if !self.is_cleared {
            self.memory.as_mut().fill(0);
            self.is_cleared = true;
        }
        self.rotate(now);
        if demands.iter().any(|demand| demand.expires_at() <= self.forgotten) {
            return Err(Error::UsageForgotten);
        }
        // A token that was seen is written again: another token with the same id may expire later.
        // The others are written only if none was seen, so no demand is counted without the others.
        let mut seen = None;
        for demand in demands {
            let key = demand.key();
            if self.has_seen(&key) {
                self.write(&key, demand.expires_at());
                seen = seen.or(Some(demand.seen_before()));
            }
        }
        if let Some(error) = seen {
            return Err(error);
        }
        for demand in demands {
            self.write(&demand.key(), demand.expires_at());
        }
        Ok(Some(0))
    }
}

/// Whether all bits of a key are set. Without memory it has seen everything, so it refuses.
fn contains(half: &[u8], key: &[u8; 16]) -> bool {
    positions(key, half.len()).all(|(byte, bit)| half.get(byte).is_none_or(|bits| bits & bit != 0))
}

/// The bits of a key, as byte and mask: two halves of a good hash are enough for all of them
/// (Kirsch and Mitzenmacher, "Less hashing, same performance", 2006).
fn positions(key: &[u8; 16], bytes: usize) -> impl Iterator<Item = (usize, u8)> {
    let [first, step] = [key.split_at(8).0, key.split_at(8).1]
        .map(|half| half.iter().fold(0u64, |number, byte| (number << 8) | u64::from(*byte)));
    (0..BITS_PER_TOKEN).map(move |index| {
        let hash = first.wrapping_add(step.wrapping_mul(index));
        (place(hash, bytes), 1 << (hash & 7))
    })
}
