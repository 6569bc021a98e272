//! A service whose route needs a token. It takes its settings from the environment:
//! `AGENTID_AUTHORITY` (64 hexadecimal digits), `AGENTID_TRUST` (the trust file) and, if it should
//! not be loopback, `AGENTID_ADDRESS`. `docs/rust-service.md` runs the same.

use std::env;

use agentid_host::{Caller, PublicKey, SharedGate};
use anyhow::{Context, Result};
use axum::Router;
use axum::extract::Path;
use axum::routing::get;

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt().init();
    let mut key = [0; 32];
    hex::decode_to_slice(variable("AGENTID_AUTHORITY")?, &mut key).context("AGENTID_AUTHORITY")?;
    let authority = PublicKey::from_bytes(&key)?;
    let gate = SharedGate::builder(authority).trust_file(variable("AGENTID_TRUST")?).build()?;
    let address = env::var("AGENTID_ADDRESS").unwrap_or_else(|_| "127.0.0.1:8080".into());
    let listener = tokio::net::TcpListener::bind(address).await?;
    Ok(axum::serve(listener, service(&gate)).await?)
}

fn variable(name: &str) -> Result<String> {
    env::var(name).with_context(|| format!("the variable {name}"))
}

pub(crate) fn service(gate: &SharedGate) -> Router {
    Router::new().route("/papers/{id}", get(paper).layer(gate.require(["read:arxiv"])))
}

async fn paper(caller: Caller, Path(id): Path<String>) -> String {
    format!("paper {id}, for {} of {}\n", caller.claims().name(), caller.claims().project())
}
