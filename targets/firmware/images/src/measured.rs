//! The functions that are measured, each with the same input: the README's example token.

#[cfg(feature = "backend-builtin")]
use agentid_nostd::PrecomputedKey;
use agentid_nostd::{
    AgentIdentity, Call, Clock, Error, Gate, LedgerSlot, PublicKey, Token, TokenBuilder, TrustBundle, UsageLedger,
    Verifier,
};

use crate::Curve;

/// What `build.rs` minted: an example token, its key, a bundle of 16 issuers and the key of its
/// authority.
pub mod example {
    include!(concat!(env!("OUT_DIR"), "/example.rs"));
}

/// Multiples of that key, which `build.rs` computed.
#[cfg(feature = "backend-builtin")]
pub mod multiples {
    include!(concat!(env!("OUT_DIR"), "/multiples.rs"));
}

/// The gate that is measured: a bundle in flash and 64 slots.
pub type ExampleGate = Gate<TrustBundle<'static>, UsageLedger<[LedgerSlot; 64]>, Curve>;

/// The bare signature check: of the curve library by itself.
#[cfg(not(any(feature = "backend-builtin", feature = "rival-dalek", feature = "rival-salty")))]
#[inline(never)]
pub fn bare(key: &PublicKey, message: &[u8], signature: &[u8; 64]) -> bool {
    let signature = ed25519_compact::Signature::new(*signature);
    ed25519_compact::PublicKey::new(*key.as_bytes()).verify(message, &signature).is_ok()
}

/// The bare signature check: of curve25519-dalek.
#[cfg(feature = "rival-dalek")]
#[inline(never)]
pub fn bare(key: &PublicKey, message: &[u8], signature: &[u8; 64]) -> bool {
    key.verify_signature_with(agentid_nostd::Dalek, message, signature).is_ok()
}

/// The bare signature check: of salty, whose rule is another.
#[cfg(feature = "rival-salty")]
#[inline(never)]
pub fn bare(key: &PublicKey, message: &[u8], signature: &[u8; 64]) -> bool {
    let key = salty::PublicKey::try_from(key.as_bytes());
    key.is_ok_and(|key| key.verify(message, &salty::Signature::from(signature)).is_ok())
}

/// The bare signature check: of our own curve code.
#[cfg(feature = "backend-builtin")]
#[inline(never)]
pub fn bare(key: &PublicKey, message: &[u8], signature: &[u8; 64]) -> bool {
    key.verify_signature_with(Curve, message, signature).is_ok()
}

/// The same for an issuer that is known in advance.
#[cfg(feature = "backend-builtin")]
#[inline(never)]
pub fn precomputed(key: &PrecomputedKey<'_>, message: &[u8], signature: &[u8; 64]) -> bool {
    let precomputed = core::slice::from_ref(key);
    key.key().verify_signature_with(agentid_nostd::Precomputed::new(precomputed), message, signature).is_ok()
}

/// Whether the multiples in flash are those of the key: once, when the program starts.
///
/// # Errors
/// Those of [`PrecomputedKey::new`].
#[cfg(feature = "backend-builtin")]
#[inline(never)]
pub fn load(
    key: &PublicKey,
    table: &'static agentid_nostd::PrecomputedTable,
) -> Result<PrecomputedKey<'static>, Error> {
    PrecomputedKey::new(key, table)
}

/// Structure only.
///
/// # Errors
/// Those of [`Token::parse`].
#[inline(never)]
pub fn parse(token: &[u8]) -> Result<u64, Error> {
    Token::parse(token).map(|token| token.token_id())
}

/// The whole verdict on a token.
///
/// # Errors
/// Those of [`Verifier::verify`].
#[inline(never)]
pub fn verify(token: &[u8], trusted: &[PublicKey; 1], clock: Clock) -> Result<u64, Error> {
    Verifier::new(trusted).with_backend(Curve).verify(token, clock).map(|claims| claims.token_id())
}

/// Admission: who, when, which scope, how often.
///
/// # Errors
/// Those of [`Gate::admit`].
#[inline(never)]
pub fn admit(gate: &mut ExampleGate, token: &[u8], scope: &str, clock: Clock) -> Result<Option<u32>, Error> {
    gate.admit(token, &Call::new(&[scope]), clock).map(|admitted| admitted.calls_left())
}

/// The device's own token.
///
/// # Errors
/// Those of [`TokenBuilder::mint_into`].
#[inline(never)]
pub fn mint(agent: &AgentIdentity<'_>, room: &mut [u8]) -> Result<usize, Error> {
    let builder = TokenBuilder::new(agent, example::NOW, 7).scopes(&["read:arxiv", "write:notes"]);
    builder.mint_into(room).map(<[u8]>::len)
}
