//! `verify`: the verdict of the core. It counts nothing: a gate does.

use agentid_host::{Clock, Verifier, system_clock};
use agentid_nostd::{Call, Claims, CountedElsewhere, Error, Explanation, Gate, Since, TrustAnchor, TrustBundle};
use serde_json::{Value, json};

use crate::answer::{Answer, shown, time};
use crate::arguments::VerifyOptions;
use crate::failure::Failure;
use crate::input;

pub(crate) fn run(options: &VerifyOptions) -> Result<Answer, Failure> {
    let token = match input::token(&options.token) {
        Ok(token) => token,
        Err(failure) if failure.name == Error::InvalidText.name() => {
            return Ok(refused(Error::InvalidText, Error::InvalidText.to_string()));
        }
        Err(failure) => return Err(failure),
    };
    let clock = options.at.map_or_else(system_clock, Clock::Known);
    let scopes: Vec<&str> = options.scopes.iter().map(String::as_str).collect();
    match (&options.bundle, &options.authority, &options.pubkey) {
        (Some(bundle), Some(authority), _) => {
            let anchor = TrustAnchor::new(input::public_key(authority)?);
            let bytes = input::read(bundle)?;
            let bundle = match TrustBundle::open(&bytes, &anchor, clock) {
                Ok(bundle) => bundle,
                Err(error) => return Ok(explained(TrustBundle::explain(&bytes, &anchor, clock, error))),
            };
            let gate = Gate::new(bundle, CountedElsewhere(Since::Beginning));
            match gate.check(&token, &Call::new(&scopes), clock) {
                Ok(uncounted) => Ok(verified(uncounted.claims())),
                Err(error) => Ok(explained(gate.explain(&token, clock, error))),
            }
        }
        (_, _, Some(key)) => {
            let trusted = [input::public_key(key)?];
            let verifier = Verifier::new(&trusted);
            match verifier.verify(&token, clock) {
                Ok(claims) if scopes.iter().all(|scope| claims.permits(scope)) => Ok(verified(&claims)),
                Ok(_) => Ok(refused(Error::ScopeNotGranted, Error::ScopeNotGranted.to_string())),
                Err(error) => Ok(explained(verifier.explain(&token, clock, error))),
            }
        }
        _ => Err(Failure::new(crate::failure::USAGE, "no-trust", "no trusted key is given")
            .hint("give --pubkey HEX, or --bundle FILE with --authority HEX")),
    }
}

fn verified(claims: &Claims<'_>) -> Answer {
    let asked: Vec<&str> = claims.requested_scopes().collect();
    let refused: Vec<&str> = asked.iter().copied().filter(|scope| !claims.permits(scope)).collect();
    let max_calls = claims.max_calls().map_or_else(|| "unlimited".to_owned(), |calls| calls.to_string());
    let lines = [
        format!("verified: {} of {}", shown(claims.name()), shown(claims.project())),
        format!("asks for    {}", if asked.is_empty() { "nothing".to_owned() } else { shown(&asked.join(" ")) }),
        format!("issued at   {}", time(claims.issued_at())),
        format!("expires at  {}", time(claims.expires_at())),
        format!("max calls   {max_calls}; this call was not counted"),
        format!("token id    {:016x}", claims.token_id()),
        format!("fingerprint {}", claims.fingerprint()),
    ];
    let above = format!("above the ceiling of the agent, so never permitted: {}", shown(&refused.join(" ")));
    let lines: Vec<String> = lines.into_iter().chain((!refused.is_empty()).then_some(above)).collect();
    Answer::new(lines.join("\n"), json!({ "valid": true, "claims": claims_json(claims) }))
}

fn claims_json(claims: &Claims<'_>) -> Value {
    json!({
        "name": claims.name(),
        "project": claims.project(),
        "scopes": claims.requested_scopes().collect::<Vec<_>>(),
        "permitted": claims.requested_scopes().filter(|scope| claims.permits(scope)).collect::<Vec<_>>(),
        "issuedAt": claims.issued_at(),
        "expiresAt": claims.expires_at(),
        "maxCalls": claims.max_calls().map_or(0, std::num::NonZeroU32::get),
        "tokenId": format!("{:016x}", claims.token_id()),
        "issuer": hex::encode(claims.issuer().as_bytes()),
        "fingerprint": claims.fingerprint().as_str(),
    })
}

fn explained(explanation: Explanation) -> Answer {
    refused(explanation.error(), explanation.to_string())
}

fn refused(error: Error, reason: String) -> Answer {
    let (code, name) = (error.code(), error.name());
    Answer::refused(
        format!("refused: {code} {name}: {reason}"),
        json!({ "valid": false, "code": code, "name": name, "reason": reason }),
    )
}
