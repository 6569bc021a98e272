//! Inputs of the image that are written before it is compiled: the chip's memory, the board's trust
//! set, its name and secret.
//!
//! The build fails unless it is given keys. An image with keys that everybody knows is only built
//! with the feature `public-demo-keys`.

#[allow(dead_code, reason = "the emulated boards also have a token, for measurements")]
#[path = "../../images/build/example.rs"]
mod example;

use std::path::{Path, PathBuf};
use std::{env, fs, process};

use agentid_nostd::{Clock, PublicKey, Signer, TrustAnchor, TrustBundle};

/// The files that a product is built from.
const AUTHORITY: &str = "AGENTID_AUTHORITY";
const BUNDLE: &str = "AGENTID_BUNDLE";
const SECRET: &str = "AGENTID_DEVICE_SECRET";

/// The name and the project of the board in its token.
const NAME: &str = "nrf52840-dk";
const DEMO_NAME: &str = "nrf52840-dk-public-demo-keys";
/// As public as the demo's other keys.
const DEMO_SECRET: [u8; 32] = *b"public secret of the demo device";

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    match provisioned() {
        Ok(provisioned) => provisioned.write(&out.join("provisioned.rs")),
        Err(reason) => {
            println!("cargo::error={reason}");
            process::exit(1);
        }
    }
    fs::write(out.join("memory.x"), include_str!("memory.x")).expect("OUT_DIR can be written");
    println!("cargo::rustc-link-search={}", out.display());
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
}

/// The values that are built into the image.
struct Provisioned {
    name: &'static str,
    authority: [u8; 32],
    bundle: Vec<u8>,
    secret: [u8; 32],
}

/// From files or from the demo, never from both.
fn provisioned() -> Result<Provisioned, String> {
    let files = [AUTHORITY, BUNDLE, SECRET].map(|variable| {
        println!("cargo::rerun-if-env-changed={variable}");
        env::var_os(variable).map(PathBuf::from)
    });
    let is_demo = env::var_os("CARGO_FEATURE_PUBLIC_DEMO_KEYS").is_some();
    match files {
        [None, None, None] if is_demo => {
            println!("cargo::warning=this image has public demo keys: everybody can command it");
            Ok(demo())
        }
        _ if is_demo => Err(format!(
            "the feature public-demo-keys builds in keys that everybody knows, and {AUTHORITY}, {BUNDLE} or {SECRET} \
             names other ones: use either the feature or the files"
        )),
        [Some(authority), Some(bundle), Some(secret)] => from_files(&authority, &bundle, &secret),
        _ => Err(format!(
            "nothing says whom this board trusts: set {AUTHORITY} (32 bytes, the authority's public key), {BUNDLE} (the \
             trust bundle) and {SECRET} (32 random bytes) to the paths of files; for a first try use the feature \
             public-demo-keys, whose keys everybody knows"
        )),
    }
}

fn demo() -> Provisioned {
    let authority = *example::authority().public_key().as_bytes();
    Provisioned { name: DEMO_NAME, authority, bundle: example::bundle(), secret: DEMO_SECRET }
}

/// A bundle that the board could not open would leave it without an answer, so it is opened here
/// first.
fn from_files(authority: &Path, bundle: &Path, secret: &Path) -> Result<Provisioned, String> {
    let [authority, secret] = [(AUTHORITY, authority), (SECRET, secret)].map(|(variable, path)| {
        let bytes = read(variable, path)?;
        <[u8; 32]>::try_from(bytes).map_err(|bytes| format!("{variable}: the file has {} bytes, not 32", bytes.len()))
    });
    let (authority, bundle, secret) = (authority?, read(BUNDLE, bundle)?, secret?);
    if authority == *example::authority().public_key().as_bytes() {
        return Err(format!("{AUTHORITY}: this is the key of the demo, whose secret everybody knows"));
    }
    if secret == DEMO_SECRET || secret.iter().all(|byte| *byte == secret[0]) {
        return Err(format!("{SECRET}: these are not 32 random bytes"));
    }
    let key = PublicKey::from_bytes(&authority).map_err(|error| format!("{AUTHORITY}: {error}"))?;
    if let Err(error) = TrustBundle::open(&bundle, &TrustAnchor::new(key), Clock::Unknown) {
        return Err(format!("{BUNDLE}: {error}"));
    }
    Ok(Provisioned { name: NAME, authority, bundle, secret })
}

fn read(variable: &str, path: &Path) -> Result<Vec<u8>, String> {
    println!("cargo::rerun-if-changed={}", path.display());
    fs::read(path).map_err(|error| format!("{variable}: {}: {error}", path.display()))
}

impl Provisioned {
    fn write(&self, file: &Path) {
        let Self { name, authority, bundle, secret } = self;
        let source = format!(
            "pub(crate) const NAME: &str = {name:?};\n\
             pub(crate) static AUTHORITY: [u8; 32] = {authority:?};\n\
             pub(crate) static BUNDLE: [u8; {}] = {bundle:?};\n\
             pub(crate) static SECRET: [u8; 32] = {secret:?};\n",
            bundle.len()
        );
        fs::write(file, source).expect("OUT_DIR can be written");
    }
}
