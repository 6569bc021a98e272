//! Any two scopes: whether each is well formed, and whether one covers the other, is what the model
//! says.
//!
//! It does not prove what a token permits: `verify` and `gate` do.

use agentid_nostd::{is_valid_scope, scope_covers};

use crate::model::scope;

/// What is granted, a line feed, what is required.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (granted, required) = text.split_once('\n').unwrap_or((&text, &text));
    for written in [granted, required] {
        assert_eq!(is_valid_scope(written), scope::is_scope(written.as_bytes()), "{written:?}");
    }
    for (granted, required) in [(granted, required), (required, granted), ("*", required)] {
        let covers = scope_covers(granted, required);
        assert_eq!(covers, scope::covers(granted, required), "{granted:?} {required:?}");
    }
}
