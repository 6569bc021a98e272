//! Codes and what they are called.

use agentid_nostd::Error;
use alloc::vec::Vec;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::record::Writer;

/// What is thrown: the code.
pub(crate) type Code = u8;

/// No code of a refusal: there is no memory for what was asked for. `js/` makes a `RangeError` of it.
#[cfg(feature = "admission")]
pub(crate) const NO_MEMORY: Code = 255;

pub(crate) fn code(error: impl Into<Error>) -> Code {
    error.into().code()
}

/// HTTP status, whether a caller may be told, whether the signature was good, stable name, and the
/// sentence that explains a code. `None` if there is no such code.
#[wasm_bindgen(js_name = describeError)]
pub fn describe(code: Code) -> Option<Vec<u8>> {
    let error = Error::ALL.iter().find(|error| error.code() == code)?;
    let mut record = Writer::default();
    record.number(error.class().http_status().into()).number(error.is_disclosable().into());
    record.number(error.implies_good_signature().into()).text(error.name());
    #[cfg(feature = "mint")]
    record.text(error.message());
    Some(record.finish())
}
