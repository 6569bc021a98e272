//! A device for whoever has no board: the gatekeeper in QEMU, its serial line on a socket.

use std::fs;
use std::path::Path;
use std::process::Child;
use std::time::Duration;

use agentid_nostd::{Clock, PublicKey, TrustAnchor, TrustBundle};
use agentid_test_kit::clock::unix_now;
use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use crate::board::{Board, NO_QEMU};
use crate::device::write_clock;

/// A Cortex-M4F.
const BOARD: Board = Board::ALL[2];
/// The longest bundle that fits the page of the image, in bytes.
const LONGEST_BUNDLE: usize = 1_535;

/// Emulates the device until it ends or this program is stopped. `address` is `HOST:PORT`.
///
/// # Errors
/// If the bundle is refused, if the image does not build, or if the device ends.
pub fn emulate(authority: &[u8; 32], bundle: &Path, address: &str) -> Result<()> {
    let bytes = fs::read(bundle).with_context(|| bundle.display().to_string())?;
    let key = PublicKey::from_bytes(authority).context("the authority's key")?;
    ensure!(bytes.len() <= LONGEST_BUNDLE, "the bundle has {} bytes, and the device room for 1,535", bytes.len());
    // The device would say no more than that it ends.
    let (anchor, clock) = (TrustAnchor::new(key), Clock::Known(unix_now()));
    if let Err(error) = TrustBundle::open(&bytes, &anchor, clock) {
        bail!("{}: {}", bundle.display(), TrustBundle::explain(&bytes, &anchor, clock, error));
    }
    let image = BOARD.build("device")?;
    let flash = TempDir::new()?;
    fs::write(flash.path().join("authority"), authority)?;
    fs::write(flash.path().join("bundle"), &bytes)?;
    write_clock(flash.path(), Clock::Known(unix_now()))?;
    let mut qemu = BOARD.emulator(&image);
    qemu.current_dir(flash.path()).args([
        "-monitor",
        "none",
        "-serial",
        &format!("tcp:{address},server=on,wait=off"),
    ]);
    let mut qemu = Switched(qemu.stdout(std::process::Stdio::null()).spawn().context(NO_QEMU)?);
    println!("a Cortex-M4F with the gatekeeper: its serial line is {address}");
    loop {
        std::thread::sleep(Duration::from_millis(200));
        write_clock(flash.path(), Clock::Known(unix_now()))?;
        if let Some(status) = qemu.0.try_wait()? {
            bail!("the device has ended: {status}");
        }
    }
}

/// Switched off when dropped.
struct Switched(Child);

impl Drop for Switched {
    fn drop(&mut self) {
        // It may have ended by itself; there is nobody left to tell otherwise.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
