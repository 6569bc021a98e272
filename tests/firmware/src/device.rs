//! One running board: QEMU with the serial line on a socket, a clock that the test sets, and the
//! log.

use std::fs::{self, File};
use std::io::{BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use agentid_nostd::Clock;
use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::board::{Board, NO_QEMU};
use crate::line::Line;
use crate::log;

/// How long a board may take for anything. It only bounds how long a failing test hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How long a board takes to be ready for its line, mostly.
const BOOT: Duration = Duration::from_millis(30);
/// What the monitor writes when it has done what it was asked.
const PROMPT: &[u8] = b"(qemu) ";

/// A board that runs; it is switched off when dropped.
#[derive(Debug)]
pub struct Device {
    qemu: Child,
    image: PathBuf,
    folder: TempDir,
    monitor: UnixStream,
}

impl Device {
    /// Builds the image and switches the board on, at this time.
    ///
    /// # Errors
    /// If the image does not build, QEMU is missing, or a socket cannot be opened.
    pub fn start(board: Board, image: &str, clock: Clock) -> Result<(Self, Line)> {
        // QEMU waits for the line, so that nothing that the board says gets lost; the monitor opens after
        // it.
        let line = |folder: &Path, qemu: &mut Child| connect(&folder.join("line"), qemu);
        let (device, line) = Self::switch_on(board, image, clock, "unix:line,server=on,wait=on", line)?;
        Ok((device, Line::new(line)?))
    }

    /// The same with a line of this kind, as QEMU names it, that other programs open and close.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_with(board: Board, image: &str, clock: Clock, line: &str) -> Result<Self> {
        Self::switch_on(board, image, clock, line, |_, _| Ok(())).map(|(device, ())| device)
    }

    fn switch_on<L>(
        board: Board,
        image: &str,
        clock: Clock,
        line: &str,
        open: impl FnOnce(&Path, &mut Child) -> Result<L>,
    ) -> Result<(Self, L)> {
        let image = board.build(image)?;
        let folder = TempDir::new()?;
        write_clock(folder.path(), clock)?;
        let log = File::create(folder.path().join("log"))?;
        let mut qemu = board.emulator(&image);
        qemu.current_dir(folder.path())
            .args(["-serial", line, "-monitor", "unix:monitor,server=on,wait=off"])
            .stdout(log)
            .stderr(File::create(folder.path().join("errors"))?);
        let mut qemu = qemu.spawn().context(NO_QEMU)?;
        let line = open(folder.path(), &mut qemu)?;
        let monitor = connect(&folder.path().join("monitor"), &mut qemu)?;
        let mut device = Self { qemu, image, folder, monitor };
        device.await_prompt()?;
        device.await_boot()?;
        Ok((device, line))
    }

    /// Where QEMU says that the line is, such as `pty:/dev/pts/3`.
    ///
    /// # Errors
    /// If QEMU is gone, or has no line.
    pub fn line(&mut self) -> Result<String> {
        let ports = self.order("info chardev")?;
        let line = ports.lines().find_map(|port| port.trim().strip_prefix("serial0: filename="));
        Ok(line.with_context(|| ports.clone())?.to_owned())
    }

    /// The folder where QEMU runs: the paths of its sockets begin there.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Sets the board's clock.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn set_clock(&self, clock: Clock) -> Result<()> {
        write_clock(self.folder.path(), clock)
    }

    /// Presses the reset button.
    ///
    /// # Errors
    /// Where QEMU is gone.
    pub fn reset(&mut self) -> Result<()> {
        self.order("system_reset")?;
        self.await_boot()
    }

    /// QEMU forgets a line that the board is not ready for, and looks again once a second, or after
    /// whatever else has happened: then something has to.
    fn await_boot(&mut self) -> Result<()> {
        std::thread::sleep(BOOT);
        self.order("").map(drop)
    }

    /// Has the monitor do something, waits until it is done, and returns what it wrote.
    fn order(&mut self, order: &str) -> Result<String> {
        self.monitor.write_all(format!("{order}\n").as_bytes())?;
        self.await_prompt()
    }

    fn await_prompt(&mut self) -> Result<String> {
        let mut seen = Vec::new();
        for byte in BufReader::with_capacity(1, &self.monitor).bytes() {
            seen.push(byte?);
            if seen.ends_with(PROMPT) {
                return Ok(String::from_utf8_lossy(&seen).into_owned());
            }
        }
        bail!("the monitor is gone")
    }

    /// Whether the board still runs: it ends by a panic or a fault only.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn is_running(&mut self) -> Result<bool> {
        Ok(self.qemu.try_wait()?.is_none())
    }

    /// What was logged so far: as bytes, and as decoded lines.
    ///
    /// # Errors
    /// Where the log is not what defmt writes.
    pub fn log(&self) -> Result<(Vec<u8>, Vec<String>)> {
        let raw = fs::read(self.folder.path().join("log"))?;
        let lines = log::decoded(&self.image, &raw)?;
        Ok((raw, lines))
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        // It may have ended by itself; there is nobody left to tell otherwise.
        let _ = self.qemu.kill();
        let _ = self.qemu.wait();
    }
}

/// The board reads it anew for every request, so it is put in place at once.
pub(crate) fn write_clock(folder: &Path, clock: Clock) -> Result<()> {
    let text = match clock {
        Clock::Known(time) => format!("known:{time}"),
        Clock::AtLeast(time) => format!("at-least:{time}"),
        Clock::Unknown => "unknown".into(),
    };
    let next = folder.join("clock.next");
    fs::write(&next, text)?;
    Ok(fs::rename(next, folder.join("clock"))?)
}

fn connect(socket: &Path, qemu: &mut Child) -> Result<UnixStream> {
    let started = Instant::now();
    loop {
        if let Ok(stream) = UnixStream::connect(socket) {
            stream.set_read_timeout(Some(PATIENCE))?;
            return Ok(stream);
        }
        if let Some(status) = qemu.try_wait()? {
            bail!("QEMU ended: {status}");
        }
        if started.elapsed() > PATIENCE {
            bail!("QEMU does not open {}", socket.display());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
