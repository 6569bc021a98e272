//! A token, kept together with what the core made of it, which borrows from it.

use agentid_nostd::Claims;
#[cfg(feature = "admission")]
use agentid_nostd::{Admitted, Checked, Error};
use alloc::vec::Vec;
use self_cell::self_cell;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::errors::Code;
#[cfg(feature = "admission")]
use crate::errors::code;
#[cfg(feature = "admission")]
use crate::record::Writer;

/// What the core made of a token.
pub(crate) enum State<'t> {
    Verified(Claims<'t>),
    #[cfg(feature = "admission")]
    Admitted(Admitted<'t>),
    /// It holds, and its use has not been counted yet.
    #[cfg(feature = "admission")]
    Checked(Checked<'t>),
    /// Its use was refused.
    #[cfg(feature = "admission")]
    Refused,
}

self_cell!(
    struct Cell {
        owner: Vec<u8>,
        #[not_covariant]
        dependent: State,
    }
);

/// A token that holds. What it says is what `parse` says of the same bytes.
#[wasm_bindgen]
pub struct Passport(Cell);

impl Passport {
    pub(crate) fn try_new(
        token: Vec<u8>,
        decide: impl for<'t> FnOnce(&'t Vec<u8>) -> Result<State<'t>, Code>,
    ) -> Result<Self, Code> {
        Cell::try_new(token, decide).map(Self)
    }
}

#[wasm_bindgen]
impl Passport {
    /// Whether a granted scope covers this one, and the issuer's ceiling does where there is one. Before its use is
    /// counted it permits nothing.
    pub fn permits(&self, required: &str) -> bool {
        self.0.with_dependent(|_, state| match state {
            State::Verified(claims) => claims.permits(required),
            #[cfg(feature = "admission")]
            State::Admitted(admitted) => admitted.claims().permits(required),
            #[cfg(feature = "admission")]
            State::Checked(_) | State::Refused => false,
        })
    }
}

#[cfg(feature = "admission")]
#[wasm_bindgen]
impl Passport {
    /// How many calls are left once it is admitted; `undefined` is unlimited.
    #[wasm_bindgen(js_name = callsLeft)]
    pub fn calls_left(&self) -> Option<u32> {
        self.0.with_dependent(|_, state| match state {
            State::Admitted(admitted) => admitted.calls_left(),
            State::Verified(_) | State::Checked(_) | State::Refused => None,
        })
    }

    /// What must be counted, as long as it has not been.
    pub fn demand(&self) -> Option<Vec<u8>> {
        self.0.with_dependent(|_, state| {
            let State::Checked(checked) = state else { return None };
            let demand = checked.demand();
            let mut record = Writer::default();
            record.bytes(demand.issuer()).number(demand.token_id()).optional(demand.limit()).time(demand.until());
            Some(record.finish())
        })
    }

    /// Admits the call, given how many uses were counted before this one; once.
    ///
    /// # Errors
    /// The code.
    pub fn admit(&mut self, earlier_uses: u32) -> Result<(), Code> {
        self.0.with_dependent_mut(|_, state| {
            let State::Checked(checked) = core::mem::replace(state, State::Refused) else {
                return Err(code(Error::CannotCount));
            };
            *state = State::Admitted(checked.admit(earlier_uses).map_err(code)?);
            Ok(())
        })
    }
}
