//! Keys that a device keeps: a smart card, a USB key or a hardware security module, by PKCS#11.
//!
//! The device makes the signature, and the secret never enters this process. A *PKCS#11 token* is
//! such a device or one partition of it; it has nothing to do with an agent's token.
//!
//! ```no_run
//! use agentid_host::pkcs11::{KeyLocation, KeyName, Pkcs11Signer, TokenName};
//! use agentid_host::{AgentIdentity, TokenBuilder};
//!
//! let location = KeyLocation {
//!     module: "/usr/lib/softhsm/libsofthsm2.so".into(),
//!     token: TokenName::Label("agents".into()),
//!     key: KeyName::Label("research-bot".into()),
//! };
//! let signer = Pkcs11Signer::open(location, "the PIN")?;
//! let agent = AgentIdentity::new("research-bot", "phd-lab", &signer)?;
//! let token = TokenBuilder::new(&agent).scopes(["read:arxiv"]).build()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What a caller must know
//!
//! - A module is a program that runs in this process: name only one that you trust.
//! - A module stays loaded until the process ends, because a module may have threads of its own.
//! - A process logs in to a PKCS#11 token as a whole. While one key of it is open, the module does
//!   not look at the PIN of the next.
//! - A wrong PIN counts. A token locks itself after a few.
//! - The child of a fork must open the key anew; so must a process whose token was taken out.

mod error;
mod location;
mod point;
mod signer;
mod token;

pub use error::Pkcs11Error;
pub use location::{KeyLocation, KeyName, TokenName};
pub use signer::Pkcs11Signer;
