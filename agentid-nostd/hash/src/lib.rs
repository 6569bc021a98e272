//! SHA-256, SHA-512 (FIPS 180-4) and HKDF (RFC 5869).
//!
//! On a server the compression functions are those of `sha2`, which uses the instructions of the
//! processor. On a device and in WebAssembly they are our own, which are small without a setting of
//! the build. Blocks are assembled here for both. A hasher that is moved or cloned leaves copies on
//! the stack that are not wiped, and a small device has no stack to spare.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(any(target_os = "none", target_family = "wasm", test))]
mod compact;
mod hkdf;
mod sha256;
mod sha512;

#[cfg(any(target_os = "none", target_family = "wasm"))]
use compact as compression;
#[cfg(not(any(target_os = "none", target_family = "wasm")))]
use sha2::block_api as compression;

pub use hkdf::hkdf;
pub use sha256::sha256;
pub use sha512::sha512;
