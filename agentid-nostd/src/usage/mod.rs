//! How often a token was used: replay and `max_calls` as one count.
//!
//! The counting is sans-io. Verification yields a [`Demand`]: what must be counted, up to which
//! limit, until when. A store of counts, in memory, in a Durable Object or in a database, calls
//! [`Demand::check`].

mod demand;
mod filter;
mod ledger;
mod share;
mod slot;
mod spread;
mod table;

pub(crate) use demand::Demands;
pub use demand::{Counting, Demand, DemandKind};
pub use filter::ReplayFilter;
pub use ledger::UsageLedger;
pub use share::{IssuerLimit, IssuerShare, NoIssuerLimit};
pub use slot::LedgerSlot;
pub use spread::Unkeyed;

use crate::clock::Clock;
use crate::error::Error;

/// The time since which a ledger has counted. A ledger that claims an earlier start than is true
/// lets used tokens pass again.
// `Reset` is first, and so all zeros: a static ledger on a device then takes no flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// It was emptied, as memory is by a reset, at a time that is not known. The gate takes the
    /// first time that it knows.
    Reset,
    /// It has counted every use: this is its first start, or its counts outlive restarts.
    Beginning,
    /// It was empty at this time, in Unix seconds. Tokens that could have been used before then are
    /// refused.
    Time(i64),
}

/// A store of counts. A budget holds for one ledger: eight workers with a ledger each admit eight
/// budgets.
pub trait Ledger {
    /// The time since which it has counted.
    fn since(&self) -> Since;

    /// Counts one use of each demand if [`Demand::check`] allows all of them, and otherwise none.
    /// Returns the number of calls that the first demand has left (`None`: unlimited). Demands are
    /// checked from the first to the last: the first that is refused gives the code.
    ///
    /// # Errors
    /// [`Error::BudgetExhausted`], [`Error::Replayed`] and [`Error::QuotaExhausted`] from `check`; any other code if the use
    /// cannot be counted, such as [`Error::LedgerFull`].
    fn count(&mut self, demands: &[Demand], clock: Clock) -> Result<Option<u32>, Error>;
}

/// A ledger for counts that are kept elsewhere, in a database for example. It tells since when they
/// have been kept, and counts nothing itself.
#[derive(Clone, Copy, Debug)]
pub struct CountedElsewhere(pub Since);

impl Ledger for CountedElsewhere {
    fn since(&self) -> Since {
        self.0
    }

    fn count(&mut self, _: &[Demand], _: Clock) -> Result<Option<u32>, Error> {
        Err(Error::CannotCount)
    }
}

/// A gate that borrows its ledger is small, and moves without copying the counts.
impl<L: Ledger + ?Sized> Ledger for &mut L {
    fn since(&self) -> Since {
        (**self).since()
    }

    fn count(&mut self, demands: &[Demand], clock: Clock) -> Result<Option<u32>, Error> {
        (**self).count(demands, clock)
    }
}
