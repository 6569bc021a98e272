//! Any bytes, parsed: the code and every field are those of the model, and nothing panics.
//!
//! It does not prove anything about signatures, and what `Debug` shows is only checked not to be
//! one.

use std::num::NonZeroU32;

use agentid_nostd::{Fingerprint, Token};

use crate::model::class::assert_refused;
use crate::model::token;

/// The bytes are a token.
pub fn run(data: &[u8]) {
    let ours = Token::parse(data);
    match (&ours, token::parse(data)) {
        (Ok(ours), Ok(model)) => same_fields(ours, &model),
        (Err(error), Err(code)) => assert_refused(*error, code),
        (ours, model) => panic!("{ours:?}, but {model:?}"),
    }
}

fn same_fields(ours: &Token<'_>, model: &token::Token) {
    assert_eq!((ours.name(), ours.project()), (model.name.as_str(), model.project.as_str()));
    assert_eq!(ours.requested_scopes().len(), model.scopes.len());
    assert!(ours.requested_scopes().eq(model.scopes.iter().map(String::as_str)));
    assert_eq!((ours.issued_at(), ours.expires_at()), (model.issued_at, model.expires_at));
    assert_eq!(i128::from(ours.lifetime_seconds()), model.lifetime());
    assert_eq!((ours.max_calls().map_or(0, NonZeroU32::get), ours.token_id()), (model.max_calls, model.token_id));
    assert_eq!(ours.issuer_bytes(), model.issuer);
    assert_eq!((ours.signed_bytes(), ours.signature()), (model.signed.as_slice(), &model.signature));
    assert!(Fingerprint::claimed_by(ours).to_string().starts_with("ag:sha256:"));
    let shown = format!("{ours:?}");
    assert!(shown.starts_with("Token {") && !shown.contains("signature"));
}
