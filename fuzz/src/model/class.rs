//! `SPEC.md`, section 8: the HTTP status of each code.

use agentid_nostd::Error;

pub(crate) fn status(code: u8) -> u16 {
    match code {
        1..=16 | 19 | 26..=30 | 52 | 54 | 61 | 62 => 401,
        32 | 33 => 403,
        34 | 35 | 60 => 429,
        25 | 31 | 36..=39 | 44 => 503,
        _ => 500,
    }
}

/// # Panics
/// Where the refusal has another code or class than this.
pub(crate) fn assert_refused(error: Error, code: u8) {
    assert_eq!((error.code(), error.class().http_status()), (code, status(code)), "{error:?}");
}
