//! AgentID for programs with an operating system. Every decision about a token is made in
//! `agentid-nostd`; this crate adds what only a system has: its clock, threads, files.
//!
//! ```
//! use agentid_host::{AgentIdentity, TokenBuilder, verify_token};
//!
//! let seed = [7; 32]; // 32 random bytes, kept in a vault
//! let identity = AgentIdentity::derive("research-bot", "phd-lab", Some(&seed))?;
//! let token = TokenBuilder::new(&identity).scopes(["read:arxiv", "write:notes"]).ttl_seconds(900).max_calls(100).build()?;
//! let claims = verify_token(&token, &identity.public_key())?;
//! assert!(claims.permits("read:arxiv"));
//! # Ok::<(), agentid_host::Error>(())
//! ```
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `gate` | `SharedGate`: a gate that threads share, over a signed trust bundle in a file or in memory |
//! | `http` | `GateLayer`: the gate as a layer of `tower`; `Refusal`, the answer to a refused call; with `gate` |
//! | `axum` | `Caller` as an argument of handlers; with `http` |
//! | `device` | `device`: a device that takes orders, over a serial port or a socket |
//! | `pkcs11` | `pkcs11`: keys that a device keeps and signs with |
//! | `trust-list` | `trust_list`: the list of trusted agents as a file, and signed bundles from it |
//! | `vault` | `Vault`: keys in files, encrypted under a password |
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod clock;
#[cfg(feature = "device")]
#[cfg_attr(docsrs, doc(cfg(feature = "device")))]
pub mod device;
#[cfg(any(feature = "gate", feature = "trust-list", feature = "vault"))]
mod files;
#[cfg(feature = "gate")]
mod gate;
#[cfg(feature = "http")]
mod http_layer;
mod mint;
#[cfg(feature = "pkcs11")]
#[cfg_attr(docsrs, doc(cfg(feature = "pkcs11")))]
pub mod pkcs11;
mod remembered;
#[cfg(feature = "trust-list")]
#[cfg_attr(docsrs, doc(cfg(feature = "trust-list")))]
pub mod trust_list;
#[cfg(feature = "vault")]
mod vault;

pub use agentid_nostd::{
    AgentIdentity, Call, Claims, Clock, Error, ErrorClass, Fingerprint, OwnedClaims, Policy, PublicKey, Signer,
    SigningKey, TrustedIssuer, Verifier,
};
#[cfg(feature = "gate")]
pub use agentid_nostd::{Counting, Ledger, Since, TimePolicy};
pub use clock::system_clock;
#[cfg(any(feature = "gate", feature = "trust-list", feature = "vault"))]
pub use files::{create_atomically, read_at_most, write_atomically};
#[cfg(feature = "gate")]
pub use gate::{Admission, GateBuilder, GateError, SharedGate, TrustError, TrustFailure, TrustStatus};
#[cfg(feature = "http")]
pub use http_layer::{Caller, GateLayer, GateService, Refusal};
pub use mint::TokenBuilder;
pub use remembered::Remembered;
#[cfg(feature = "vault")]
pub use vault::{KeyId, UnlockedKey, Vault, VaultEntry, VaultError, VaultListing};

/// Verifies a token of one issuer at the system's time. It says who signed it and what it asks for.
/// It does not count uses and knows no revocation: a [`Verifier`] has a policy, and a gate decides.
///
/// # Errors
/// The code of the refusal; [`Error::TimeUncertain`] if the system's clock is not set.
pub fn verify_token<'t>(token: &'t [u8], issuer: &PublicKey) -> Result<Claims<'t>, Error> {
    agentid_nostd::verify_token(token, issuer, system_clock())
}

/// The example in the README is compiled and run like any other.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
