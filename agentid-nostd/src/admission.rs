//! The answers of a gate: a call that still has to be counted, and one that may pass.

use crate::clock::Clock;
use crate::error::Error;
use crate::usage::{Demand, Demands, Ledger, Since};
use crate::verify::Claims;

/// A token that passed every check, whose use has not been counted yet. It names the caller. No
/// call may pass because of it.
///
/// It is as old as its check: a bundle that takes effect before the count is not asked.
#[derive(Debug)]
#[must_use = "the use must be counted before the call may pass"]
pub struct Uncounted<'a> {
    claims: Claims<'a>,
    demands: Demands,
    /// The clock as the gate took it.
    clock: Clock,
    /// Since when the counts go back, as the gate was told.
    since: Since,
}

impl<'a> Uncounted<'a> {
    pub(crate) const fn new(claims: Claims<'a>, demands: Demands, clock: Clock, since: Since) -> Self {
        Self { claims, demands, clock, since }
    }

    /// Returns the claims, for a log line or a rate limit. They admit nothing.
    #[must_use]
    pub const fn claims(&self) -> &Claims<'a> {
        &self.claims
    }

    /// The uses that a store must count, all of them or none.
    #[must_use]
    pub fn demands(&self) -> &[Demand] {
        self.demands.as_slice()
    }

    /// Has a ledger count the use, at the time of the check, and admits the call. Only this step
    /// needs the ledger, so threads that share one hold its lock for the count and not for the
    /// signature.
    ///
    /// # Errors
    /// [`Error::CannotCount`] if the ledger has not counted since the time that the gate was told;
    /// those of [`Ledger::count`].
    pub fn count(self, ledger: &mut (impl Ledger + ?Sized)) -> Result<Admitted<'a>, Error> {
        // Otherwise the gate has let tokens through that this ledger may have forgotten.
        if ledger.since() != self.since {
            return Err(Error::CannotCount);
        }
        let calls_left = ledger.count(self.demands(), self.clock)?;
        Ok(Admitted { claims: self.claims, calls_left })
    }

    /// Admits the call, given how many uses were counted before this one for each of the
    /// [`demands`](Self::demands), in their order. The caller must have counted this use in the
    /// same step, so that no two calls see the same numbers. Demands are checked from the first to
    /// the last, as a [`Ledger`] does: the first that is refused gives the code.
    ///
    /// # Errors
    /// Those of [`Demand::check`]; [`Error::CannotCount`] if there are not
    /// as many numbers as demands.
    pub fn admit(self, earlier_uses: &[u32]) -> Result<Admitted<'a>, Error> {
        if earlier_uses.len() != self.demands().len() {
            return Err(Error::CannotCount);
        }
        let mut answers = self.demands().iter().zip(earlier_uses).map(|(demand, earlier)| demand.check(*earlier));
        let calls_left = answers.next().transpose()?.flatten();
        for other in answers {
            other?;
        }
        Ok(Admitted { claims: self.claims, calls_left })
    }
}

/// A call that may pass: the token holds, grants what is required, and this use has been counted.
#[derive(Clone, Copy, Debug)]
pub struct Admitted<'a> {
    claims: Claims<'a>,
    calls_left: Option<u32>,
}

impl<'a> Admitted<'a> {
    pub(crate) const fn new(claims: Claims<'a>, calls_left: Option<u32>) -> Self {
        Self { claims, calls_left }
    }

    /// The verified claims; `permits` also applies the issuer's ceiling.
    #[must_use]
    pub const fn claims(&self) -> &Claims<'a> {
        &self.claims
    }

    /// The number of calls that the token has left; `None` is unlimited.
    #[must_use]
    pub const fn calls_left(&self) -> Option<u32> {
        self.calls_left
    }
}
