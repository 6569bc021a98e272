//! One line per decision: code, who is calling, scope. The token is a bearer token and is never
//! logged.
//!
//! An agent is named only once its signature held; before that, a caller claims to be whom it
//! names. Of what comes from the line, only well-formed scopes and plain names without line breaks
//! are logged: nobody else writes lines of this log.
#![cfg_attr(not(feature = "defmt"), expect(unused_variables, reason = "only logged"))]

use agentid_nostd::{Admitted, Error};

use crate::code::LineError;

/// An admitted call.
pub(crate) fn admitted(admitted: &Admitted<'_>, scope: &str) {
    #[cfg(feature = "defmt")]
    defmt::info!(
        "admitted: code 0, {=str} of {=str}, {}, scope {=str}, calls left {}",
        printable_name(admitted.claims().name()),
        printable_name(admitted.claims().project()),
        admitted.claims().fingerprint(),
        printable(scope),
        admitted.calls_left()
    );
}

/// A refused call: with the agent if its signature held, or else with the key that the token
/// claims.
pub(crate) fn denied(error: Error, token: &[u8], scope: &str) {
    #[cfg(feature = "defmt")]
    call("denied", error.code(), error.implies_good_signature(), token, scope);
}

/// A call that the device does not offer or could not do; its code.
pub(crate) fn refused(error: LineError, token: &[u8], scope: &str) -> u8 {
    #[cfg(feature = "defmt")]
    // An action fails only after the call was admitted.
    call("refused", error.code(), error == LineError::ActionFailed, token, scope);
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

/// A token of the device that was shown, or could not be.
pub(crate) fn device_token(minted: Result<&[u8], Error>) {
    #[cfg(feature = "defmt")]
    match minted {
        Ok(_) => defmt::info!("device token shown"),
        Err(error) => defmt::warn!("device token refused: code {=u8}", error.code()),
    }
}

#[cfg(feature = "defmt")]
fn call(verdict: &str, code: u8, is_authenticated: bool, token: &[u8], scope: &str) {
    let scope = printable(scope);
    match agentid_nostd::Token::parse(token) {
        Ok(token) => {
            let fingerprint = agentid_nostd::Fingerprint::claimed_by(&token);
            if is_authenticated {
                let (name, project) = (printable_name(token.name()), printable_name(token.project()));
                defmt::warn!(
                    "{=str}: code {=u8}, {=str} of {=str}, {}, scope {=str}",
                    verdict,
                    code,
                    name,
                    project,
                    fingerprint,
                    scope
                );
            } else {
                defmt::warn!("{=str}: code {=u8}, claims to be {}, scope {=str}", verdict, code, fingerprint, scope);
            }
        }
        Err(_) => defmt::warn!("{=str}: code {=u8}, no token, scope {=str}", verdict, code, scope),
    }
}

/// The scope if it may stand in a log: short, graphic ASCII. A token put in its place by mistake is
/// longer.
pub(crate) fn printable(scope: &str) -> &str {
    if is_harmless(scope) && agentid_nostd::is_valid_scope(scope) { scope } else { NOT_SHOWN }
}

/// The name of an agent or a project, if no reader can take it for another part of the line.
#[cfg(feature = "defmt")]
fn printable_name(name: &str) -> &str {
    if is_harmless(name) && !name.contains(',') { name } else { NOT_SHOWN }
}

const NOT_SHOWN: &str = "(not shown)";

fn is_harmless(text: &str) -> bool {
    const LONGEST: usize = 64;
    text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_graphic())
}
