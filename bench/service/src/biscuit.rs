//! The same facts as a Biscuit: one block, a check of the time, a policy for the scope.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::Result;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use biscuit_auth::builder::AuthorizerBuilder;
use biscuit_auth::builder_ext::BuilderExt;
use biscuit_auth::datalog::RunLimits;
use biscuit_auth::{Biscuit, KeyPair, PublicKey};

use crate::Contestant;
use crate::measure::FRESH_CALLS;

#[derive(Clone)]
struct Agent(String);

pub(crate) fn contestant() -> Result<Contestant> {
    let root = KeyPair::new();
    // A slow moment of the machine is no refusal.
    let limits = RunLimits { max_time: Duration::from_secs(1), ..RunLimits::default() };
    let policy = AuthorizerBuilder::new().code("allow if scope(\"read:arxiv\");")?.set_limits(limits);
    let checks = Arc::new((root.public(), policy));
    let layer = from_fn(move |request: Request, next: Next| {
        let checks = checks.clone();
        async move { decide(request, next, checks.0, &checks.1).await }
    });
    let service = Router::new().route("/papers/{id}", get(paper).layer(layer));
    let fresh = (0..FRESH_CALLS).map(|id| header(&root, id)).collect::<Result<_>>()?;
    Ok(Contestant { name: "`biscuit-auth`", service, fresh, repeated_calls: FRESH_CALLS })
}

async fn decide(
    mut request: Request,
    next: Next,
    root: PublicKey,
    policy: &AuthorizerBuilder,
) -> Result<Response, StatusCode> {
    let value = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let token = value.and_then(|value| value.strip_prefix("Bearer ")).ok_or(StatusCode::UNAUTHORIZED)?;
    let agent = admitted(token, root, policy).map_err(|_| StatusCode::UNAUTHORIZED)?;
    request.extensions_mut().insert(agent);
    Ok(next.run(request).await)
}

fn admitted(token: &str, root: PublicKey, policy: &AuthorizerBuilder) -> Result<Agent> {
    let token = Biscuit::from_base64(token, root)?;
    let mut authorizer = policy.clone().time().build(&token)?;
    authorizer.authorize()?;
    let names: Vec<(String,)> = authorizer.query("name($name) <- agent($name, $project)")?;
    let (name,) = names.into_iter().next().ok_or_else(|| anyhow::anyhow!("no agent"))?;
    Ok(Agent(name))
}

async fn paper(Extension(agent): Extension<Agent>) -> String {
    agent.0
}

fn header(root: &KeyPair, id: usize) -> Result<HeaderValue> {
    let facts = format!(
        "agent(\"research-bot\", \"phd-lab\"); id({id}); max_calls(100); scope(\"read:arxiv\"); scope(\"write:notes\");"
    );
    let builder = Biscuit::builder().code(facts)?;
    let token = builder.check_expiration_date(SystemTime::now() + Duration::from_secs(900)).build(root)?;
    Ok(HeaderValue::try_from(format!("Bearer {}", token.to_base64()?))?)
}
