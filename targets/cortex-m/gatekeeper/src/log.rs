//! One line per decision: code, fingerprint, scope. The token is a bearer token and is never logged.

use agentid_nostd::Error;

use crate::code::LineError;

/// An admitted call.
#[cfg_attr(not(feature = "defmt"), expect(unused_variables, reason = "only logged"))]
pub(crate) fn admitted(admitted: &agentid_nostd::Admitted<'_>, scope: &str) {
    #[cfg(feature = "defmt")]
    defmt::info!(
        "admitted: code 0, {}, scope {=str}, calls left {}",
        admitted.claims().fingerprint(),
        scope,
        admitted.calls_left()
    );
}

/// A refused call, with the key that the token claims, which nobody has verified.
#[cfg_attr(not(feature = "defmt"), expect(unused_variables, reason = "only logged"))]
pub(crate) fn denied(error: Error, token: &[u8], scope: &str) {
    #[cfg(feature = "defmt")]
    match agentid_nostd::Token::parse(token) {
        Ok(token) => {
            let claimed = agentid_nostd::Fingerprint::claimed_by(&token);
            defmt::warn!("denied: code {=u8}, claims to be {}, scope {=str}", error.code(), claimed, scope);
        }
        Err(_) => defmt::warn!("denied: code {=u8}, no token, scope {=str}", error.code(), scope),
    }
}

/// A request that never reached the gate, or an action that failed; its code.
pub(crate) fn refused(error: LineError) -> u8 {
    #[cfg(feature = "defmt")]
    defmt::warn!("refused: code {=u8}, {}", error.code(), error);
    error.code()
}

/// A bundle that was put in place, or refused.
#[cfg_attr(not(feature = "defmt"), expect(unused_variables, reason = "only logged"))]
pub(crate) fn bundle(outcome: Result<u64, Error>) {
    #[cfg(feature = "defmt")]
    match outcome {
        Ok(epoch) => defmt::info!("trust bundle of epoch {=u64} in force", epoch),
        Err(error) => defmt::warn!("trust bundle refused: code {=u8}", error.code()),
    }
}
