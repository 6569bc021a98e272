//! The emulated boards, seen from the host: QEMU started with an image, and the serial line to it.

mod answers;
mod board;
pub mod budgets;
mod command;
mod device;
mod emulate;
pub mod figures;
mod line;
mod log;
mod mirror;
pub mod scene;
mod snippet;

/// The vectors that need more memory than a small device has; `tests/vectors/README.md` says so.
pub const NO_ROOM: &str = "long.txt";

pub use agentid_host::device::framed;
pub use answers::answer;
pub use board::{Board, Curve, PROVISIONED, cargo_in, nrf52840_dk, nrf52840_dk_from, target_folder, workspace};
pub use command::agentid;
pub use device::Device;
pub use emulate::Emulated;
pub use line::{Line, bundle_request, call_request, token_request};
pub use mirror::Mirror;
pub use snippet::{Profile, Snippet};
