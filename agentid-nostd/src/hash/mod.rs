//! SHA-256, SHA-512 (FIPS 180-4) and HKDF (RFC 5869).
//!
//! On a server the compression functions are those of `sha2`, which knows the instructions of
//! processors. On a device and in WebAssembly they are our own, which need no setting by whoever
//! builds the image to be small. Blocks are put together here for both: a hasher that is moved or
//! cloned leaves copies on the stack, of which a small device has none to spare, and which nobody
//! wipes.

#[cfg(any(target_os = "none", target_family = "wasm", test))]
mod compact;
pub(crate) mod hkdf;
pub(crate) mod sha256;
#[cfg(any(feature = "backend-edge", feature = "backend-dalek"))]
pub(crate) mod sha512;

#[cfg(any(target_os = "none", target_family = "wasm"))]
use compact as compression;
#[cfg(not(any(target_os = "none", target_family = "wasm")))]
use sha2::block_api as compression;
