//! The gatekeeper on the host.

mod bundles;
mod debug;
mod keeper;
mod kit;
mod serve;
