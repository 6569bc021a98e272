//! The emulated boards, seen from the host: QEMU started with an image, and the serial line to it.

mod board;
mod device;
mod line;
mod mirror;
pub mod scene;

pub use board::{Board, workspace};
pub use device::Device;
pub use line::{Line, Response, bundle_request, call_request, framed, passport_request};
pub use mirror::Mirror;
