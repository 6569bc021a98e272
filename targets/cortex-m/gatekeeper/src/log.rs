//! One line per decision: code, fingerprint, scope. The token is a bearer token and is never logged.
//!
//! What comes from the line is logged only if it is a well-formed scope without line breaks: nobody else writes lines of
//! this log.
#![cfg_attr(not(feature = "defmt"), expect(unused_variables, reason = "only logged"))]

use agentid_nostd::{Admitted, Error};

use crate::code::LineError;

/// An admitted call.
pub(crate) fn admitted(admitted: &Admitted<'_>, scope: &str) {
    #[cfg(feature = "defmt")]
    defmt::info!(
        "admitted: code 0, {}, scope {=str}, calls left {}",
        admitted.claims().fingerprint(),
        printable(scope),
        admitted.calls_left()
    );
}

/// A refused call, with the key that signed the token, or that it only claims.
pub(crate) fn denied(error: Error, token: &[u8], scope: &str) {
    #[cfg(feature = "defmt")]
    let by = if error.implies_good_signature() { "signed by" } else { "claims to be" };
    #[cfg(feature = "defmt")]
    call("denied", error.code(), by, token, scope);
}

/// A call that the device does not offer or could not do; its code.
pub(crate) fn refused(error: LineError, token: &[u8], scope: &str) -> u8 {
    #[cfg(feature = "defmt")]
    let by = if matches!(error, LineError::ActionFailed) { "signed by" } else { "claims to be" };
    #[cfg(feature = "defmt")]
    call("refused", error.code(), by, token, scope);
    error.code()
}

/// A frame or request that could not be read; its code.
pub(crate) fn bad_request(error: LineError) -> u8 {
    #[cfg(feature = "defmt")]
    defmt::warn!("refused: code {=u8}, {}", error.code(), error);
    error.code()
}

/// A bundle that was put in place, or refused.
pub(crate) fn bundle(outcome: Result<u64, Error>) {
    #[cfg(feature = "defmt")]
    match outcome {
        Ok(epoch) => defmt::info!("trust bundle of epoch {=u64} in force", epoch),
        Err(error) => defmt::warn!("trust bundle refused: code {=u8}", error.code()),
    }
}

/// The bundle in force, which came again.
pub(crate) fn bundle_again() {
    #[cfg(feature = "defmt")]
    defmt::info!("trust bundle is in force already");
}

/// A passport that was shown, or could not be.
pub(crate) fn passport(minted: Result<&[u8], Error>) {
    #[cfg(feature = "defmt")]
    match minted {
        Ok(_) => defmt::info!("passport shown"),
        Err(error) => defmt::warn!("passport refused: code {=u8}", error.code()),
    }
}

#[cfg(feature = "defmt")]
fn call(verdict: &str, code: u8, by: &str, token: &[u8], scope: &str) {
    let scope = printable(scope);
    match agentid_nostd::Token::parse(token) {
        Ok(token) => {
            let key = agentid_nostd::Fingerprint::claimed_by(&token);
            defmt::warn!("{=str}: code {=u8}, {=str} {}, scope {=str}", verdict, code, by, key, scope);
        }
        Err(_) => defmt::warn!("{=str}: code {=u8}, no token, scope {=str}", verdict, code, scope),
    }
}

/// The scope if it may stand in a log: short, graphic ASCII. A token put in its place by mistake is
/// longer.
pub(crate) fn printable(scope: &str) -> &str {
    const LONGEST: usize = 64;
    let harmless = scope.len() <= LONGEST && scope.bytes().all(|byte| byte.is_ascii_graphic());
    if harmless && agentid_nostd::is_valid_scope(scope) { scope } else { "(not shown)" }
}
