//! The layer and the extractor, asked as a server asks them.
#![cfg(feature = "axum")]

mod common;
#[expect(dead_code, reason = "its `main` binds a port")]
#[path = "../examples/service.rs"]
mod service;

use agentid_host::{Caller, SharedGate};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{any, get};
use common::{SEED, STRANGER, builder, bundle, text, token};
use http_body_util::BodyExt;
use tower::ServiceExt;

fn gate() -> SharedGate {
    builder().trust_bytes(bundle(1)).build().expect("built")
}

fn credentials(seed: &[u8], scopes: &[&str], max_calls: u32) -> String {
    format!("AgentID {}", text(&token(seed, scopes, 7, max_calls)))
}

async fn ask_with(server: &Router, path: &str, headers: &[(&str, &[u8])]) -> Response {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer")
}

async fn body(response: Response) -> String {
    let bytes = response.into_body().collect().await.expect("a body").to_bytes();
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// The status, and the code of the problem; 0 for an answer of the handler.
async fn code(server: &Router, path: &str, authorization: &[&str]) -> (u16, u64) {
    let headers: Vec<_> = authorization.iter().map(|value| ("authorization", value.as_bytes())).collect();
    let response = ask_with(server, path, &headers).await;
    let status = response.status().as_u16();
    if status == 200 {
        return (status, 0);
    }
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let problem: serde_json::Value = serde_json::from_str(&body(response).await).expect("JSON");
    (status, problem["code"].as_u64().expect("a code"))
}

async fn name_of(caller: Caller) -> String {
    format!("{} of {}, {:?} left", caller.claims().name(), caller.claims().project(), caller.calls_left())
}

#[tokio::test]
async fn the_example_answers_an_agent_until_its_budget_is_spent() {
    let (server, token) = (service::service(&gate()), credentials(SEED, &["read:arxiv"], 2));
    for _ in 0..2 {
        let response = ask_with(&server, "/papers/9", &[("authorization", token.as_bytes())]).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(body(response).await, "paper 9, for research-bot of phd-lab\n");
    }
    assert_eq!(code(&server, "/papers/9", &[&token]).await, (429, 34));
    let bearer = text(&common::token(SEED, &["read:arxiv"], 8, 1));
    assert_eq!(code(&server, "/papers/9", &[&format!("Bearer {bearer}")]).await, (200, 0));
}

#[tokio::test]
async fn strangers_get_one_answer_and_others_learn_why() {
    let server = service::service(&gate());
    let mut forged = credentials(SEED, &["read:arxiv"], 0);
    forged.replace_range(forged.len() - 4.., "AAAA");
    for (values, expected) in [
        (vec![credentials(STRANGER, &["read:arxiv"], 0)], (401, 128)),
        (vec![forged], (401, 128)),
        (vec!["Basic qR0B".into()], (401, 62)),
        (vec!["AgentID !".into()], (401, 19)),
        (vec!["".into()], (401, 61)),
        (vec![], (401, 61)),
        (vec![credentials(SEED, &["read:other"], 0)], (403, 32)),
        (vec![credentials(SEED, &["read:arxiv"], 0); 2], (401, 19)),
        (vec!["Basic qR0B".into(), credentials(SEED, &["read:arxiv"], 0)], (401, 19)),
    ] {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        assert_eq!(code(&server, "/papers/9", &values).await, expected, "{values:?}");
    }
    let response = ask_with(&server, "/papers/9", &[("authorization", b"AgentID \xff")]).await;
    let challenge = r#"AgentID realm="agentid", error="invalid-text", Bearer realm="agentid", error="invalid_token""#;
    assert_eq!(response.headers()["www-authenticate"], challenge);
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert!(body(response).await.contains("\"code\":19"));
}

/// On several threads, each with calls of its own: the budget is one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tasks_on_several_threads_share_the_count() {
    let (server, token) = (service::service(&gate()), credentials(SEED, &["read:arxiv"], 50));
    let tasks: Vec<_> = (0..200)
        .map(|_| {
            let (server, token) = (server.clone(), token.clone());
            tokio::spawn(async move { code(&server, "/papers/9", &[&token]).await })
        })
        .collect();
    let mut passed = 0;
    for task in tasks {
        match task.await.expect("it ends") {
            (200, 0) => passed += 1,
            other => assert_eq!(other, (429, 34)),
        }
    }
    assert_eq!(passed, 50);
}

