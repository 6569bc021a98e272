//! Verified claims, kept together with the token they borrow from.

#[cfg(feature = "admission")]
use agentid_nostd::Checked;
use agentid_nostd::Claims;
use alloc::vec::Vec;
use self_cell::self_cell;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::errors::Code;

/// What the core made of a token.
enum State<'t> {
    Verified(Claims<'t>),
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

/// What a trusted issuer signed. What it says is what `Parsed` says of the same bytes.
#[wasm_bindgen]
pub struct Verified(Cell);

impl Verified {
    pub(crate) fn try_new(
        token: Vec<u8>,
        verify: impl for<'t> FnOnce(&'t Vec<u8>) -> Result<Claims<'t>, Code>,
    ) -> Result<Self, Code> {
        Cell::try_new(token, |token| verify(token).map(State::Verified)).map(Self)
    }
}

#[wasm_bindgen]
impl Verified {
    /// Whether a granted scope covers this one, and the issuer's ceiling does where there is one.
    pub fn permits(&self, required: &str) -> bool {
        self.0.with_dependent(|_, state| match state {
            State::Verified(claims) => claims.permits(required),
            #[cfg(feature = "admission")]
            State::Checked(_) | State::Refused => false,
        })
    }
}

/// A token that holds, whose use has not been counted yet.
#[cfg(feature = "admission")]
pub(crate) struct Uncounted(Cell);

#[cfg(feature = "admission")]
impl Uncounted {
    pub(crate) fn try_new(
        token: Vec<u8>,
        check: impl for<'t> FnOnce(&'t Vec<u8>) -> Result<Checked<'t>, Code>,
    ) -> Result<Self, Code> {
        Cell::try_new(token, |token| check(token).map(State::Checked)).map(Self)
    }

    /// Claims, and the calls left, if this many earlier uses allow another.
    pub(crate) fn admit(mut self, earlier_uses: u32) -> Result<(Verified, Option<u32>), Code> {
        let calls_left = self.0.with_dependent_mut(|_, state| -> Result<Option<u32>, Code> {
            let State::Checked(checked) = core::mem::replace(state, State::Refused) else { return Ok(None) };
            let admitted = checked.admit(earlier_uses).map_err(|denied| denied.code())?;
            *state = State::Verified(*admitted.claims());
            Ok(admitted.calls_left())
        })?;
        Ok((Verified(self.0), calls_left))
    }
}
