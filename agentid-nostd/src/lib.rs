//! Parse, verify and mint AgentID tokens in constant memory: no `std`, no allocation, no `unsafe`.
//!
//! A token is a passport for one AI agent: who it is, what it may do, until when and how often, signed with
//! Ed25519 and checked offline. `SPEC.md` in the repository is the format and the order of the checks, byte by
//! byte; this crate is where every decision is made, and adapters only translate.
//!
//! ```
//! use agentid_nostd::{AgentIdentity, TokenBuilder, verify_token};
//!
//! let now = 1_790_000_000; // Unix seconds: the core reads no clock
//! let agent = AgentIdentity::derive("research-bot", "phd-lab", Some(b"32 random bytes, kept in a vault"))?;
//! let mut buf = [0; 256];
//! let token = TokenBuilder::new(&agent)
//!     .scopes(&["read:arxiv", "write:notes"])
//!     .issued_at(now)
//!     .token_id(0x5eed) // random, from your entropy source
//!     .mint_into(&mut buf)?;
//!
//! let claims = verify_token(token, &agent.public_key(), now)?;
//! assert!(claims.permits("read:arxiv"));
//! # Ok::<(), agentid_nostd::Error>(())
//! ```
#![no_std]
#![forbid(unsafe_code)]

mod acceptance;
mod admission;
#[cfg(any(not(target_os = "none"), test))]
mod automaton;
mod backend;
mod cache;
mod class;
mod clock;
#[cfg(feature = "backend-edge")]
mod ed25519;
mod error;
mod fingerprint;
mod gate;
mod hash;
mod identity;
mod layout;
mod mint;
#[cfg(feature = "backend-edge")]
mod pinned;
mod plain;
mod reader;
mod scope;
mod signature;
mod text;
mod token;
mod trust;
mod usage;
mod verify;
mod writer;

pub use admission::{Admitted, Checked, Denied};
#[cfg(feature = "backend-dalek")]
pub use backend::Dalek;
#[cfg(feature = "backend-edge")]
pub use backend::Edge;
pub use backend::{Backend, Compact};
pub use cache::VerifiedCache;
pub use class::Class;
pub use clock::{Clock, DEFAULT_CLOCK_SKEW_SECONDS, TimePolicy};
pub use error::Error;
pub use fingerprint::Fingerprint;
pub use gate::Gate;
pub use identity::AgentIdentity;
pub use layout::{MAX_TOKEN_LEN, MIN_TOKEN_LEN, token_len};
pub use mint::{DEFAULT_TTL_SECONDS, MAX_TTL_SECONDS, TokenBuilder};
#[cfg(feature = "backend-edge")]
pub use pinned::{Pinned, PinnedBase, PinnedKey, PinnedTable, PinnedWords};
pub use scope::{is_valid_scope, scope_covers};
pub use signature::PublicKey;
pub use text::{MAX_TEXT_LEN, authorization_text, decode_text, encode_text, text_len};
pub use token::{Scopes, Token};
pub use trust::TrustSource;
pub use trust::anchor::{BundleVersion, TrustAnchor};
pub use trust::bundle::TrustBundle;
pub use trust::bundle_builder::{AuthorityKey, TrustBundleBuilder};
pub use trust::issuer::{Ceiling, TrustedIssuer};
pub use trust::table::TrustTable;
pub use usage::{Counting, Demand, Ledger, LedgerSlot, ReplayFilter, Since, UsageLedger};
pub use verify::{Claims, DEFAULT_MAX_LIFETIME_SECONDS, DEFAULT_MAX_TOKEN_LEN, Verifier, verify_token};

/// The example in the README is compiled and run like any other.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
