//! The handler, asked as a server asks it.

use std::sync::{Arc, LazyLock};

use agentid_axum::{Shared, router};
use agentid_nostd::{
    AgentIdentity, Clock, OwnedClaims, Since, TokenBuilder, TrustTable, TrustedIssuer, encode_text, text_len,
};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;

const NOW: i64 = 1_790_000_000;

fn agent(seed: &[u8]) -> AgentIdentity<'static> {
    AgentIdentity::derive("door-opener", "building-7", Some(seed)).expect("valid")
}

fn trusted() -> AgentIdentity<'static> {
    agent(b"a seed of enough bytes")
}

static ISSUERS: LazyLock<[TrustedIssuer<'static>; 1]> =
    LazyLock::new(|| [TrustedIssuer::new(trusted().public_key(), "door-opener", "building-7")]);

fn server() -> Router {
    let trust = TrustTable::new(&*ISSUERS).expect("valid");
    router(Arc::new(Shared::new(trust, 64, Since::Beginning, || Clock::Known(NOW))))
}

fn token(agent: &AgentIdentity<'_>, max_calls: u32) -> String {
    let mut buf = [0; 256];
    let builder = TokenBuilder::new(agent, NOW, 7).scopes(&["door:*:open"]).max_calls(max_calls);
    let token = builder.mint_into(&mut buf).expect("minted");
    let mut text = vec![0; text_len(token.len())];
    format!("AgentID {}", encode_text(token, &mut text).expect("it fits"))
}

async fn ask(server: &Router, authorization: Option<&str>) -> (StatusCode, String) {
    let mut request = Request::post("/doors/north");
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    let request = request.body(Body::empty()).expect("a request");
    let response = server.clone().oneshot(request).await.expect("an answer");
    let status = response.status();
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    (status, String::from_utf8(body.to_vec()).expect("UTF-8"))
}

#[tokio::test]
async fn a_call_passes_until_its_budget_is_spent() {
    let (server, token) = (server(), token(&trusted(), 2));
    for _ in 0..2 {
        let answer = ask(&server, Some(&token)).await;
        assert_eq!(answer, (StatusCode::OK, "north is open for door-opener of building-7".into()));
    }
    assert_eq!(ask(&server, Some(&token)).await, (StatusCode::TOO_MANY_REQUESTS, "34 budget-exhausted".into()));
}

#[tokio::test]
async fn strangers_get_one_answer_and_others_learn_why() {
    let server = server();
    let stranger = token(&agent(b"another seed of enough"), 0);
    let mut forged = token(&trusted(), 0);
    forged.truncate(forged.len() - 4);
    forged.push_str("AAAA");
    for (value, status, body) in [
        (Some(stranger.as_str()), StatusCode::UNAUTHORIZED, "128 unauthenticated"),
        (Some(&forged), StatusCode::UNAUTHORIZED, "128 unauthenticated"),
        (Some("Basic qR0B"), StatusCode::UNAUTHORIZED, "62 unsupported-scheme"),
        (Some("AgentID !"), StatusCode::UNAUTHORIZED, "19 invalid-text"),
        (None, StatusCode::UNAUTHORIZED, "61 missing-credentials"),
    ] {
        assert_eq!(ask(&server, value).await, (status, body.into()), "{value:?}");
    }
}

/// On several threads, each with calls of its own: the budget is one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tasks_on_several_threads_share_the_count() {
    let (server, token) = (server(), token(&trusted(), 50));
    let tasks: Vec<_> = (0..200)
        .map(|_| {
            let (server, token) = (server.clone(), token.clone());
            tokio::spawn(async move { ask(&server, Some(&token)).await.0 })
        })
        .collect();
    let mut passed = 0;
    for task in tasks {
        match task.await.expect("it ends") {
            StatusCode::OK => passed += 1,
            status => assert_eq!(status, StatusCode::TOO_MANY_REQUESTS),
        }
    }
    assert_eq!(passed, 50);
}

const fn goes_into_any_future<T: Send + Sync + 'static>() {}
const _: () = goes_into_any_future::<Shared>();
const _: () = goes_into_any_future::<OwnedClaims<Vec<u8>>>();
