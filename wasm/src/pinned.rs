//! Issuers that are known in advance: multiples of their keys, kept as long as the module.

use core::cell::RefCell;

use agentid_nostd::{Pinned, PinnedBase, PinnedKey, PinnedTable};
use alloc::boxed::Box;
use alloc::vec::Vec;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::curve::public_key;
use crate::errors::{Code, code};

/// Of each key, 12 KB, and of the base point.
const MULTIPLES: usize = 128;

/// Checks signatures with what had been pinned when it was asked for.
pub(crate) type Curve = Pinned<'static, MULTIPLES>;

/// What is pinned, and the multiples of the base point, which are made for the first key.
struct Pins {
    keys: &'static [PinnedKey<'static, MULTIPLES>],
    base: Option<&'static PinnedBase<MULTIPLES>>,
}

struct SingleThreaded<T>(T);
// SAFETY: the module is compiled without threads.
unsafe impl<T> Sync for SingleThreaded<T> {}

static PINS: SingleThreaded<RefCell<Pins>> = SingleThreaded(RefCell::new(Pins { keys: &[], base: None }));

pub(crate) fn curve() -> Curve {
    Pinned::new(PINS.0.borrow().keys)
}

/// Computes multiples of a key, so that whatever is made afterwards checks its signatures faster. It is not trusted by that. Once for
/// each key; what is made stays in memory.
///
/// # Errors
/// The code.
#[wasm_bindgen(js_name = pinIssuer)]
pub fn pin_issuer(key: &[u8]) -> Result<(), Code> {
    let key = public_key(key)?;
    let mut pins = PINS.0.borrow_mut();
    if pins.keys.iter().any(|pinned| *pinned.key() == key) {
        return Ok(());
    }
    let base = match pins.base {
        Some(base) => base,
        None => Box::leak(Box::new(PinnedBase::new().map_err(code)?)),
    };
    let table = Box::leak(Box::new(PinnedTable::new(&key).map_err(code)?));
    let mut keys = Vec::from(pins.keys);
    keys.push(PinnedKey::with_base(&key, table, base).map_err(code)?);
    *pins = Pins { keys: keys.leak(), base: Some(base) };
    Ok(())
}
