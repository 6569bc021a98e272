//! One log line for each decision. No line has a token, a signature or the query of a request.

use agentid_nostd::{Error, Explanation, Fingerprint, Token};
use http::request::Parts;

use super::Refusal;
use crate::gate::Admission;

pub(super) fn admitted(admission: &Admission, scopes: &[&str], parts: &Parts) {
    let claims = admission.claims();
    tracing::info!(
        target: "agentid",
        code = 0,
        name = "admitted",
        agent = claims.name(),
        project = claims.project(),
        fingerprint = claims.fingerprint().as_str(),
        token_id = format_args!("{:016x}", claims.token_id()),
        calls_left = admission.calls_left(),
        scopes = ?scopes,
        method = parts.method.as_str(),
        path = parts.uri.path(),
        "admitted"
    );
}

/// A call that was refused because of its token, or because it has none.
pub(super) fn refused(error: Error, token: &[u8], why: impl FnOnce() -> Explanation, scopes: &[&str], parts: &Parts) {
    // A flood of refused calls costs no hash for lines that are not written.
    if !tracing::enabled!(target: "agentid", tracing::Level::WARN) {
        return;
    }
    let why = why();
    let token = Token::parse(token).ok();
    // A stranger can write a token that names any agent and any key.
    let (signed, claimed) = if error.implies_good_signature() { (token, None) } else { (None, token) };
    let fingerprint = signed.as_ref().map(Fingerprint::claimed_by);
    let claimed = claimed.as_ref().map(Fingerprint::claimed_by);
    macro_rules! line {
        ($level:expr) => {
            tracing::event!(
                target: "agentid",
                $level,
                code = error.code(),
                name = error.name(),
                agent = signed.as_ref().map(|token| token.name()),
                project = signed.as_ref().map(|token| token.project()),
                fingerprint = fingerprint.as_ref().map(Fingerprint::as_str),
                claimed_fingerprint = claimed.as_ref().map(Fingerprint::as_str),
                token_id = signed.as_ref().map(|token| tracing::field::display(Hex(token.token_id()))),
                scopes = ?scopes,
                method = parts.method.as_str(),
                path = parts.uri.path(),
                "refused: {why}"
            )
        };
    }
    // The caller is the cause of the first kind, and the service of the second.
    if error.class().http_status() < 500 {
        line!(tracing::Level::INFO);
    } else {
        line!(tracing::Level::WARN);
    }
}

/// A call of a route that is set up wrongly.
pub(super) fn route_without_scopes(parts: &Parts) {
    set_up_wrongly(Refusal::ROUTE_WITHOUT_SCOPES, parts);
}

/// A call that reached a handler without a decision.
#[cfg(feature = "axum")]
pub(super) fn undecided(parts: &Parts) {
    set_up_wrongly(Refusal::NO_LAYER, parts);
}

fn set_up_wrongly(refusal: Refusal, parts: &Parts) {
    tracing::warn!(
        target: "agentid",
        code = refusal.code(),
        name = refusal.name(),
        method = parts.method.as_str(),
        path = parts.uri.path(),
        "refused: the route is set up wrongly"
    );
}

/// A token id as 16 hexadecimal digits.
struct Hex(u64);

impl std::fmt::Display for Hex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
