//! The answer to a call that may not pass: a problem in JSON (RFC 9457), with a code that is the
//! same on every platform.

use agentid_nostd::Error;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

/// A refusal. Codes of 220 and above are this adapter's own; the others are those of `SPEC.md`.
///
/// It is made from an [`Error`]. The response tells a stranger one generic code, 128, for all
/// errors that depend on the keys that the gate trusts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    status: u16,
    code: u8,
    name: &'static str,
    detail: &'static str,
    is_disclosable: bool,
}

/// The members in the order in which they are written on every platform.
#[derive(Serialize)]
struct Problem<'r> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'r str,
    status: u16,
    code: u8,
    name: &'r str,
    detail: &'r str,
}

impl Refusal {
    /// The route names no scopes, so that it would let every agent through.
    pub const ROUTE_WITHOUT_SCOPES: Self = Self::own(220, "route-without-scopes", "this route names no scopes");
    /// A handler asked for the caller, and no layer has decided about the call.
    pub const NO_LAYER: Self = Self::own(221, "no-layer", "no layer has decided about this call");

    const UNAUTHENTICATED: Self = Self {
        status: 401,
        code: 128,
        name: "unauthenticated",
        detail: "this token is not accepted here",
        is_disclosable: true,
    };

    const fn own(code: u8, name: &'static str, detail: &'static str) -> Self {
        Self { status: 500, code, name, detail, is_disclosable: true }
    }

    /// The HTTP status code.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The code, for the log. The response may tell another one.
    #[must_use]
    pub const fn code(&self) -> u8 {
        self.code
    }

    /// The name of the code, for the log.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The response: the problem, never to be cached, with both schemes in `WWW-Authenticate` if it
    /// is a 401.
    #[must_use]
    pub fn into_http<B: From<String>>(self) -> Response<B> {
        let told = if self.is_disclosable { self } else { Self::UNAUTHENTICATED };
        let Self { status, code, name, detail, .. } = told;
        let problem = Problem { kind: "about:blank", title: name, status, code, name, detail };
        // Cannot fail: numbers and text. An empty body would say no less about the call.
        let body = serde_json::to_string(&problem).unwrap_or_default();
        let mut response = Response::new(B::from(body));
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == 401
            && let Ok(challenge) = HeaderValue::try_from(challenge(code, name))
        {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self {
            status: error.class().http_status(),
            code: error.code(),
            name: error.name(),
            detail: error.message(),
            is_disclosable: error.is_disclosable(),
        }
    }
}

#[cfg(feature = "axum")]
impl axum_core::response::IntoResponse for Refusal {
    fn into_response(self) -> axum_core::response::Response {
        self.into_http()
    }
}

/// Both schemes that are accepted. RFC 6750 has no error for a request without a bearer token.
fn challenge(code: u8, name: &str) -> String {
    let is_without_token = [Error::MissingCredentials.code(), Error::UnsupportedScheme.code()].contains(&code);
    let bearer_error = if is_without_token { "" } else { ", error=\"invalid_token\"" };
    format!("AgentID realm=\"agentid\", error=\"{name}\", Bearer realm=\"agentid\"{bearer_error}")
}

#[cfg(test)]
mod tests {
    use super::Refusal;
    use agentid_nostd::Error;

    fn parts(refusal: Refusal) -> (u16, Option<String>, String) {
        let response = refusal.into_http::<String>();
        let header = |name| response.headers().get(name).map(|value| value.to_str().expect("ASCII").to_owned());
        assert_eq!(header("content-type").as_deref(), Some("application/problem+json"));
        assert_eq!(header("cache-control").as_deref(), Some("no-store"));
        (response.status().as_u16(), header("www-authenticate"), response.into_body())
    }

    #[test]
    fn a_problem_is_what_the_worker_answers_to_the_byte() {
        let (status, challenge, body) = parts(Error::Expired.into());
        assert_eq!(status, 401);
        let expected = r#"AgentID realm="agentid", error="expired", Bearer realm="agentid", error="invalid_token""#;
        assert_eq!(challenge.as_deref(), Some(expected));
        let expected = r#"{"type":"about:blank","title":"expired","status":401,"code":14,"name":"expired","detail":"the token has expired"}"#;
        assert_eq!(body, expected);
    }

    #[test]
    fn a_request_without_a_token_is_not_told_that_its_token_is_invalid() {
        for error in [Error::MissingCredentials, Error::UnsupportedScheme] {
            let (status, challenge, _) = parts(error.into());
            let expected = format!(r#"AgentID realm="agentid", error="{}", Bearer realm="agentid""#, error.name());
            assert_eq!((status, challenge), (401, Some(expected)));
        }
    }

    #[test]
    fn every_code_that_is_not_disclosable_has_one_answer_and_the_log_has_the_code() {
        let hidden: Vec<Error> = Error::ALL.iter().copied().filter(|error| !error.is_disclosable()).collect();
        assert!(hidden.len() > 5);
        let answer = parts(hidden[0].into());
        assert_eq!(answer.0, 401);
        assert!(answer.2.contains(r#""code":128,"name":"unauthenticated""#), "{}", answer.2);
        for error in hidden {
            assert_eq!(parts(error.into()), answer);
            assert_eq!(Refusal::from(error).code(), error.code());
        }
    }

    #[test]
    fn only_a_401_has_a_challenge() {
        for error in Error::ALL {
            let (status, challenge, _) = parts((*error).into());
            assert_eq!(challenge.is_some(), status == 401, "{error:?}");
        }
        for (refusal, code) in [(Refusal::ROUTE_WITHOUT_SCOPES, 220), (Refusal::NO_LAYER, 221)] {
            let (status, challenge, body) = parts(refusal);
            assert_eq!((status, challenge), (500, None));
            assert!(body.contains(&format!("\"code\":{code}")), "{body}");
        }
    }
}
