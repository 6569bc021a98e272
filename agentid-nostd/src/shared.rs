//! Ledgers and signers on the heap, ledgers behind a lock, signers that several owners share.

use alloc::boxed::Box;
#[cfg(target_has_atomic = "ptr")]
use alloc::sync::Arc;
#[cfg(feature = "std")]
use std::sync::{Mutex, PoisonError};

use crate::clock::Clock;
use crate::error::Error;
use crate::layout::SIGNATURE_LEN;
use crate::signature::{PublicKey, Signer};
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

/// A signer that is chosen at run time, such as `Box<dyn Signer>`.
impl<S: Signer + ?Sized> Signer for Box<S> {
    fn public_key(&self) -> PublicKey {
        (**self).public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_LEN], Error> {
        (**self).sign(message)
    }
}

/// A signer that several identities share, such as the connection to a vault.
#[cfg(target_has_atomic = "ptr")]
impl<S: Signer + ?Sized> Signer for Arc<S> {
    fn public_key(&self) -> PublicKey {
        (**self).public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_LEN], Error> {
        (**self).sign(message)
    }
}
