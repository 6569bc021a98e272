//! `cargo xtask miri`: the core under Miri, which sees undefined behaviour, also in the libraries
//! below it.

use anyhow::Result;

use crate::process::{both, nightly_cargo, stream, target_dir};
use crate::setup;

/// Unit tests, a sample of the vectors, the ledgers: `cfg(miri)` in the tests says what is left
/// out.
pub(crate) fn run() -> Result<()> {
    setup::nightly(&["miri", "rust-src"])?;
    let core = ["-p", "agentid-nostd", "-p", "agentid-ed25519", "-p", "agentid-hash", "--lib"];
    let others = ["-p", "agentid-tests", "--test", "vectors", "--test", "ledger"];
    // Its standard library, once: it takes one core, and so both run at the same time.
    stream(nightly_cargo().args(["miri", "setup"]))?;
    let run = |tests: &[&str]| {
        let mut miri = nightly_cargo();
        miri.args(["miri", "test", "--locked"]).args(tests);
        miri.env("CARGO_TARGET_DIR", target_dir().join("miri"));
        // What would be inline assembly, and what reads files and the clock.
        miri.env("RUSTFLAGS", "--cfg curve25519_dalek_backend=\"serial\"")
            .env("MIRIFLAGS", "-Zmiri-disable-isolation");
        stream(&mut miri)
    };
    both(|| run(&core), || run(&others))
}
