//! A handler of axum behind a gate that all threads share: an example to copy from, and a test that
//! nothing of the core stands in the way of it.
//!
//! Checking a token takes no lock and no `await`; the count takes a lock for a moment. What goes on
//! into the handler's future is [`OwnedClaims`], which borrow from nothing.

use std::sync::{Arc, Mutex};

use agentid_nostd::{
    Call, Clock, CountedElsewhere, DEFAULT_MAX_TOKEN_LEN, Error, Gate, LedgerSlot, OwnedClaims, Since, TrustTable,
    UsageLedger, authorization_text, decode_text,
};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;

/// What all requests share.
pub struct Shared {
    gate: Gate<TrustTable<'static>, CountedElsewhere>,
    counts: Mutex<UsageLedger<Vec<LedgerSlot>>>,
    clock: fn() -> Clock,
}

impl Shared {
    /// A gate with room for the counts of so many tokens. The trust set lives as long as the
    /// program.
    pub fn new(trust: TrustTable<'static>, slots: usize, since: Since, clock: fn() -> Clock) -> Self {
        Self {
            gate: Gate::new(trust, CountedElsewhere(since)),
            counts: Mutex::new(UsageLedger::new(vec![LedgerSlot::EMPTY; slots], since)),
            clock,
        }
    }

    /// Who is calling, once the call may pass.
    ///
    /// # Errors
    /// The code of the refusal.
    pub fn admit(&self, headers: &HeaderMap, scope: &str) -> Result<OwnedClaims<Vec<u8>>, Refused> {
        let value = headers.get(header::AUTHORIZATION).map_or(Ok(""), |value| value.to_str());
        let text = authorization_text(value.map_err(|_| Error::InvalidText)?)?;
        let mut token = vec![0; DEFAULT_MAX_TOKEN_LEN];
        let token = decode_text(text, &mut token)?;
        let uncounted = self.gate.check(token, &Call::new(&[scope]), (self.clock)())?;
        let admitted = uncounted.count(&mut &self.counts)?;
        Ok(admitted.claims().to_vec())
    }
}

/// The answer to a call that may not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused(Error);

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

/// A stranger is not told whom the gate trusts: `SPEC.md`, section 7. A real server logs the code
/// here.
impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self(error) = self;
        let status = StatusCode::from_u16(error.class().http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let (code, name) =
            if error.is_disclosable() { (error.code(), error.name()) } else { (128, "unauthenticated") };
        (status, format!("{code} {name}")).into_response()
    }
}

/// The server: one door after another, for agents that may open it.
pub fn router(shared: Arc<Shared>) -> Router {
    Router::new().route("/doors/{door}", post(open)).with_state(shared)
}

async fn open(
    State(shared): State<Arc<Shared>>,
    Path(door): Path<String>,
    headers: HeaderMap,
) -> Result<String, Refused> {
    let caller = shared.admit(&headers, &format!("door:{door}:open"))?;
    motor(&door).await;
    // The claims are still here, in whichever thread goes on.
    Ok(format!("{door} is open for {} of {}", caller.name(), caller.project()))
}

/// Stands for whatever takes its time.
async fn motor(door: &str) {
    let mut turns = door.len();
    std::future::poll_fn(|context| {
        turns = turns.saturating_sub(1);
        context.waker().wake_by_ref();
        if turns == 0 { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}
