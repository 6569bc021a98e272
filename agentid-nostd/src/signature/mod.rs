//! Signatures: the rule, the code that checks them, keys, and what signs.

mod acceptance;
mod backend;
#[cfg(feature = "backend-builtin")]
mod builtin;
mod cache;
mod cache_slot;
#[cfg(feature = "backend-compact")]
mod compact;
#[cfg(feature = "backend-dalek")]
mod dalek;
mod default;
mod key;
#[cfg(feature = "backend-builtin")]
mod precomputed;
mod signer;

pub use acceptance::may_be_accepted;
pub use backend::Backend;
#[cfg(feature = "backend-builtin")]
pub use builtin::Builtin;
pub use cache::VerifiedCache;
pub use cache_slot::CacheSlot;
#[cfg(feature = "backend-compact")]
pub use compact::Compact;
#[cfg(feature = "backend-dalek")]
pub use dalek::Dalek;
pub use default::DefaultBackend;
pub(crate) use default::{DEFAULT, is_key_of_public_secret};
pub use key::PublicKey;
#[cfg(feature = "backend-builtin")]
pub use precomputed::{Precomputed, PrecomputedBase, PrecomputedKey, PrecomputedTable, PrecomputedWords};
pub use signer::{Signer, SigningKey};
