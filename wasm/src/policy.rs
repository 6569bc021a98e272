//! The policy of a verifier or a gate.

use agentid_nostd::{Backend, DEFAULT_MAX_TOKEN_LEN, MAX_TOKEN_LEN, MIN_TOKEN_LEN, PublicKey, Verifier};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::record::Reader;

/// The core's default applies to each part that is not set.
#[derive(Clone, Copy)]
pub(crate) struct Policy {
    pub(crate) clock_skew_seconds: Option<u32>,
    pub(crate) max_lifetime_seconds: Option<u64>,
    pub(crate) max_token_len: Option<u32>,
}

impl Policy {
    pub(crate) fn read(record: &mut Reader<'_>) -> Self {
        Self {
            clock_skew_seconds: record.optional_small(),
            max_lifetime_seconds: record.optional(),
            max_token_len: record.optional_small(),
        }
    }

    pub(crate) fn verifier<B: Backend>(self, trusted: &[PublicKey], backend: B) -> Verifier<'_, B> {
        let mut verifier = Verifier::new(trusted).backend(backend);
        if let Some(seconds) = self.clock_skew_seconds {
            verifier = verifier.clock_skew_seconds(seconds);
        }
        if let Some(seconds) = self.max_lifetime_seconds {
            verifier = verifier.max_lifetime_seconds(seconds);
        }
        match self.max_token_len {
            Some(len) => verifier.max_token_len(length(len)),
            None => verifier,
        }
    }
}

pub(crate) fn length(len: u32) -> usize {
    usize::try_from(len).unwrap_or(usize::MAX)
}

/// The length in bytes beyond which every token is too long, for a given limit or for the default
/// one. `js/` does not copy longer tokens into the module.
#[wasm_bindgen(js_name = longestToken)]
pub fn longest_token(limit: Option<u32>) -> u32 {
    let limit = limit.map_or(DEFAULT_MAX_TOKEN_LEN, length);
    // Shorter ones are refused as too short.
    u32::try_from(limit.clamp(MIN_TOKEN_LEN - 1, MAX_TOKEN_LEN)).unwrap_or(u32::MAX)
}
