//! Why a verb has no result: what is wrong and why, and what to do next.

use std::io::{self, Write};

use agentid_host::VaultError;
use agentid_host::device::DeviceError;
use agentid_host::trust_list::TrustListError;
use serde_json::json;

use crate::answer::shown;

/// A verdict refuses the token or the bundle. This is a result, not a failure.
pub(crate) const REFUSED: u8 = 1;
/// The command line is wrong; `clap` uses the same number.
pub(crate) const USAGE: u8 = 2;
/// An input is wrong: a key, a file, a password.
pub(crate) const INPUT: u8 = 3;
/// The system refused: a file cannot be read or written. Or a device gave no answer.
pub(crate) const SYSTEM: u8 = 4;

#[derive(Debug)]
pub(crate) struct Failure {
    /// Stable, in kebab-case.
    pub(crate) name: &'static str,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    pub(crate) exit_code: u8,
}

impl Failure {
    pub(crate) fn new(exit_code: u8, name: &'static str, message: impl Into<String>) -> Self {
        Self { name, message: message.into(), hint: None, exit_code }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The system's refusal to do something with a file.
    pub(crate) fn file(path: &std::path::Path, done: &str, error: &io::Error) -> Self {
        Self::new(SYSTEM, "system", format!("{} cannot be {done}: {error}", path.display()))
    }

    /// Prints to standard error. That the reader has gone is no further failure.
    pub(crate) fn print(&self, as_json: bool) {
        let mut err = io::stderr().lock();
        let _ = if as_json {
            let Self { name, message, hint, .. } = self;
            writeln!(err, "{}", json!({ "error": { "name": name, "message": message, "hint": hint } }))
        } else {
            // A message can have text of others in it.
            let lines = |text: &str| text.split('\n').map(shown).collect::<Vec<_>>().join("\n");
            let hint = self.hint.as_ref().map(|hint| format!("\nhint: {}", lines(hint))).unwrap_or_default();
            writeln!(err, "error: {} [{}]{hint}", lines(&self.message), self.name)
        };
    }
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        let exit_code = if matches!(error, VaultError::System { .. }) { SYSTEM } else { INPUT };
        Self { name: error.name(), message: error.to_string(), hint: error.hint(), exit_code }
    }
}

impl From<agentid_nostd::Error> for Failure {
    fn from(error: agentid_nostd::Error) -> Self {
        Self::new(INPUT, error.name(), error.message())
    }
}

impl From<DeviceError> for Failure {
    fn from(error: DeviceError) -> Self {
        let exit_code = if matches!(error, DeviceError::TooLong { .. }) { INPUT } else { SYSTEM };
        let hint = crate::device::hint(&error).map(str::to_owned);
        Self { name: error.name(), message: error.to_string(), hint, exit_code }
    }
}

impl From<TrustListError> for Failure {
    fn from(error: TrustListError) -> Self {
        let exit_code = if matches!(error, TrustListError::Read { .. }) { SYSTEM } else { INPUT };
        Self::new(exit_code, error.name(), error.to_string())
    }
}

#[cfg(feature = "pkcs11")]
impl From<agentid_host::pkcs11::Pkcs11Error> for Failure {
    fn from(error: agentid_host::pkcs11::Pkcs11Error) -> Self {
        use agentid_host::pkcs11::Pkcs11Error::{Module, ModuleNotLoaded};

        let exit_code = if matches!(error, Module { .. } | ModuleNotLoaded { .. }) { SYSTEM } else { INPUT };
        let failure = Self::new(exit_code, error.name(), error.to_string());
        error.hint().into_iter().fold(failure, Self::hint)
    }
}
