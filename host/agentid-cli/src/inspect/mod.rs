//! `inspect`: what the bytes of a token or bundle say. It never says that they are true.

mod bundle;
mod token;

use agentid_nostd::{MAX_TOKEN_LEN, Token};
use anstyle::AnsiColor;
use serde_json::{Value, json};

use crate::answer::{Answer, shown};
use crate::arguments::InspectOptions;
use crate::failure::Failure;
use crate::input;

/// Neighbours differ, so that the eye sees where a field ends.
const COLOURS: [AnsiColor; 5] =
    [AnsiColor::Cyan, AnsiColor::Yellow, AnsiColor::Green, AnsiColor::Magenta, AnsiColor::Blue];

const WARNING: &str = "not verified: anybody can write these bytes";

/// A part of the bytes.
struct Field {
    name: String,
    len: usize,
    meaning: String,
}

impl Field {
    fn new(name: impl Into<String>, len: usize, meaning: impl Into<String>) -> Self {
        Self { name: name.into(), len, meaning: meaning.into() }
    }

    /// A length byte and its bytes.
    fn string(name: &str, text: &str) -> Self {
        Self::new(name, text.len().saturating_add(1), text)
    }
}

pub(crate) fn run(options: &InspectOptions) -> Result<Answer, Failure> {
    let bytes = match (&options.file, &options.token) {
        (Some(path), _) => input::read(path)?,
        (_, token) => input::token(token.as_deref().unwrap_or("-"))?,
    };
    let (noun, fields) = if bytes.starts_with(&bundle::MAGIC) {
        ("bundle", bundle::fields(&bytes))
    } else {
        let token = Token::parse(bytes.get(..bytes.len().min(MAX_TOKEN_LEN + 1)).unwrap_or_default());
        ("token", token.map(|token| token::fields(&token)))
    };
    let fields = match fields {
        Ok(fields) => fields,
        Err(error) => {
            let (code, name) = (error.code(), error.name());
            return Ok(Answer::refused(
                format!("no {noun}: {code} {name}: {error}"),
                json!({ "verified": false, "code": code, "name": name, "reason": error.to_string() }),
            ));
        }
    };
    let mut at = 0_usize;
    let bold = anstyle::Style::new().bold();
    let mut lines = vec![format!("{bold}{WARNING}{bold:#}")];
    let mut parts: Vec<Value> = Vec::new();
    for Field { name, len, meaning } in fields {
        let digits = hex::encode(bytes.get(at..at.saturating_add(len)).unwrap_or_default());
        let (head, tail) = digits.split_at_checked(24).unwrap_or((&digits, ""));
        let dots = if tail.is_empty() { "" } else { ".." };
        let colour = COLOURS[lines.len() % COLOURS.len()].on_default();
        lines.push(format!(
            "{at:>5}  {name:<15} {colour}{head}{dots:<2}{colour:#}{:pad$}  {}",
            "",
            shown(&meaning),
            pad = 24 - head.len()
        ));
        parts.push(json!({ "offset": at, "name": name, "hex": digits, "meaning": meaning }));
        at = at.saturating_add(len);
    }
    Ok(Answer::new(lines.join("\n"), json!({ "verified": false, "kind": noun, "bytes": at, "fields": parts })))
}
