//! The backend of every constructor that is not given one.

#[cfg(not(any(feature = "backend-compact", feature = "backend-dalek")))]
use super::builtin::Builtin;
#[cfg(feature = "backend-compact")]
use super::compact::Compact;
#[cfg(all(feature = "backend-dalek", not(feature = "backend-compact")))]
use super::dalek::Dalek;

#[cfg(not(any(feature = "backend-compact", feature = "backend-dalek", feature = "backend-builtin")))]
compile_error!(
    "agentid-nostd needs code that checks signatures: enable `backend-compact` (on by default), `backend-dalek` or \
     `backend-builtin`. One that is not used is not linked, so a backend of your own can stand in its place"
);

/// The backend of every constructor that is not given one. `Compact` if its feature is enabled,
/// else `Dalek`, else `Builtin`: enabling a feature never replaces code that was reviewed outside
/// this project by ours.
#[cfg(feature = "backend-compact")]
pub type DefaultBackend = Compact;
#[cfg(feature = "backend-compact")]
pub(crate) const DEFAULT: DefaultBackend = Compact;
/// The backend of every constructor that is not given one: `Compact` is not enabled.
#[cfg(all(feature = "backend-dalek", not(feature = "backend-compact")))]
pub type DefaultBackend = Dalek;
#[cfg(all(feature = "backend-dalek", not(feature = "backend-compact")))]
pub(crate) const DEFAULT: DefaultBackend = Dalek;
/// The backend of every constructor that is not given one: no other is enabled.
#[cfg(not(any(feature = "backend-compact", feature = "backend-dalek")))]
pub type DefaultBackend = Builtin;
#[cfg(not(any(feature = "backend-compact", feature = "backend-dalek")))]
pub(crate) const DEFAULT: DefaultBackend = Builtin;

// Whether a key belongs to a secret that everybody can compute.
#[cfg(feature = "backend-compact")]
pub(crate) use super::compact::is_key_of_public_secret;
#[cfg(all(feature = "backend-dalek", not(feature = "backend-compact")))]
pub(crate) use super::dalek::is_key_of_public_secret;
#[cfg(not(any(feature = "backend-compact", feature = "backend-dalek")))]
pub(crate) use agentid_ed25519::is_key_of_public_secret;
