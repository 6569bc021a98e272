//! The approximate form for much single-use traffic in fixed memory: two Bloom filters that take turns.

use core::num::NonZeroU32;

use super::demand::has_twins;
use super::{Demand, Ledger, Since};
use crate::clock::Clock;
use crate::error::Error;

/// How many bits stand for one token.
const BITS_PER_TOKEN: u64 = 8;

/// Remembers any number of tokens in 2 · `BYTES` bytes, and refuses the second use of each, even if
/// its `max_calls` is 0. It never accepts a replay; it refuses a few tokens that were never seen.
///
/// A generation of tokens is remembered for at least the window after its last one, then cleared. With n tokens in a
/// window, a new token is refused by mistake with a probability of at most about 2 · (1 − e^(−n / BYTES))⁸: 5 % where
/// n = BYTES, 0.12 % where n is half of that. (Bloom, "Space/time trade-offs in hash coding with allowable errors",
/// 1970.)
///
/// The window, in seconds, must hold the longest lifetime plus twice the clock skew. With
/// [`Clock::AtLeast`] it must also hold the lag of the bound. A token that would outlive it is
/// refused with [`Error::WindowExceeded`]. Without any time, [`Clock::Unknown`], everything is
/// refused with [`Error::TimeUncertain`]. If the clock jumps ahead and back, nothing is given up
/// until it has caught up, and mistakes become more frequent. A token with a budget of more than
/// one call is refused with [`Error::CannotCount`].
#[derive(Debug)]
pub struct ReplayFilter<const BYTES: usize> {
    current: Generation<BYTES>,
    previous: Generation<BYTES>,
    window_seconds: u32,
    /// When the current generation began; `None` before the first known time.
    started: Option<i64>,
    /// The latest expiry of a token that was given up.
    forgotten: i64,
    since: Since,
}

#[derive(Debug)]
struct Generation<const BYTES: usize> {
    bits: [u8; BYTES],
    /// The latest expiry of a token in it.
    last_expiry: i64,
}

impl<const BYTES: usize> Generation<BYTES> {
    const EMPTY: Self = Self { bits: [0; BYTES], last_expiry: i64::MIN };

    fn contains(&self, key: &[u8; 16]) -> bool {
        // A filter without memory has seen everything, so it refuses.
        positions::<BYTES>(key).all(|(byte, bit)| self.bits.get(byte).is_none_or(|bits| bits & bit != 0))
    }

    fn insert(&mut self, key: &[u8; 16], expires_at: i64) {
        self.last_expiry = self.last_expiry.max(expires_at);
        for (byte, bit) in positions::<BYTES>(key) {
            if let Some(bits) = self.bits.get_mut(byte) {
                *bits |= bit;
            }
        }
    }
}

/// The bits of a key, as byte and mask: two halves of a good hash are enough for all of them (Kirsch and Mitzenmacher,
/// "Less hashing, same performance", 2006).
fn positions<const BYTES: usize>(key: &[u8; 16]) -> impl Iterator<Item = (usize, u8)> {
    let [first, step] = [key.split_at(8).0, key.split_at(8).1]
        .map(|half| half.iter().fold(0u64, |number, byte| (number << 8) | u64::from(*byte)));
    let bytes = u64::try_from(BYTES).unwrap_or(u64::MAX);
    (0..BITS_PER_TOKEN).map(move |index| {
        let hash = first.wrapping_add(step.wrapping_mul(index));
        let byte = usize::try_from((hash >> 32).saturating_mul(bytes) >> 32).unwrap_or(usize::MAX);
        (byte, 1 << (hash & 7))
    })
}

impl<const BYTES: usize> ReplayFilter<BYTES> {
    /// An empty filter, with the time since which it has remembered.
    #[must_use]
    pub const fn new(window_seconds: u32, since: Since) -> Self {
        Self {
            current: Generation::EMPTY,
            previous: Generation::EMPTY,
            window_seconds,
            started: None,
            forgotten: i64::MIN,
            since,
        }
    }

    /// Gives up the previous generation when the current one has lasted for a window, and both after two.
    fn rotate(&mut self, now: i64) {
        let started = *self.started.get_or_insert(now);
        let windows = match now.checked_sub(started) {
            Some(age) => age.checked_div(i64::from(self.window_seconds.max(1))).unwrap_or(0),
            // So far apart that both are over, or the clock went far back.
            None if now > started => 2,
            None => 0,
        };
        for _ in 0..windows.clamp(0, 2) {
            self.forgotten = self.forgotten.max(self.previous.last_expiry);
            core::mem::swap(&mut self.current, &mut self.previous);
            self.current = Generation::EMPTY;
            self.started = Some(now);
        }
    }
}

impl<const BYTES: usize> Ledger for ReplayFilter<BYTES> {
    fn since(&self) -> Since {
        self.since
    }

    fn count(&mut self, demands: &[Demand], clock: Clock) -> Result<Option<u32>, Error> {
        let is_budget = |demand: &Demand| demand.limit().is_some_and(|limit| limit > NonZeroU32::MIN);
        if demands.iter().any(is_budget) || has_twins(demands, Demand::key) {
            return Err(Error::CannotCount);
        }
        // Without a time there is no window: what one token says of its own expiry would decide for all others.
        let now = clock.lower_bound().ok_or(Error::TimeUncertain)?;
        let latest = now.saturating_add(i64::from(self.window_seconds));
        if demands.iter().any(|demand| demand.retain_until() > latest) {
            return Err(Error::WindowExceeded);
        }
        self.rotate(now);
        if demands.iter().any(|demand| demand.expires_at() <= self.forgotten) {
            return Err(Error::UsageForgotten);
        }
        // A token that was seen is written again: another token with the same id may expire later.
        // The others are written only if none was seen, so no demand is counted without the others.
        let mut seen_any = false;
        for demand in demands {
            let key = demand.key();
            if self.current.contains(&key) || self.previous.contains(&key) {
                self.current.insert(&key, demand.expires_at());
                seen_any = true;
            }
        }
        if seen_any {
            return Err(Error::Replayed);
        }
        for demand in demands {
            self.current.insert(&demand.key(), demand.expires_at());
        }
        Ok(Some(0))
    }
}