#[tokio::test]
async fn a_route_without_scopes_refuses_every_call() {
    let gate = gate();
    let none: [&str; 0] = [];
    let server = Router::new()
        .route("/these", get(name_of).layer(gate.require(none)))
        .route("/of-request", get(name_of).layer(gate.require_by(|_| Vec::new())));
    for path in ["/these", "/of-request"] {
        assert_eq!(code(&server, path, &[&credentials(SEED, &["*"], 0)]).await, (500, 220));
        assert_eq!(code(&server, path, &[]).await, (500, 220));
    }
}

#[tokio::test]
async fn a_handler_without_a_layer_refuses_every_call() {
    let server = Router::new().route("/", get(name_of));
    assert_eq!(code(&server, "/", &[&credentials(SEED, &["*"], 0)]).await, (500, 221));
    assert_eq!(code(&server, "/", &[]).await, (500, 221));
}

#[tokio::test]
async fn scopes_may_depend_on_the_path() {
    let layer = gate().require_by(|parts| match parts.uri.path().split('/').collect::<Vec<_>>()[..] {
        ["", "doors", id] if !id.contains(':') => vec![format!("door:{id}:open")],
        _ => Vec::new(),
    });
    let server = Router::new().route("/doors/{id}", get(name_of).layer(layer));
    let token = credentials(SEED, &["door:north:open"], 0);
    assert_eq!(code(&server, "/doors/north", &[&token]).await, (200, 0));
    assert_eq!(code(&server, "/doors/south", &[&token]).await, (403, 32));
    assert_eq!(code(&server, "/doors/*", &[&token]).await, (403, 32));
    assert_eq!(code(&server, "/doors/a:b", &[&token]).await, (500, 220));
}

#[tokio::test]
async fn who_is_calling_needs_no_scope_and_is_counted() {
    let server = Router::new().route("/", get(name_of).layer(gate().identify_only()));
    let token = credentials(SEED, &[], 1);
    let response = ask_with(&server, "/", &[("authorization", token.as_bytes())]).await;
    assert_eq!(body(response).await, "research-bot of phd-lab, Some(0) left");
    assert_eq!(code(&server, "/", &[&token]).await, (429, 34));
    assert_eq!(code(&server, "/", &[&credentials(STRANGER, &["*"], 1)]).await, (401, 128));
}

#[tokio::test]
async fn the_inner_layer_sets_the_caller_anew() {
    let outer = gate();
    let inner = gate();
    let route = get(name_of).route_layer(inner.require(["read:arxiv"])).layer(outer.require(["read:arxiv"]));
    let server = Router::new().route("/", route);
    let token = credentials(SEED, &["read:arxiv"], 9);
    assert!(inner.admit(&common::token(SEED, &["read:arxiv"], 7, 9), &agentid_host::Call::new(&[])).is_ok());
    let response = ask_with(&server, "/", &[("authorization", token.as_bytes())]).await;
    // The outer gate has counted one use, and the inner one two.
    assert_eq!(body(response).await, "research-bot of phd-lab, Some(7) left");
}

#[tokio::test]
async fn a_websocket_upgrade_passes_as_any_other_request() {
    async fn shows(request: Request) -> String {
        let header = |name: &str| request.headers()[name].to_str().expect("ASCII").to_owned();
        let marker = request.extensions().get::<u8>().copied();
        let caller = request.extensions().get::<Caller>().is_some();
        format!(
            "{} {} {marker:?} {caller} {}",
            header("upgrade"),
            header("connection"),
            header("authorization").len()
        )
    }
    let server = Router::new().route("/", any(shows).layer(gate().require(["read:arxiv"])));
    let token = credentials(SEED, &["read:arxiv"], 1);
    let mut request = Request::get("/").header("upgrade", "websocket").header("connection", "upgrade");
    request = request.header("authorization", &token).extension(5_u8);
    let response = server.oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer");
    assert_eq!(body(response).await, format!("websocket upgrade Some(5) true {}", token.len()));
}
