//! SHA-256, SHA-512 (FIPS 180-4) and HKDF (RFC 5869).
//!
//! On a server the compression functions are those of `sha2`, which uses the instructions of the
//! processor. On a device and in WebAssembly they are our own, which are small without a setting of
//! the build. Blocks are assembled here for both. A hasher that is moved or cloned leaves copies on
//! the stack that are not wiped, and a small device has no stack to spare.

#[cfg(any(target_os = "none", target_family = "wasm", test))]
mod compact;
pub(crate) mod hkdf;
pub(crate) mod sha256;
#[cfg(any(feature = "backend-builtin", feature = "backend-dalek"))]
pub(crate) mod sha512;

#[cfg(any(target_os = "none", target_family = "wasm"))]
use compact as compression;
#[cfg(not(any(target_os = "none", target_family = "wasm")))]
use sha2::block_api as compression;
