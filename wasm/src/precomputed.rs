//! Issuers that are known in advance: multiples of their keys, kept as long as the module.

use core::cell::RefCell;

use agentid_nostd::{Precomputed, PrecomputedBase, PrecomputedKey, PrecomputedTable};
use alloc::boxed::Box;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::curve::public_key;
use crate::errors::{Code, code};

/// Of each key, 12 KB, and of the base point.
const MULTIPLES: usize = 128;

/// Checks signatures with what had been precomputed when it was asked for.
pub(crate) type Curve = Precomputed<'static, MULTIPLES>;

/// What is precomputed, and the multiples of the base point, which are made for the first key.
#[derive(Clone, Copy)]
struct Known {
    keys: &'static [PrecomputedKey<'static, MULTIPLES>],
    base: Option<&'static PrecomputedBase<MULTIPLES>>,
}

#[cfg(target_feature = "atomics")]
compile_error!("with threads, what is precomputed needs a lock");

struct SingleThreaded(RefCell<Known>);
// SAFETY: the module is compiled without threads, as the line above makes sure.
unsafe impl Sync for SingleThreaded {}

static KNOWN: SingleThreaded = SingleThreaded(RefCell::new(Known { keys: &[], base: None }));

pub(crate) fn curve() -> Curve {
    Precomputed::new(KNOWN.0.borrow().keys)
}

/// Computes multiples of a key, so that whatever is made afterwards checks its signatures faster.
/// It is not trusted by that. Once for each key; what is made stays in memory.
///
/// # Errors
/// The code.
#[wasm_bindgen(js_name = precomputeIssuer)]
pub fn precompute_issuer(key: &[u8]) -> Result<(), Code> {
    let key = public_key(key)?;
    // Not borrowed while memory is taken: where there is none left, the call ends here for good.
    let Known { keys, base } = *KNOWN.0.borrow();
    if keys.iter().any(|precomputed| *precomputed.key() == key) {
        return Ok(());
    }
    let base = match base {
        Some(base) => base,
        None => Box::leak(Box::new(PrecomputedBase::new())),
    };
    let table = Box::leak(Box::new(PrecomputedTable::new(&key).map_err(code)?));
    let precomputed = PrecomputedKey::with_base(&key, table, base).map_err(code)?;
    let keys = [keys, &[precomputed]].concat().leak();
    *KNOWN.0.borrow_mut() = Known { keys, base: Some(base) };
    Ok(())
}
