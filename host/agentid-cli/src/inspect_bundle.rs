//! `inspect` of a bundle: what it says, if the authority that it names has signed it. Whether that is
//! your authority is not asked.

use agentid_host::trust_list::quota_text;
use agentid_host::{Clock, Error};
use agentid_nostd::{PublicKey, TrustAnchor, TrustBundle, TrustedIssuer};
use serde_json::{Value, json};

use crate::answer::{Answer, shown};
use crate::trust::{limits_json, limits_text};

/// The first bytes of every bundle: `SPEC.md`, "Trust bundle".
pub(crate) const MAGIC: [u8; 2] = [0xA9, 0xB0];
/// Where the key of the authority lies.
const AUTHORITY_AT: usize = 28;

const WARNING: &str = "signed by the authority that it names; compare that key with the one you trust";

pub(crate) fn run(bytes: &[u8]) -> Answer {
    match open(bytes) {
        Ok(bundle) => said(&bundle),
        Err(error) => {
            let (code, name) = (error.code(), error.name());
            Answer::refused(
                format!("no bundle: {code} {name}: {error}"),
                json!({ "verified": false, "code": code, "name": name, "reason": error.to_string() }),
            )
        }
    }
}

/// The time is not asked: a bundle that is over can be looked at as well.
fn open(bytes: &[u8]) -> Result<TrustBundle<'_>, Error> {
    let key = bytes.get(AUTHORITY_AT..).and_then(|rest| rest.first_chunk()).ok_or(Error::MalformedBundle)?;
    TrustBundle::open(bytes, &TrustAnchor::new(PublicKey::unvalidated(*key)), Clock::Unknown)
}

fn said(bundle: &TrustBundle<'_>) -> Answer {
    let hex = |key: &PublicKey| hex::encode(key.as_bytes());
    let (authority, next) = (hex(&bundle.authority()), bundle.next_authority().as_ref().map(hex));
    let digest = hex::encode(bundle.version().digest);
    let mut lines = vec![
        WARNING.to_owned(),
        format!("authority       {authority}"),
        format!("next authority  {}", next.as_deref().unwrap_or("none")),
        format!("epoch           {}", bundle.epoch()),
        format!("issued at       {} (Unix seconds)", bundle.issued_at()),
        format!("not after       {}", bundle.not_after()),
        format!("digest          {digest}"),
    ];
    lines.extend(bundle.issuers().map(|issuer| line(&issuer)));
    lines.extend(bundle.revoked_issuers().map(|key| format!("revoked key     {}", hex(&key))));
    lines.extend(bundle.revoked_tokens().map(|(key, id)| format!("revoked token   {id:016x} of {}", hex(&key))));
    let revoked_tokens = bundle.revoked_tokens();
    let revoked_tokens: Vec<Value> =
        revoked_tokens.map(|(key, id)| json!({ "issuer": hex(&key), "tokenId": format!("{id:016x}") })).collect();
    let json = json!({
        "verified": false,
        "authority": authority,
        "nextAuthority": next,
        "epoch": bundle.epoch(),
        "issuedAt": bundle.issued_at(),
        "notAfter": bundle.not_after(),
        "digest": digest,
        "issuers": bundle.issuers().map(|issuer| in_json(&issuer)).collect::<Vec<_>>(),
        "revokedKeys": bundle.revoked_issuers().map(|key| hex(&key)).collect::<Vec<_>>(),
        "revokedTokens": revoked_tokens,
    });
    Answer::new(lines.join("\n"), json)
}

fn line(issuer: &TrustedIssuer<'_>) -> String {
    let (name, project) = (shown(issuer.name()), shown(issuer.project()));
    let scopes: Vec<&str> = issuer.allowed_scopes().iter().collect();
    let limits = limits_text(issuer.rules(), issuer.quota());
    let key = hex::encode(issuer.key().as_bytes());
    format!("issuer          {key} {name} of {project}: {}{limits}", shown(&scopes.join(" ")))
}

fn in_json(issuer: &TrustedIssuer<'_>) -> Value {
    let (first, last) = issuer.window();
    json!({
        "key": hex::encode(issuer.key().as_bytes()),
        "name": issuer.name(),
        "project": issuer.project(),
        "ceiling": issuer.allowed_scopes().iter().collect::<Vec<_>>(),
        "maxLifetimeSeconds": issuer.longest_lifetime_seconds(),
        "notBefore": (first != i64::MIN).then_some(first),
        "notAfter": (last != i64::MAX).then_some(last),
        "rules": limits_json(issuer.rules()),
        "quota": issuer.quota().map(quota_text),
    })
}
