//! Tokens of SoftHSM for tests, each program with a folder of its own.

use std::fs;
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use agentid_host::pkcs11::{KeyLocation, KeyName, Pkcs11Error, Pkcs11Signer, TokenName};
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::RvError;
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use tempfile::TempDir;

pub(crate) const PIN: &str = "a user's PIN";
pub(crate) const KEY: &str = "authority";
const MODULES: [&str; 3] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
];

/// The folder of all tokens of this program. SoftHSM is told of it before it is loaded.
pub(crate) static TOKENS: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let configuration = folder.path().join("softhsm2.conf");
    let tokens = folder.path().join("tokens");
    fs::create_dir(&tokens).expect("a folder");
    fs::write(&configuration, format!("directories.tokendir = {}\n", tokens.display())).expect("written");
    // SAFETY: every test of this program begins here, and only the module reads the environment
    // without the lock of the standard library.
    unsafe { std::env::set_var("SOFTHSM2_CONF", configuration) };
    folder
});

fn module() -> PathBuf {
    let module = MODULES.iter().map(PathBuf::from).find(|module| module.exists());
    module.expect("SoftHSM is installed: `cargo xtask test setup`")
}

/// The module, past the code under test.
pub(crate) fn softhsm() -> Pkcs11 {
    LazyLock::force(&TOKENS);
    let softhsm = Pkcs11::new(module()).expect("SoftHSM");
    match softhsm.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(cryptoki::error::Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => softhsm,
        Err(error) => panic!("{error}"),
    }
}

/// Lets one test run at a time: SoftHSM changes its list of slots without a lock of its own when a
/// token is made.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes a token of this label in the one slot that has none. SoftHSM offers the next one then.
pub(crate) fn new_token(label: &str) {
    let (softhsm, so) = (softhsm(), AuthPin::new("12345678".into()));
    let mut slots = softhsm.get_slots_with_token().expect("slots").into_iter();
    let slot = slots.find(|slot| !softhsm.get_token_info(*slot).expect("a token").token_initialized());
    let slot = slot.expect("a free slot");
    softhsm.init_token(slot, &so, label).expect("a token");
    let session = softhsm.open_rw_session(slot).expect("a session");
    session.login(UserType::So, Some(&so)).expect("its officer");
    session.init_pin(&AuthPin::new(PIN.into())).expect("a PIN");
}

pub(crate) fn location(token: &str, key: &str) -> KeyLocation {
    KeyLocation { module: module(), token: TokenName::Label(token.into()), key: KeyName::Label(key.into()) }
}

/// Makes a token with one key.
pub(crate) fn token_with_key(label: &str) -> Pkcs11Signer {
    new_token(label);
    Pkcs11Signer::generate(location(label, KEY), PIN).expect("a key")
}

pub(crate) fn open(token: &str) -> Result<Pkcs11Signer, Pkcs11Error> {
    Pkcs11Signer::open(location(token, KEY), PIN)
}

/// A session past the code under test, to put a token into every state.
pub(crate) fn session(token: &str) -> Session {
    let softhsm = softhsm();
    let mut slots = softhsm.get_slots_with_initialized_token().expect("slots").into_iter();
    let slot =
        slots.find(|slot| softhsm.get_token_info(*slot).expect("a token").label() == token).expect("the token");
    let session = softhsm.open_rw_session(slot).expect("a session");
    match session.login(UserType::User, Some(&AuthPin::new(PIN.into()))) {
        Ok(()) | Err(cryptoki::error::Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => session,
        Err(error) => panic!("{error}"),
    }
}
