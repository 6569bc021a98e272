//! The answers of a gate: a call that still has to be counted, one that may pass, one that must
//! not.

use core::fmt;

use crate::class::Class;
use crate::error::Error;
use crate::usage::Demand;
use crate::verify::Claims;

/// A token that passed every check, whose use has not been counted yet. No call may pass because of
/// it.
#[derive(Debug)]
#[must_use = "the use must be counted before the call may pass"]
pub struct Checked<'a> {
    claims: Claims<'a>,
    demand: Demand,
}

impl<'a> Checked<'a> {
    pub(crate) const fn new(claims: Claims<'a>, demand: Demand) -> Self {
        Self { claims, demand }
    }

    /// Admits a use that a ledger has just counted.
    pub(crate) const fn counted(self, calls_left: Option<u32>) -> Admitted<'a> {
        Admitted { claims: self.claims, calls_left }
    }

    /// The use that a store must count.
    #[must_use]
    pub const fn demand(&self) -> &Demand {
        &self.demand
    }

    /// Admits the call, given how many uses of this token were counted before this one. The caller
    /// must have counted this one in the same step, so that no two calls see the same number.
    ///
    /// # Errors
    /// [`Denied`] with [`Error::BudgetExhausted`] or [`Error::Replayed`].
    pub fn admit(self, earlier_uses: u32) -> Result<Admitted<'a>, Denied> {
        let calls_left = self.demand.check(earlier_uses)?;
        Ok(self.counted(calls_left))
    }
}

/// A call that may pass: the token holds, grants what is required, and this use has been counted.
#[derive(Clone, Copy, Debug)]
pub struct Admitted<'a> {
    claims: Claims<'a>,
    calls_left: Option<u32>,
}

impl<'a> Admitted<'a> {
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

/// A call that must not pass.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Denied(Error);

impl Denied {
    /// The reason.
    #[must_use]
    pub const fn error(self) -> Error {
        self.0
    }

    /// The stable numeric code of the reason.
    #[must_use]
    pub const fn code(self) -> u8 {
        self.0.code()
    }

    /// The stable name of the reason.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0.name()
    }

    /// The class of the refusal, for HTTP and other transports.
    #[must_use]
    pub const fn class(self) -> Class {
        self.0.class()
    }
}

impl fmt::Debug for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Denied({:?})", self.0)
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl core::error::Error for Denied {}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        denied.0
    }
}

impl From<Error> for Denied {
    fn from(error: Error) -> Self {
        Self(error)
    }
}
