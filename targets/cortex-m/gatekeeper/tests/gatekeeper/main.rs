//! The gatekeeper on the host.

mod debug;
mod keeper;
mod kit;
mod serve;
