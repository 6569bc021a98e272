//! A trust file, read again and again by a thread for as long as its gate lives.
//!
//! The file is read as a whole and compared with the bytes in force. So it does not matter whether
//! it was written in place, renamed over, or reached by another symbolic link.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Weak;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::Inner;
use super::error::TrustError;
use crate::files::read_at_most;

/// The longest trust file that is read, in bytes: 64 MiB.
const MAX_LEN: u64 = 64 << 20;

pub(super) fn read(path: &Path) -> Result<Vec<u8>, TrustError> {
    read_at_most(path, MAX_LEN).map_err(|source| TrustError::Unreadable { path: path.into(), source })
}

/// Starts the thread. It ends as soon as the gate is gone, because the other end of the channel
/// goes with it.
pub(super) fn watch(
    gate: Weak<Inner>,
    path: PathBuf,
    interval: Duration,
    stopped: Receiver<()>,
) -> Result<(), io::Error> {
    let look_again = move || {
        while stopped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
            let Some(gate) = gate.upgrade() else { return };
            // A failure was logged, and stands in the status.
            let _ = gate.trust.reload(&path, &*gate.clock);
        }
    };
    thread::Builder::new().name("agentid-trust".into()).spawn(look_again).map(drop)
}
