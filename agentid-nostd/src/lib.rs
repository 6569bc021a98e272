//! Parse, verify and mint AgentID tokens in constant memory: no `std`, no allocation, no `unsafe`.
//!
//! A token says which AI agent is calling, what it may do, until when and how often. It is signed
//! with Ed25519 and checked offline. `SPEC.md` in the repository is the format and the order of the
//! checks, byte by byte; this crate is where every decision is made, and adapters only translate.
//!
//! ```
//! use agentid_nostd::{AgentIdentity, Clock, TokenBuilder, verify_token};
//!
//! let now = 1_790_000_000; // Unix seconds: the core reads no clock
//! let agent = AgentIdentity::derive("research-bot", "phd-lab", Some(b"32 random bytes, kept in a vault"))?;
//! let mut buf = [0; 256];
//! let token_id = 0x5eed; // random, from your entropy source
//! let token = TokenBuilder::new(&agent, now, token_id).scopes(&["read:arxiv", "write:notes"]).mint_into(&mut buf)?;
//!
//! let claims = verify_token(token, &agent.public_key(), Clock::Known(now))?;
//! assert!(claims.permits("read:arxiv"));
//! # Ok::<(), agentid_nostd::Error>(())
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]
#![no_std]
#![forbid(unsafe_code)]

#[cfg(target_pointer_width = "16")]
compile_error!("agentid-nostd needs a `usize` of 32 bits or more: a token can be longer than 65,535 bytes");

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod admission;
#[cfg(any(not(target_os = "none"), test))]
mod automaton;
mod call;
mod clock;
mod error;
mod error_class;
mod explanation;
mod fingerprint;
mod gate;
mod grammar;
mod hash_key;
mod identity;
mod layout;
mod mint;
mod owned;
mod plain;
mod policy;
mod reader;
#[cfg(feature = "alloc")]
mod shared;
mod signature;
mod text;
mod token;
mod trust;
mod usage;
mod verify;
mod writer;

pub use admission::{Admitted, Uncounted};
pub use call::Call;
pub use clock::{Clock, DEFAULT_CLOCK_SKEW_SECONDS, TimePolicy};
pub use error::Error;
pub use error_class::ErrorClass;
pub use explanation::{Detail, Explanation};
pub use fingerprint::Fingerprint;
pub use gate::Gate;
pub use grammar::{is_valid_scope, scope_covers, scopes_permit};
pub use hash_key::HashKey;
pub use identity::AgentIdentity;
pub use layout::token::{MAX_TOKEN_LEN, MIN_TOKEN_LEN, token_len};
#[cfg(feature = "getrandom")]
pub use mint::random_token_id;
pub use mint::{DEFAULT_TTL_SECONDS, MAX_TTL_SECONDS, TokenBuilder};
pub use owned::OwnedClaims;
pub use policy::{DEFAULT_MAX_LIFETIME_SECONDS, DEFAULT_MAX_TOKEN_LEN, Policy};
#[cfg(feature = "backend-compact")]
pub use signature::Compact;
#[cfg(feature = "backend-dalek")]
pub use signature::Dalek;
pub use signature::{
    Backend, CacheSlot, DefaultBackend, PublicKey, Signer, SigningKey, VerifiedCache, may_be_accepted,
};
#[cfg(feature = "backend-builtin")]
pub use signature::{Builtin, Precomputed, PrecomputedBase, PrecomputedKey, PrecomputedTable, PrecomputedWords};
pub use text::{MAX_TEXT_LEN, authorization_text, decode_text, encode_text, text_len};
pub use token::{Scopes, Token};
pub use trust::TrustSource;
pub use trust::anchor::{BundleVersion, TrustAnchor};
pub use trust::bundle::TrustBundle;
pub use trust::bundle_builder::TrustBundleBuilder;
pub use trust::hand_over::HandOver;
pub use trust::issuer::{Ceiling, TrustedIssuer};
pub use trust::rules::{LeafBinding, Quota, Rules};
pub use trust::state::TrustState;
pub use trust::table::TrustTable;
pub use usage::{
    CountedElsewhere, Counting, Demand, DemandKind, IssuerLimit, IssuerShare, Ledger, LedgerSlot, NoIssuerLimit,
    ReplayFilter, Since, Unkeyed, UsageLedger,
};
pub use verify::{Claims, Verifier, verify_token};

/// The example in the README is compiled and run like any other.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
