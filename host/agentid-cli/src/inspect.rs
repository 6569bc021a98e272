//! `inspect`: what the bytes of a token or bundle say. It never says that they are true.

use agentid_nostd::{Fingerprint, MAX_TOKEN_LEN, Token};
use serde_json::{Value, json};

use crate::answer::{Answer, shown};
use crate::arguments::InspectOptions;
use crate::failure::Failure;
use crate::input;
use crate::inspect_bundle;

const WARNING: &str = "not verified: anybody can write these bytes";

/// A part of the bytes.
struct Field {
    name: String,
    len: usize,
    meaning: String,
}

pub(crate) fn run(options: &InspectOptions) -> Result<Answer, Failure> {
    let bytes = match (&options.file, &options.token) {
        (Some(path), _) => input::read(path)?,
        (_, token) => input::token(token.as_deref().unwrap_or("-"))?,
    };
    if bytes.starts_with(&inspect_bundle::MAGIC) {
        return Ok(inspect_bundle::run(&bytes));
    }
    let token = match Token::parse(bytes.get(..bytes.len().min(MAX_TOKEN_LEN + 1)).unwrap_or_default()) {
        Ok(token) => token,
        Err(error) => {
            let (code, name) = (error.code(), error.name());
            return Ok(Answer::refused(
                format!("no token: {code} {name}: {error}"),
                json!({ "verified": false, "code": code, "name": name, "reason": error.to_string() }),
            ));
        }
    };
    let fields = fields(&token);
    let mut at = 0_usize;
    let mut lines = vec![WARNING.to_owned()];
    let mut parts: Vec<Value> = Vec::new();
    for Field { name, len, meaning } in fields {
        let digits = hex::encode(bytes.get(at..at.saturating_add(len)).unwrap_or_default());
        let (head, tail) = digits.split_at_checked(24).unwrap_or((&digits, ""));
        let dots = if tail.is_empty() { "" } else { ".." };
        lines.push(format!(
            "{at:>5}  {name:<13} {head}{dots:<2}{:pad$}  {}",
            "",
            shown(&meaning),
            pad = 24 - head.len()
        ));
        parts.push(json!({ "offset": at, "name": name, "hex": digits, "meaning": meaning }));
        at = at.saturating_add(len);
    }
    Ok(Answer::new(lines.join("\n"), json!({ "verified": false, "bytes": at, "fields": parts })))
}

/// The fields of a token in the order of its bytes: `SPEC.md`, "Layout".
fn fields(token: &Token<'_>) -> Vec<Field> {
    let field = |name: &str, len: usize, meaning: String| Field { name: name.to_owned(), len, meaning };
    let string = |name: &str, text: &str| field(name, text.len().saturating_add(1), text.to_owned());
    let calls = token.max_calls().map_or_else(|| "unlimited".to_owned(), |calls| calls.to_string());
    let lifetime = token.lifetime_seconds();
    let mut fields = vec![
        field("magic", 2, "an AgentID token".to_owned()),
        field("version", 1, "1".to_owned()),
        field("flags", 1, "none".to_owned()),
        field("issued at", 8, format!("{} (Unix seconds)", token.issued_at())),
        field("expires at", 8, format!("{}, {lifetime} s later", token.expires_at())),
        field("max calls", 4, calls),
        field("token id", 8, format!("{:016x}", token.token_id())),
        field("issuer", 32, format!("claims to be {}", Fingerprint::claimed_by(token))),
        string("name", token.name()),
        string("project", token.project()),
        field("scope count", 1, token.requested_scopes().len().to_string()),
    ];
    fields.extend(token.requested_scopes().map(|scope| string("scope", scope)));
    fields.push(field("signature", 64, "Ed25519, not checked".to_owned()));
    fields
}
