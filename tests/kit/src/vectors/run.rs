//! Asks `agentid-nostd` what it answers to a vector. Every adapter has a runner like this one.

use std::num::NonZeroU32;

use agentid_nostd::{
    AgentIdentity, Backend, Claims, Clock, Compact, Error, Policy, PublicKey, TimePolicy, TokenBuilder, Verifier,
    authorization_text, decode_text, encode_text, scope_covers, text_len,
};

use super::format::{Record, escape, unescape};
use super::run_gate;

pub(super) type Outputs = Vec<(String, String)>;

/// The outputs of one vector, in the order of the file.
///
/// # Panics
/// Where the vector lacks an input of its operation: the file is broken, not the implementation.
pub fn run(record: &Record) -> Outputs {
    run_with(Compact, record)
}

/// The same, with signatures checked by another backend.
///
/// # Panics
/// As [`run`].
pub fn run_with(backend: impl Backend + Copy, record: &Record) -> Outputs {
    let answer = match required(record, "op") {
        "verify" => verify(backend, record),
        "key" => key(backend, record),
        "scope" => scope(record),
        "text" => text(record),
        "authorization" => authorization(record),
        "derive" | "derive-with-weak-seed" => derive(record),
        "mint" => mint(record),
        "bundle" => run_gate::bundle(backend, record),
        "table" => run_gate::table(backend, record),
        "gate" => run_gate::gate(backend, record),
        other => panic!("{}: unknown op {other}", record.name),
    };
    let (code, mut outputs) = match answer {
        Ok(outputs) => (0, outputs),
        Err(error) => (error.code(), Vec::new()),
    };
    outputs.insert(0, ("code".into(), code.to_string()));
    outputs
}

fn verify(backend: impl Backend + Copy, record: &Record) -> Result<Outputs, Error> {
    let token = bytes(record, "token");
    let mut trusted = Vec::new();
    for key in list(record, "trusted") {
        trusted.push(PublicKey::unvalidated(array(&hex::decode(key).expect("hex"))));
    }
    let verifier = Verifier::new(&trusted).with_backend(backend).policy(policy(record));
    let now = required(record, "now").parse().expect("a number");
    let claims = verifier.verify(&token, Clock::Known(now))?;
    Ok(claims_outputs(&claims, required(record, "required")))
}

/// The limits that the vector names; the others are the default ones.
pub(super) fn policy(record: &Record) -> Policy {
    let mut policy = Policy::new();
    if let Some(seconds) = optional(record, "clock-skew") {
        policy = policy.clock_skew_seconds(seconds);
    }
    if let Some(seconds) = optional(record, "max-lifetime") {
        policy = policy.max_lifetime_seconds(seconds);
    }
    if let Some(len) = optional(record, "max-token-len") {
        policy = policy.max_token_len(len);
    }
    match record.input("time-policy") {
        None | Some("require-known") => policy,
        Some("allow-lower-bound") => policy.time_policy(TimePolicy::AllowLowerBound),
        Some("allow-unknown") => policy.time_policy(TimePolicy::AllowUnknown),
        Some(other) => panic!("{}: time-policy {other}", record.name),
    }
}

/// `known:T`, `at-least:T` or `unknown`.
pub(super) fn clock(text: &str) -> Clock {
    match text.split_once(':') {
        Some(("known", time)) => Clock::Known(time.parse().expect("seconds")),
        Some(("at-least", time)) => Clock::AtLeast(time.parse().expect("seconds")),
        _ if text == "unknown" => Clock::Unknown,
        _ => panic!("no clock: {text}"),
    }
}

fn claims_outputs(claims: &Claims<'_>, required: &str) -> Outputs {
    let required = String::from_utf8(unescape(required)).expect("UTF-8");
    let scopes: Vec<String> = claims.requested_scopes().map(escape).collect();
    vec![
        ("permits".into(), yes_or_no(claims.permits(&required))),
        ("name".into(), escape(claims.name())),
        ("project".into(), escape(claims.project())),
        ("scopes".into(), scopes.join(" ")),
        ("issued-at".into(), claims.issued_at().to_string()),
        ("expires-at".into(), claims.expires_at().to_string()),
        ("max-calls".into(), claims.max_calls().map_or(0, NonZeroU32::get).to_string()),
        ("token-id".into(), format!("{:016x}", claims.token_id())),
        ("issuer".into(), hex::encode(claims.issuer().as_bytes())),
        ("fingerprint".into(), claims.fingerprint().to_string()),
    ]
}

