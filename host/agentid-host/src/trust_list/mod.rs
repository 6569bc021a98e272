//! The list of trusted agents that an authority keeps as text, and the trust bundles made from it.
//!
//! ```
//! use agentid_host::trust_list::{Agent, TrustListText};
//! use agentid_host::{AgentIdentity, Signer, SigningKey};
//!
//! let authority = SigningKey::from_secret_bytes(&[7; 32])?; // kept offline
//! let agent = AgentIdentity::derive("research-bot", "phd-lab", Some(b"32 random bytes, kept in a vault"))?;
//!
//! let mut text = TrustListText::new(&authority.public_key(), 30 * 86_400)?;
//! text.add_agent(&Agent::new("research-bot", "phd-lab", agent.public_key(), ["read:*"]))?;
//! let list = text.list();
//! let now = 1_790_000_000; // Unix seconds
//! for finding in list.check(now) {
//!     println!("{finding}");
//! }
//! let bundle = list.build(&authority, list.epoch + 1, now)?;
//! text.set_epoch(list.epoch + 1)?;
//! # assert!(!bundle.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The decisions about tokens stay in `agentid-nostd`. This module decides only what goes into a
//! bundle.

mod build;
mod change;
mod check;
mod diff;
mod document;
mod duration;
mod edit;
mod entry_text;
mod error;
mod file;
mod finding;
mod next_authority;
mod rotation;
mod rules;
#[cfg(test)]
mod testing;
mod words;

pub use build::BuildOptions;
pub use change::{AgentName, Change, ShownKey, Window};
pub use diff::TrustSet;
pub use edit::TrustListText;
pub use error::{FileFault, TrustListError};
pub use file::{Agent, MAX_VALID_FOR_SECONDS, RevokedKey, RevokedToken, TrustList};
pub use finding::{Finding, Severity};
pub use rules::{leaf_binding_name, parse_leaf_binding, parse_quota, quota_text};
