//! The lines of the log. One test: what is logged depends on the whole process.
#![cfg(feature = "axum")]

mod common;

use std::io;
use std::sync::{Arc, Mutex};

use agentid_host::Caller;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::get;
use common::{SEED, STRANGER, builder, bundle, revoking, text, token};
use tower::ServiceExt;

/// What was logged, as text.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().expect("whole"))).expect("UTF-8")
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("whole").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn each_decision_is_one_line_without_the_token_and_each_failure_of_trust_is_one() {
    let lines = Lines::default();
    let writer = lines.clone();
    let format = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
    let _logged = tracing::subscriber::set_default(format);

    let time = common::Time::new();
    let gate = builder().clock(time.clock()).trust_bytes(bundle(1)).build().expect("built");
    assert!(lines.take().contains("epoch=1"));
    let none: [&str; 0] = [];
    let handler = |_: Caller| async {};
    let server = Router::new()
        .route("/papers/9", get(handler).layer(gate.require(["read:arxiv"])))
        .route("/open", get(handler).layer(gate.require(none)))
        .route("/bare", get(handler));
    let credentials = |seed| format!("AgentID {}", text(&token(seed, &["read:arxiv"], 7, 1)));
    let (good, stranger) = (credentials(SEED), credentials(STRANGER));
    for (path, token, parts) in [
        ("/papers/9", &good, &["INFO", "code=0", "agent=\"research-bot\"", " fingerprint=\"ag:sha256:"][..]),
        ("/papers/9", &good, &["INFO", "code=34", "agent=\"research-bot\"", "token_id=0000000000000007"]),
        ("/papers/9", &stranger, &["INFO", "code=13", "claimed_fingerprint=\"ag:", "scopes=[\"read:arxiv\"]"]),
        ("/open", &good, &["WARN", "code=220"]),
        ("/bare", &good, &["WARN", "code=221"]),
        // The service is the cause: its bundle has expired.
        ("/papers/9", &stranger, &["WARN", "code=44", "1 s ago, at 1790086400 (Unix seconds)"]),
    ] {
        time.set(if parts.contains(&"code=44") { common::NOW + 86_401 } else { common::NOW });
        let request = Request::get(format!("{path}?secret=1")).header("authorization", token);
        let request = request.body(Body::empty()).expect("a request");
        server.clone().oneshot(request).await.expect("an answer");
        let line = lines.take();
        assert_eq!(line.lines().count(), 1, "{line}");
        for part in parts.iter().chain(&["agentid:", "method=\"GET\"", &format!("path=\"{path}\"")]) {
            assert!(line.contains(part), "{part} is not in {line}");
        }
        assert_eq!(line.contains(" agent="), path == "/papers/9" && token == &good, "{line}");
        assert!(!line.contains("secret") && !line.contains(&token[20..40]), "{line}");
    }

    time.set(common::NOW);
    let dated_ahead = |epoch| {
        let raw = common::raw_bundle(epoch);
        agentid_test_kit::raw_bundle::RawBundle { issued_at: common::NOW + 60, ..raw }.sign_as_authority()
    };
    for (bytes, part) in [
        (dated_ahead(2), "WARN agentid: the trust stays as it is code=47"),
        (dated_ahead(2), ""),
        (dated_ahead(3), "code=47"),
        (b"no bundle".to_vec(), "code=40"),
        (b"no bundle".to_vec(), ""),
        (revoking(3), "INFO agentid: a trust bundle is in force epoch=3"),
        (dated_ahead(4), "code=47"),
    ] {
        let _ = gate.set_trust(bytes);
        let line = lines.take();
        assert!(line.contains(part), "{part} is not in {line}");
        assert_eq!(line.lines().count(), usize::from(!part.is_empty()), "{line}");
    }
}
