//! The fields of a token, for `inspect`.

use agentid_nostd::{Fingerprint, Token};

use super::Field;
use crate::answer::time;

/// The fields of a token in the order of its bytes: `SPEC.md`, "Layout".
pub(super) fn fields(token: &Token<'_>) -> Vec<Field> {
    let calls = token.max_calls().map_or_else(|| "unlimited".to_owned(), |calls| calls.to_string());
    let lifetime = token.lifetime_seconds();
    let mut fields = vec![
        Field::new("magic", 2, "an AgentID token"),
        Field::new("version", 1, "1"),
        Field::new("flags", 1, "none"),
        Field::new("issued at", 8, time(token.issued_at())),
        Field::new("expires at", 8, format!("{}, {lifetime} s later", time(token.expires_at()))),
        Field::new("max calls", 4, calls),
        Field::new("token id", 8, format!("{:016x}", token.token_id())),
        Field::new("issuer", 32, format!("claims to be {}", Fingerprint::claimed_by(token))),
        Field::string("name", token.name()),
        Field::string("project", token.project()),
        Field::new("scope count", 1, token.requested_scopes().len().to_string()),
    ];
    fields.extend(token.requested_scopes().map(|scope| Field::string("scope", scope)));
    fields.push(Field::new("signature", 64, "Ed25519, not checked"));
    fields
}
