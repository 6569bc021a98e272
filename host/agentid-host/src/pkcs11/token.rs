//! A session with a PKCS#11 token.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Function, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;

use super::error::Pkcs11Error;
use super::location::TokenName;

/// What a session may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// It uses keys.
    Read,
    /// It makes and removes keys as well.
    Write,
}

/// Opens a session of the user with a token.
pub(super) fn log_in(module: &Path, token: &TokenName, pin: &str, access: Access) -> Result<Session, Pkcs11Error> {
    if pin.is_empty() {
        return Err(Pkcs11Error::EmptyPin);
    }
    let module = loaded(module)?;
    let slot = find(&module, token)?;
    let session = match access {
        Access::Read => module.open_ro_session(slot)?,
        Access::Write => module.open_rw_session(slot)?,
    };
    // This copy is wiped when it is dropped.
    match session.login(UserType::User, Some(&AuthPin::new(pin.into()))) {
        // The process has logged in by another session, and all of them share that.
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(session),
        Err(error) => Err(error.into()),
    }
}

/// Returns a module, which is loaded once and never unloaded.
fn loaded(path: &Path) -> Result<Pkcs11, Pkcs11Error> {
    static MODULES: Mutex<BTreeMap<PathBuf, Pkcs11>> = Mutex::new(BTreeMap::new());
    let not_loaded = |source| Pkcs11Error::ModuleNotLoaded { path: path.to_owned(), source };
    // A whole path: the loader would look for a bare name in folders that nobody has named.
    let whole = path.canonicalize().map_err(|error| not_loaded(error.into()))?;
    let mut modules = MODULES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(module) = modules.get(&whole) {
        return Ok(module.clone());
    }
    let module = Pkcs11::new(&whole).map_err(|error| not_loaded(error.into()))?;
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        // Another part of the program uses the module as well.
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, Function::Initialize)) => {}
        Err(error) => return Err(not_loaded(error.into())),
    }
    Ok(modules.entry(whole).or_insert(module).clone())
}

/// Finds the one token of this name.
fn find(module: &Pkcs11, token: &TokenName) -> Result<Slot, Pkcs11Error> {
    let mut found = Vec::new();
    for slot in module.get_slots_with_token()? {
        match module.get_token_info(slot) {
            Ok(info) if is_named(&info, token) => found.push(slot),
            // It was taken out meanwhile, or is none.
            Ok(_) | Err(Error::Pkcs11(RvError::TokenNotPresent | RvError::TokenNotRecognized, _)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    match found[..] {
        [slot] => Ok(slot),
        [] => Err(Pkcs11Error::UnknownToken(token.clone())),
        _ => Err(Pkcs11Error::SeveralTokens { token: token.clone(), count: found.len() }),
    }
}

/// The blanks that fill up labels and serial numbers are gone already.
fn is_named(info: &TokenInfo, token: &TokenName) -> bool {
    info.token_initialized()
        && match token {
            TokenName::Label(label) => info.label() == label,
            TokenName::Serial(serial) => info.serial_number() == serial,
        }
}
