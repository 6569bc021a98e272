//! How often a token was used: replay and `max_calls` as one count.
//!
//! The counting is sans-io. Verification yields a [`Demand`]: what must be counted, up to which limit, until when.
//! Whatever keeps the count, in memory, in a Durable Object, in a database, asks [`Demand::judge`].

mod demand;
mod filter;
mod ledger;

pub use demand::{Counting, Demand};
pub use filter::ReplayFilter;
pub use ledger::UsageLedger;

use crate::clock::Clock;
use crate::error::Error;

/// What keeps the count of uses.
pub trait Ledger {
    /// Counts one use, if [`Demand::judge`] allows it, and says how many calls are left (`None`: unlimited).
    ///
    /// # Errors
    /// [`Error::BudgetExhausted`] and [`Error::Replayed`] from `judge`; whatever says that the count cannot be kept,
    /// such as [`Error::LedgerFull`]. A ledger that cannot count refuses.
    fn count(&mut self, demand: &Demand, clock: Clock) -> Result<Option<u32>, Error>;
}

/// A gate that borrows its ledger is small, and moves without copying the counts.
impl<L: Ledger + ?Sized> Ledger for &mut L {
    fn count(&mut self, demand: &Demand, clock: Clock) -> Result<Option<u32>, Error> {
        (**self).count(demand, clock)
    }
}
