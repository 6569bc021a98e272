//! The gate as a layer of `tower`: reads the token of a request, admits, and calls on.

mod caller;
mod log;
mod refusal;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use agentid_nostd::{Call, Error};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::gate::{SharedGate, token_of};
pub use caller::Caller;
pub use refusal::Refusal;

/// Decides about every request before the service behind it. An admitted request carries its
/// [`Caller`] in the extensions; a refused one is answered with a [`Refusal`] and goes no further.
/// Each decision is one log line of `tracing`, with the target `agentid`.
#[derive(Clone)]
pub struct GateLayer {
    // One counter of references: a server clones its services for each call.
    decision: Arc<Decision>,
}

struct Decision {
    gate: SharedGate,
    required: Required,
}

enum Required {
    These(Vec<String>),
    OfRequest(Box<ScopesOf>),
    /// The caller has asked for no scopes by name, not by an empty list.
    Nothing,
}

type ScopesOf = dyn Fn(&Parts) -> Vec<String> + Send + Sync;

impl SharedGate {
    /// A layer that admits calls whose token grants all of these scopes. An empty list refuses
    /// every call, with [`Refusal::ROUTE_WITHOUT_SCOPES`].
    pub fn require<S: Into<String>>(&self, scopes: impl IntoIterator<Item = S>) -> GateLayer {
        self.layer(Required::These(scopes.into_iter().map(Into::into).collect()))
    }

    /// The same for scopes that depend on the request, such as `door:{id}:open`. An empty list
    /// refuses the call, with [`Refusal::ROUTE_WITHOUT_SCOPES`].
    ///
    /// A path is text of the caller. A part of it that becomes a segment of a scope must have no
    /// `:`, and is taken as it stands: return an empty list for any other.
    pub fn require_by(&self, scopes: impl Fn(&Parts) -> Vec<String> + Send + Sync + 'static) -> GateLayer {
        self.layer(Required::OfRequest(Box::new(scopes)))
    }

    /// A layer that admits the call of every trusted agent, whatever its token grants, and counts
    /// the use: for routes that only ask who is calling.
    #[must_use]
    pub fn identify_only(&self) -> GateLayer {
        self.layer(Required::Nothing)
    }

    fn layer(&self, required: Required) -> GateLayer {
        GateLayer { decision: Arc::new(Decision { gate: self.clone(), required }) }
    }
}

impl<S> Layer<S> for GateLayer {
    type Service = GateService<S>;

    fn layer(&self, inner: S) -> GateService<S> {
        GateService { layer: self.clone(), inner }
    }
}

impl Decision {
    fn decide(&self, parts: &Parts) -> Result<Caller, Refusal> {
        match &self.required {
            Required::These(scopes) => self.admit(scopes, parts),
            Required::OfRequest(scopes) => self.admit(&scopes(parts), parts),
            Required::Nothing => self.admit_for(&[], parts),
        }
    }

    fn admit(&self, scopes: &[String], parts: &Parts) -> Result<Caller, Refusal> {
        if scopes.is_empty() {
            log::route_without_scopes(parts);
            return Err(Refusal::ROUTE_WITHOUT_SCOPES);
        }
        // Most routes need one scope, which takes no memory.
        if let [scope] = scopes {
            return self.admit_for(&[scope], parts);
        }
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        self.admit_for(&scopes, parts)
    }

    fn admit_for(&self, scopes: &[&str], parts: &Parts) -> Result<Caller, Refusal> {
        let (token, decision) = match authorization(&parts.headers).and_then(token_of) {
            Ok(token) => {
                let decision = self.gate.admit(&token, &Call::new(scopes));
                (token, decision)
            }
            Err(error) => (Vec::new(), Err(error)),
        };
        match decision {
            Ok(admission) => {
                log::admitted(&admission, scopes, parts);
                Ok(Caller::new(admission))
            }
            Err(error) => {
                log::refused(error, &token, || self.gate.explain(&token, error), scopes, parts);
                Err(error.into())
            }
        }
    }
}

/// The value of the only `Authorization` header; empty if there is none.
fn authorization(headers: &HeaderMap) -> Result<&str, Error> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(""),
        (Some(value), None) => value.to_str().map_err(|_| Error::InvalidText),
        // Another program could have looked at the other one.
        (Some(_), Some(_)) => Err(Error::InvalidText),
    }
}

impl fmt::Debug for GateLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("GateLayer");
        match &self.decision.required {
            Required::These(scopes) => debug.field("scopes", scopes),
            Required::OfRequest(_) => debug.field("scopes", &"of the request"),
            Required::Nothing => debug.field("scopes", &"none: identify only"),
        };
        debug.finish_non_exhaustive()
    }
}

/// A service behind a [`GateLayer`].
#[derive(Clone, Debug)]
pub struct GateService<S> {
    layer: GateLayer,
    inner: S,
}

impl<S, A, B> Service<Request<A>> for GateService<S>
where
    S: Service<Request<A>, Response = Response<B>>,
    B: From<String>,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = Answer<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        match self.layer.decision.decide(&parts) {
            Ok(caller) => {
                // In place of any that was there.
                parts.extensions.insert(caller);
                Answer::Passed { answer: self.inner.call(Request::from_parts(parts, body)) }
            }
            Err(refusal) => Answer::Refused { refusal },
        }
    }
}

pin_project! {
    /// The answer of the service, or the refusal.
    #[project = Projected]
    #[derive(Debug)]
    pub enum Answer<F> {
        /// The service is at work.
        Passed {
            #[pin]
            answer: F,
        },
        /// The call was refused.
        Refused { refusal: Refusal },
    }
}

impl<F, B, E> Future for Answer<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: From<String>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        match self.project() {
            Projected::Passed { answer } => Poll::Ready(ready!(answer.poll(context))),
            Projected::Refused { refusal } => Poll::Ready(Ok(refusal.into_http())),
        }
    }
}
