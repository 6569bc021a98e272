//! The same claims as a JSON Web Token (RFC 7519), signed with Ed25519, verified by `jsonwebtoken`
//! over AWS-LC.

use std::sync::Arc;

use agentid_nostd::{encode_text, text_len};
use anyhow::Result;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use ed25519_dalek::{Signer, SigningKey};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;

use crate::Contestant;
use crate::measure::FRESH_CALLS;

#[derive(Clone, Deserialize)]
struct Claims {
    name: String,
    scopes: Vec<String>,
}

pub(crate) fn contestant() -> Result<Contestant> {
    let key = SigningKey::from_bytes(&[7; 32]);
    let issuer = base64url(key.verifying_key().as_bytes())?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[&issuer]);
    let checks = Arc::new((DecodingKey::from_ed_der(key.verifying_key().as_bytes()), validation));
    let layer = from_fn(move |request: Request, next: Next| {
        let checks = checks.clone();
        async move { decide(request, next, &checks.0, &checks.1).await }
    });
    let service = Router::new().route("/papers/{id}", get(paper).layer(layer));
    let fresh = (0..FRESH_CALLS).map(|id| header(&key, &issuer, id)).collect::<Result<_>>()?;
    Ok(Contestant { name: "`jsonwebtoken`, EdDSA", service, fresh, repeated_calls: FRESH_CALLS })
}

async fn decide(
    mut request: Request,
    next: Next,
    key: &DecodingKey,
    validation: &Validation,
) -> Result<Response, StatusCode> {
    let value = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let token = value.and_then(|value| value.strip_prefix("Bearer ")).ok_or(StatusCode::UNAUTHORIZED)?;
    let decoded = jsonwebtoken::decode::<Claims>(token, key, validation).map_err(|_| StatusCode::UNAUTHORIZED)?;
    if !decoded.claims.scopes.iter().any(|scope| scope == "read:arxiv") {
        return Err(StatusCode::FORBIDDEN);
    }
    request.extensions_mut().insert(decoded.claims);
    Ok(next.run(request).await)
}

async fn paper(Extension(claims): Extension<Claims>) -> String {
    claims.name
}

fn header(key: &SigningKey, issuer: &str, id: usize) -> Result<HeaderValue> {
    let now = jsonwebtoken::get_current_timestamp();
    let header = base64url(br#"{"typ":"JWT","alg":"EdDSA"}"#)?;
    let expires = now + 900;
    let payload = format!(
        r#"{{"iss":"{issuer}","name":"research-bot","project":"phd-lab","scopes":["read:arxiv","write:notes"],"iat":{now},"exp":{expires},"max_calls":100,"jti":"{id:016x}"}}"#
    );
    let message = format!("{header}.{}", base64url(payload.as_bytes())?);
    let signature = base64url(&key.sign(message.as_bytes()).to_bytes())?;
    Ok(HeaderValue::try_from(format!("Bearer {message}.{signature}"))?)
}

fn base64url(bytes: &[u8]) -> Result<String> {
    let mut text = vec![0; text_len(bytes.len())];
    Ok(encode_text(bytes, &mut text)?.to_owned())
}
