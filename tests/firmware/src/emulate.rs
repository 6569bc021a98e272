//! A device for whoever has no board: the gatekeeper in QEMU, with trust of one's own.

use std::fs::{self, File};
use std::process::{Child, Command, Stdio};

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

/// An emulated device; it is switched off when dropped.
#[derive(Debug)]
pub struct Emulated {
    qemu: Child,
    flash: TempDir,
}

impl Emulated {
    /// Switches a device on, with this authority and bundle in its flash. `serial` says where its line
    /// is, as QEMU's option `-serial` takes it.
    ///
    /// # Errors
    /// If the bundle is refused, if the image does not build, or if QEMU is missing.
    pub fn start(authority: &[u8; 32], bundle: &[u8], serial: &str) -> Result<Self> {
        let key = PublicKey::from_bytes(authority).context("the authority's key")?;
        ensure!(bundle.len() <= LONGEST_BUNDLE, "the bundle has {} bytes, the device room for 1,535", bundle.len());
        // The device would say no more than that it ends.
        let (anchor, clock) = (TrustAnchor::new(key), Clock::Known(unix_now()));
        if let Err(error) = TrustBundle::open(bundle, &anchor, clock) {
            bail!("the bundle: {}", TrustBundle::explain(bundle, &anchor, clock, error));
        }
        let image = BOARD.build("device")?;
        let flash = TempDir::new()?;
        fs::write(flash.path().join("authority"), authority)?;
        fs::write(flash.path().join("bundle"), bundle)?;
        write_clock(flash.path(), clock)?;
        let said = File::create(flash.path().join("said"))?;
        // It ends with this program, however that ends.
        let emulator = BOARD.emulator(&image);
        let mut qemu = Command::new("setpriv");
        qemu.args(["--pdeathsig", "KILL"]).arg(emulator.get_program()).args(emulator.get_args()).stdin(Stdio::null());
        qemu.current_dir(flash.path()).args(["-monitor", "none", "-serial", serial]);
        let qemu = qemu.stdout(said.try_clone()?).stderr(said).spawn().context(NO_QEMU)?;
        Ok(Self { qemu, flash })
    }

    /// Sets the clock of the device.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn set_clock(&self, clock: Clock) -> Result<()> {
        write_clock(self.flash.path(), clock)
    }

    /// Returns an error if the device has ended.
    ///
    /// # Errors
    /// That.
    pub fn check(&mut self) -> Result<()> {
        match self.qemu.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("the device has ended, {status}: {}", self.said()?),
        }
    }

    fn said(&self) -> Result<String> {
        Ok(String::from_utf8_lossy(&fs::read(self.flash.path().join("said"))?).into_owned())
    }
}

impl Drop for Emulated {
    fn drop(&mut self) {
        // It may have ended by itself; there is nobody left to tell otherwise.
        let _ = self.qemu.kill();
        let _ = self.qemu.wait();
    }
}
