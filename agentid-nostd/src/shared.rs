//! Ledgers on the heap and behind a lock.

use alloc::boxed::Box;
#[cfg(feature = "std")]
use std::sync::{Arc, Mutex, PoisonError};

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

/// The lock is held for the count alone. If a thread panicked with it, the count is not known any
/// more, and every call is refused with [`Error::CannotCount`].
#[cfg(feature = "std")]
impl<L: Ledger + ?Sized> Ledger for &Mutex<L> {
    fn since(&self) -> Since {
        // What it says of itself is not what a panic spoils: the count answers for that.
        self.lock().unwrap_or_else(PoisonError::into_inner).since()
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