fn key(backend: impl Backend + Copy, record: &Record) -> Result<Outputs, Error> {
    PublicKey::from_bytes_with(backend, &array(&bytes(record, "key")))?;
    Ok(Vec::new())
}

fn scope(record: &Record) -> Result<Outputs, Error> {
    let covers = scope_covers(&string(record, "granted"), &string(record, "required"));
    Ok(vec![("covers".into(), yes_or_no(covers))])
}

fn text(record: &Record) -> Result<Outputs, Error> {
    let mut buf = vec![0; optional(record, "buffer").unwrap_or(1 << 17)];
    let decoded = decode_text(&string(record, "text"), &mut buf)?;
    let mut written = vec![0; text_len(decoded.len())];
    let written = encode_text(decoded, &mut written)?;
    Ok(vec![("bytes".into(), hex::encode(decoded)), ("base64url".into(), written.to_owned())])
}

fn authorization(record: &Record) -> Result<Outputs, Error> {
    let value = string(record, "value");
    Ok(vec![("text".into(), escape(authorization_text(&value)?))])
}

fn derive(record: &Record) -> Result<Outputs, Error> {
    let (name, project) = (string(record, "name"), string(record, "project"));
    let seed = record.input("seed").map(|seed| hex::decode(seed).expect("hex"));
    let identity = match required(record, "op") {
        "derive" => AgentIdentity::derive(&name, &project, seed.as_deref())?,
        _ => AgentIdentity::derive_with_weak_seed(&name, &project, &seed.unwrap_or_default())?,
    };
    Ok(vec![
        ("public-key".into(), hex::encode(identity.public_key().as_bytes())),
        ("fingerprint".into(), identity.fingerprint().to_string()),
    ])
}

fn mint(record: &Record) -> Result<Outputs, Error> {
    let (name, project) = (string(record, "name"), string(record, "project"));
    let identity = AgentIdentity::from_secret_bytes(&name, &project, &array(&bytes(record, "secret")))?;
    let scopes: Vec<String> =
        list(record, "scopes").map(|scope| String::from_utf8(unescape(scope)).expect("UTF-8")).collect();
    let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
    let issued_at = required(record, "issued-at").parse().expect("a time");
    let token_id = u64::from_str_radix(required(record, "token-id"), 16).expect("16 hexadecimal digits");
    let mut builder = TokenBuilder::new(&identity, issued_at, token_id).scopes(&scopes);
    if let Some(ttl) = optional(record, "ttl") {
        builder = builder.ttl_seconds(ttl);
    }
    if let Some(max_calls) = optional(record, "max-calls") {
        builder = builder.max_calls(max_calls);
    }
    let mut buf = vec![0; optional(record, "buffer").unwrap_or(1 << 17)];
    let token = builder.mint_into(&mut buf)?;
    Ok(vec![("token".into(), hex::encode(token))])
}

pub(super) fn required<'r>(record: &'r Record, key: &str) -> &'r str {
    record.input(key).unwrap_or_else(|| panic!("{}: no {key}", record.name))
}

pub(super) fn bytes(record: &Record, key: &str) -> Vec<u8> {
    hex::decode(required(record, key)).expect("hex")
}

pub(super) fn array(bytes: &[u8]) -> [u8; 32] {
    bytes.try_into().expect("32 bytes")
}

fn string(record: &Record, key: &str) -> String {
    String::from_utf8(unescape(required(record, key))).expect("UTF-8")
}

pub(super) fn list<'r>(record: &'r Record, key: &str) -> impl Iterator<Item = &'r str> {
    required(record, key).split(' ').filter(|item| !item.is_empty())
}

pub(super) fn optional<T: std::str::FromStr>(record: &Record, key: &str) -> Option<T> {
    record.input(key).map(|value| value.parse().unwrap_or_else(|_| panic!("{}: {key}: {value}", record.name)))
}

fn yes_or_no(yes: bool) -> String {
    if yes { "yes" } else { "no" }.into()
}
