//! A gatekeeper for devices that take orders from agents: it checks the token before anything
//! moves.
//!
//! A request comes in over a line (`embedded_io`), a [`Gate`](agentid_nostd::Gate) decides, an
//! [`Action`] is done (a [`Switch`] sets an `embedded_hal` pin), a response goes out. Every
//! decision is the core's; this crate frames, translates and logs. The README of this folder
//! describes the protocol.
//!
//! Over a byte stream use [`serve`]. A transport that keeps messages whole, such as BLE or MQTT,
//! gives each to [`Gatekeeper::answer`]. An interrupt that fills a [`ByteQueue`] lets a board
//! listen while it checks a signature.
#![no_std]
#![forbid(unsafe_code)]

mod code;
mod device_token;
mod frame;
mod keeper;
mod log;
mod message;
mod ports;
#[cfg(target_has_atomic = "ptr")]
mod queue;
mod serve;

pub use code::LineError;
pub use device_token::{DeviceToken, TokenSource};
pub use frame::{FrameReader, MAX_RESPONSE_LEN, WriteError, write_frame};
pub use keeper::{Answer, Gatekeeper};
pub use message::{BadRequest, Request, Response};
pub use ports::{Action, ActionFailed, Entropy, Switch, TimeSource};
// The queue of `heapless` needs more than Cortex-M0 has.
#[cfg(target_has_atomic = "ptr")]
pub use queue::{ByteQueue, QueuedInput, Receiver};
pub use serve::{MAX_READ_ERRORS, serve};

/// The examples in the README are compiled like any other.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
