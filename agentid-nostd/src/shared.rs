//! Ledgers on the heap and behind a lock.

use alloc::boxed::Box;
#[cfg(feature = "std")]
use std::sync::{Arc, Mutex};

use crate::clock::Clock;
use crate::error::Error;
use crate::usage::{Demand, Ledger, Since};

impl<L: Ledger + ?Sized> Ledger for Box<L> {
    fn since(&self) -> Since {
        (**self).since()
    }

    fn count(&mut self, demands: &[Demand], clock: Clock) -> Result<Option<u32>, Error> {
        (**self).count(demands, clock)
    }
}

/// The lock is held for the count alone. If a thread panicked with it, the count is not known any more, and every call
/// is refused.
#[cfg(feature = "std")]
impl<L: Ledger + ?Sized> Ledger for &Mutex<L> {
    fn since(&self) -> Since {
        self.lock().map_or(Since::Time(i64::MAX), |ledger| ledger.since())
    }

    fn count(&mut self, demands: &[Demand], clock: Clock) -> Result<Option<u32>, Error> {
        self.lock().map_err(|_| Error::CannotCount)?.count(demands, clock)
    }
}

/// The same for a ledger that several gates own.
#[cfg(feature = "std")]
impl<L: Ledger + ?Sized> Ledger for Arc<Mutex<L>> {
    fn since(&self) -> Since {
        (&**self).since()
    }

    fn count(&mut self, demands: &[Demand], clock: Clock) -> Result<Option<u32>, Error> {
        (&**self).count(demands, clock)
    }
}
