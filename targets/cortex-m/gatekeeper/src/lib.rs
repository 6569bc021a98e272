//! A gatekeeper for devices that take orders from agents: it checks the passport before anything moves.
//!
//! A request comes in over a line (`embedded_io`), a [`Gate`](agentid_nostd::Gate) decides, an [`Action`] is done
//! (a [`Switch`] sets an `embedded_hal` pin), a response goes out. Every decision is the core's; this crate frames,
//! translates and logs. The protocol stands in the README of this folder.
//!
//! Where messages come whole, over BLE or MQTT, give them to [`Gatekeeper::answer`]; over a byte stream use [`serve`].
#![no_std]
#![forbid(unsafe_code)]

mod code;
mod frame;
mod keeper;
mod log;
mod message;
mod passport;
mod ports;
mod serve;

pub use code::LineError;
pub use frame::{FrameReader, MAX_RESPONSE_LEN, WriteError, write_frame};
pub use keeper::{Answer, Gatekeeper};
pub use message::{Request, Response};
pub use passport::{Passport, PassportSource};
pub use ports::{Action, ActionFailed, Entropy, Switch, TimeSource};
pub use serve::serve;

/// The examples in the README are compiled like any other.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
