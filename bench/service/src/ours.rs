//! Our layer, over a bundle with one issuer.

use agentid_host::{
    AgentIdentity, Caller, Clock, PublicKey, SharedGate, Signer, SigningKey, Since, TokenBuilder, TrustedIssuer,
    system_clock,
};
use agentid_nostd::{TrustBundleBuilder, encode_text, text_len};
use anyhow::{Result, bail};
use axum::Router;
use axum::http::HeaderValue;
use axum::routing::get;

use crate::Contestant;

pub(crate) struct Ours {
    pub(crate) contestant: Contestant,
    pub(crate) gate: SharedGate,
    pub(crate) issuer: PublicKey,
    /// Some of the tokens, as bytes.
    pub(crate) tokens: Vec<Vec<u8>>,
}

pub(crate) fn contestant(fresh: usize) -> Result<Ours> {
    let Clock::Known(now) = system_clock() else { bail!("the clock is not set") };
    let agent = AgentIdentity::derive("research-bot", "phd-lab", Some(&[7; 32]))?;
    let authority = SigningKey::from_secret_bytes(&[9; 32])?;
    let mut issuers = [TrustedIssuer::new(agent.public_key(), "research-bot", "phd-lab").ceiling(&["read:*"])];
    let mut buf = [0; 512];
    let mut bundle = TrustBundleBuilder::new(&authority, 1, now, now + 86_400).issuers(&mut issuers);
    let bundle = bundle.write_into(&mut buf, Clock::Known(now))?.to_vec();
    let gate = SharedGate::builder(authority.public_key())
        .trust_bytes(bundle)
        .since(Since::Beginning)
        .slots(4 * fresh)
        .slots_per_issuer(4 * fresh)
        .build()?;
    let service = Router::new().route("/papers/{id}", get(paper).layer(gate.require(["read:arxiv"])));
    let builder = TokenBuilder::new(&agent).scopes(["read:arxiv", "write:notes"]).max_calls(u32::MAX);
    let tokens = (0..fresh).map(|_| builder.build()).collect::<Result<Vec<_>, _>>()?;
    let fresh = tokens.iter().map(|token| header(token)).collect::<Result<_>>()?;
    let contestant = Contestant { name: "**AgentID**", service, fresh, repeated_calls: 20_000 };
    Ok(Ours { contestant, gate, issuer: agent.public_key(), tokens: tokens.into_iter().take(300).collect() })
}

async fn paper(caller: Caller) -> String {
    caller.claims().name().to_owned()
}

/// The same route without a check.
pub(crate) fn open() -> Router {
    Router::new().route("/papers/{id}", get(async || "research-bot".to_owned()))
}

fn header(token: &[u8]) -> Result<HeaderValue> {
    let mut text = vec![0; text_len(token.len())];
    Ok(HeaderValue::try_from(format!("Bearer {}", encode_text(token, &mut text)?))?)
}
