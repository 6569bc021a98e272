//! What is expected, stated by hand: the codes below are those of `SPEC.md`, not those of the code
//! under test.

mod bundles;
mod gates;
mod hand_overs;
mod keys;
mod ledgers;
mod minting;
mod order;
mod policy;
mod quotas;
mod rules;
mod scopes;
mod signatures;
mod structure;
mod texts;

use super::format::{Record, escape};
use crate::raw::RawToken;

/// The time at which most vectors are presented, in Unix seconds.
pub(super) const NOW: i64 = 1_790_000_000;

/// One file of vectors.
pub struct File {
    /// File name without extension.
    pub name: &'static str,
    /// Stands at the top of the file.
    pub about: &'static str,
    /// The vectors.
    pub records: Vec<Record>,
}

/// All files.
pub fn files() -> Vec<File> {
    let file = |name, about, records| File { name, about, records };
    vec![
        file("structure", "What can be refused without a key or a clock: codes 1 to 11.", structure::records()),
        file(
            "long",
            "What needs much memory: the longest tokens and text, and one byte more.",
            [structure::long(), policy::long(), texts::long()].concat(),
        ),
        file("order", "Two faults in one token: the one that is checked first is answered.", order::records()),
        file("policy", "Lifetime, trust and time: codes 2 and 12 to 15, with every boundary.", policy::records()),
        file("signature", "The acceptance rule of Ed25519 inside tokens: code 16.", signatures::records()),
        file("key", "Which 32 bytes are accepted as an issuer's key: code 17.", keys::keys()),
        file("derive", "From name, project and seed to key and fingerprint.", keys::identities()),
        file("scope", "Which granted scope covers which required one.", scopes::records()),
        file("text", "Tokens as base64url, base64 and hexadecimal.", texts::records()),
        file("authorization", "The text in the value of an Authorization header.", texts::authorization()),
        file("bundle", "Opening trust bundles: codes 40 to 44, and 47.", bundles::opening()),
        file("table", "Making trust sets: codes 45 and 46.", bundles::tables()),
        file("gate", "Admission, one call each: codes 26 to 33, with every boundary.", gates::records()),
        file("ledger", "Admission, sequences of calls: codes 34 to 39.", ledgers::records()),
        file(
            "rules",
            "Admission under the rules and the quota of the issuer: codes 52, 54 and 60.",
            [rules::records(), quotas::records()].concat(),
        ),
        file("hand-over", "From one authority to the next: codes 40 to 44, and 47.", hand_overs::records()),
        file("mint", "Minting, to the byte, and every reason not to.", minting::records()),
    ]
}

