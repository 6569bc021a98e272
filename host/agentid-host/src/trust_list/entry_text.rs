//! The first text of a list, and entries as text.

use agentid_nostd::PublicKey;
use toml_edit::Value;

use super::duration;
use super::file::{Agent, DEFAULT_MAX_LIFETIME_SECONDS, RevokedKey, RevokedToken};
use super::rules;
use super::words;

const FIRST_TEXT: &str = r#"# The agents that are trusted. Keep this file under version control. It holds no secret.
# The next bundle is made from it and signed by the authority, and gates use the bundle.

# The public key of the authority that signs.
authority = "AUTHORITY"
# The key that may take over from it, made by `agentid trust next-authority`. Gates that have seen one
# refuse every other.
# next_authority = "64 hex digits"
# The epoch of the last bundle built. Building writes the next number.
epoch = 0
# How long a bundle trusts from its building: "12h", "30d", at most "400d". Build the next one
# before that: at the end of the time no agent is trusted.
valid_for = "VALID_FOR"

# An agent. The first four fields are required.
#
# [[agent]]
# name = "research-bot"
# project = "phd-lab"
# key = "64 hex digits"
# ceiling = ["read:*"]                  # the scopes that its tokens may use at most
# max_lifetime = "1h"                   # of a token; "1d" if left out
# not_before = 2026-11-01T00:00:00Z     # the first second of trust
# not_after = 2027-11-01T00:00:00Z      # the last second of trust
# quota = "100 per 1h"                  # calls in each window, whatever its tokens allow
# audience_required = true              # its tokens must name their audience: none of version 1 does
# leaf_binding = "payload"              # bound to: "none", "any", "payload", "challenge"
# depth = 1                             # how many grants may follow, 0 to 4; 0 if left out
#
# A key or a token that is accepted no more. The reason stays in this file.
#
# [[revoked_key]]
# key = "64 hex digits"
# reason = "laptop stolen"
#
# [[revoked_token]]
# issuer = "64 hex digits"
# token_id = "16 hex digits"
# reason = "sent to the wrong host"
"#;

/// Returns the text of a list without agents.
pub(super) fn first_text(authority: &PublicKey, valid_for_seconds: u64) -> String {
    let (authority, valid_for) = (hex::encode(authority.as_bytes()), duration::write(valid_for_seconds));
    FIRST_TEXT.replace("AUTHORITY", &authority).replace("VALID_FOR", &valid_for)
}

/// Returns the lines of an agent.
pub(super) fn agent_lines(agent: &Agent) -> Vec<String> {
    let ceiling: Vec<String> = agent.ceiling.iter().map(|scope| quoted(scope)).collect();
    let mut lines = vec![
        "[[agent]]".to_owned(),
        text_line("name", &agent.name),
        text_line("project", &agent.project),
        key_line("key", &agent.key),
        format!("ceiling = [{}]", ceiling.join(", ")),
    ];
    if agent.max_lifetime_seconds != DEFAULT_MAX_LIFETIME_SECONDS {
        lines.push(format!("max_lifetime = \"{}\"", duration::write(agent.max_lifetime_seconds.into())));
    }
    lines.extend(agent.not_before.map(|time| format!("not_before = {}", words::time(time))));
    lines.extend(agent.not_after.map(|time| format!("not_after = {}", words::time(time))));
    lines.extend(rules::lines(agent));
    if agent.guessable {
        lines.push("guessable = true".to_owned());
    }
    lines
}

/// Returns the lines of a revoked key.
pub(super) fn revoked_key_lines(revoked: &RevokedKey) -> Vec<String> {
    let mut lines = vec!["[[revoked_key]]".to_owned(), key_line("key", &revoked.key)];
    lines.extend(revoked.reason.as_ref().map(|reason| text_line("reason", reason)));
    lines
}

/// Returns the lines of a revoked token.
pub(super) fn revoked_token_lines(revoked: &RevokedToken) -> Vec<String> {
    let token_id = format!("token_id = \"{:016x}\"", revoked.token_id);
    let mut lines = vec!["[[revoked_token]]".to_owned(), key_line("issuer", &revoked.issuer), token_id];
    lines.extend(revoked.reason.as_ref().map(|reason| text_line("reason", reason)));
    lines
}

fn key_line(field: &str, key: &PublicKey) -> String {
    format!("{field} = \"{}\"", hex::encode(key.as_bytes()))
}

fn text_line(field: &str, text: &str) -> String {
    format!("{field} = {}", quoted(text))
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
