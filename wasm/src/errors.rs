//! Codes and what they are called.

use agentid_nostd::Error;
use alloc::string::String;
use wasm_bindgen::prelude::wasm_bindgen;

/// What is thrown: the code.
pub(crate) type Code = u8;

pub(crate) fn code(error: impl Into<Error>) -> Code {
    error.into().code()
}

fn of(code: Code) -> Option<Error> {
    Error::ALL.iter().copied().find(|error| error.code() == code)
}

/// The stable name of a code.
#[wasm_bindgen(js_name = errorName)]
pub fn error_name(code: Code) -> Option<String> {
    of(code).map(|error| error.name().into())
}

/// The sentence that explains a code.
#[cfg(feature = "mint")]
#[wasm_bindgen(js_name = errorMessage)]
pub fn error_message(code: Code) -> Option<String> {
    of(code).map(|error| error.message().into())
}

/// The HTTP status that suits a code.
#[wasm_bindgen(js_name = errorStatus)]
pub fn error_status(code: Code) -> Option<u16> {
    of(code).map(|error| error.class().http_status())
}