/// Codes of `SPEC.md`.
pub(super) mod code {
    pub(crate) const OK: u8 = 0;
    pub(crate) const TOO_SHORT: u8 = 1;
    pub(crate) const TOO_LONG: u8 = 2;
    pub(crate) const BAD_MAGIC: u8 = 3;
    pub(crate) const UNSUPPORTED_VERSION: u8 = 4;
    pub(crate) const RESERVED_FLAGS: u8 = 5;
    pub(crate) const TRUNCATED: u8 = 6;
    pub(crate) const TRAILING_BYTES: u8 = 7;
    pub(crate) const INVALID_NAME: u8 = 8;
    pub(crate) const INVALID_PROJECT: u8 = 9;
    pub(crate) const INVALID_SCOPE: u8 = 10;
    pub(crate) const EMPTY_LIFETIME: u8 = 11;
    pub(crate) const LIFETIME_TOO_LONG: u8 = 12;
    pub(crate) const UNTRUSTED_ISSUER: u8 = 13;
    pub(crate) const EXPIRED: u8 = 14;
    pub(crate) const NOT_YET_VALID: u8 = 15;
    pub(crate) const BAD_SIGNATURE: u8 = 16;
    pub(crate) const INVALID_PUBLIC_KEY: u8 = 17;
    pub(crate) const INVALID_SECRET_KEY: u8 = 18;
    pub(crate) const INVALID_TEXT: u8 = 19;
    pub(crate) const TOO_MANY_SCOPES: u8 = 20;
    pub(crate) const TIME_OVERFLOW: u8 = 23;
    pub(crate) const BUFFER_TOO_SMALL: u8 = 24;
    pub(crate) const ISSUER_REVOKED: u8 = 26;
    pub(crate) const TOKEN_REVOKED: u8 = 27;
    pub(crate) const NAME_MISMATCH: u8 = 28;
    pub(crate) const ISSUER_NOT_VALID: u8 = 29;
    pub(crate) const ISSUED_BEFORE_START: u8 = 30;
    pub(crate) const TIME_UNCERTAIN: u8 = 31;
    pub(crate) const SCOPE_NOT_GRANTED: u8 = 32;
    pub(crate) const SCOPE_ABOVE_CEILING: u8 = 33;
    pub(crate) const BUDGET_EXHAUSTED: u8 = 34;
    pub(crate) const REPLAYED: u8 = 35;
    pub(crate) const LEDGER_FULL: u8 = 36;
    pub(crate) const USAGE_FORGOTTEN: u8 = 37;
    pub(crate) const WINDOW_EXCEEDED: u8 = 38;
    pub(crate) const CANNOT_COUNT: u8 = 39;
    pub(crate) const MALFORMED_BUNDLE: u8 = 40;
    pub(crate) const WRONG_AUTHORITY: u8 = 41;
    pub(crate) const BAD_BUNDLE_SIGNATURE: u8 = 42;
    pub(crate) const BUNDLE_ROLLBACK: u8 = 43;
    pub(crate) const BUNDLE_EXPIRED: u8 = 44;
    pub(crate) const GUESSABLE_ISSUER: u8 = 45;
    pub(crate) const DUPLICATE_ISSUER: u8 = 46;
    pub(crate) const BUNDLE_DATED_AHEAD: u8 = 47;
    pub(crate) const AUDIENCE_REQUIRED: u8 = 52;
    pub(crate) const BINDING_REQUIRED: u8 = 54;
    pub(crate) const QUOTA_EXHAUSTED: u8 = 60;
    pub(crate) const MISSING_CREDENTIALS: u8 = 61;
    pub(crate) const UNSUPPORTED_SCHEME: u8 = 62;
    pub(crate) const SEED_TOO_SHORT: u8 = 63;
}

/// The README's token at `NOW`.
fn example() -> RawToken {
    RawToken::example(NOW)
}

/// Presents `token` to a verifier that trusts `trusted`, without the expectation.
fn present(name: impl Into<String>, token: &[u8], trusted: &[[u8; 32]], now: i64) -> Record {
    let trusted: Vec<String> = trusted.iter().map(hex::encode).collect();
    Record::new(name, "verify")
        .with("token", hex::encode(token))
        .with("trusted", trusted.join(" "))
        .with("now", now)
        .with("required", "read:arxiv")
}

/// A token that is refused by a verifier that trusts the README's agent.
fn refuse(name: impl Into<String>, token: &[u8], now: i64, code: u8) -> Record {
    present(name, token, &[example().issuer], now).expect("code", code)
}

/// A token signed by the README's agent that is accepted.
fn accept(name: impl Into<String>, raw: &RawToken, now: i64, permits: bool) -> Record {
    accepted(present(name, &raw.sign_as_example(), &[raw.issuer], now), raw, permits)
}

/// Adds the claims that must come out.
fn accepted(record: Record, raw: &RawToken, permits: bool) -> Record {
    let scopes: Vec<String> = raw.scopes.iter().map(escape).collect();
    record
        .expect("code", code::OK)
        .expect("permits", if permits { "yes" } else { "no" })
        .expect("name", escape(&raw.name))
        .expect("project", escape(&raw.project))
        .expect("scopes", scopes.join(" "))
        .expect("issued-at", raw.issued_at)
        .expect("expires-at", raw.expires_at)
        .expect("max-calls", raw.max_calls)
        .expect("token-id", format!("{:016x}", raw.token_id))
        .expect("issuer", hex::encode(raw.issuer))
        .expect("fingerprint", fingerprint(&raw.issuer))
}

fn fingerprint(key: &[u8; 32]) -> String {
    use sha2::{Digest, Sha256};
    format!("ag:sha256:{}", &hex::encode(Sha256::digest(key))[..16])
}
