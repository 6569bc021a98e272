//! Ed25519 verification of our own, behind the feature `backend-builtin`.
//!
//! No file here knows of tokens. From below: [`words`], [`field`] and [`scalar`] are numbers; [`decoded`], [`multiple`] and [`point`]
//! are the curve: what is read, what is added, and to what; [`base`] holds multiples of the base point and [`odd_multiples`] makes
//! those of others; [`quotient`] and [`digits`] rewrite scalars so that few doublings and additions are left; [`comb`] does so for
//! points that are known in advance; [`challenge`] is the hash; [`verify`] is the rule of `SPEC.md`, section 4. `public_secret` finds out whether a key was made
//! from a secret that everybody knows.
//!
//! Everything here is public data, so that all of it may take variable time: nothing of it must ever
//! see a secret that is one.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "arithmetic is what this is; each bound stands beside what needs it, tests run with overflow checks, and what is \
              linked for Cortex-M has none that can be reached"
)]
#![expect(clippy::as_conversions, reason = "words are cut out of wider ones, and constants are made of words")]

mod base;
mod challenge;
mod comb;
mod decoded;
mod digits;
mod field;
mod multiple;
#[cfg(any(ed25519_field = "narrow", ed25519_field = "small"))]
mod multiply_add_narrow;
#[cfg(not(any(ed25519_field = "narrow", ed25519_field = "small")))]
mod multiply_add_wide;
mod odd_multiples;
mod point;
#[cfg(any(test, not(any(feature = "backend-compact", feature = "backend-dalek"))))]
mod public_secret;
mod quotient;
mod scalar;
#[cfg(test)]
mod testing;
mod verify;
mod words;

pub(crate) use base::{BASE, COMB as COMB_OF_BASE};
pub(crate) use comb::Comb;
#[cfg(not(any(feature = "backend-compact", feature = "backend-dalek")))]
pub(crate) use public_secret::is_key_of_public_secret;
pub(crate) use verify::{comb_of, is_comb_of, is_key, verifies, verifies_with_combs};
