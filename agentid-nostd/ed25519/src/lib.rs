//! Ed25519 signature verification in variable time, without `std`, allocation or `unsafe`.
//!
//! This crate knows no token and must never see a secret that is one: all of its input is public,
//! so its running time may depend on it. It was written for microcontrollers and WebAssembly, and
//! nobody outside this project has reviewed it yet. The README has the acceptance rule, the
//! algorithms with their sources, the bounds, and what is asked of a reviewer.
//!
//! From the bottom to the top:
//!
//! | module | what it has |
//! |---|---|
//! | `words`, `field`, `scalar` | numbers: 32-bit words, integers modulo p, integers modulo L |
//! | `constants` | d, 2 d, a root of −1, the encoding of B |
//! | `affine`, `niels`, `point` | the curve: points as decoded, as added, as computed with |
//! | `half_size`, `naf` | scalars rewritten so that few doublings and additions are left |
//! | `odd_multiples`, `comb`, `base` | multiples of points: per signature, in advance, of B |
//! | `challenge`, `verify` | the hash, and the acceptance rule |
//! | `public_secret` | whether a key was made from a secret that everybody can compute |
#![cfg_attr(docsrs, feature(doc_cfg))]
#![no_std]
#![forbid(unsafe_code)]
#![expect(
    clippy::arithmetic_side_effects,
    reason = "arithmetic is what this is; each bound stands beside what needs it, tests run with overflow checks, and what is \
              linked for Cortex-M has none that can be reached"
)]
#![expect(clippy::as_conversions, reason = "words are cut out of wider ones, and constants are made of words")]

mod affine;
mod base;
mod challenge;
mod comb;
mod constants;
mod field;
mod half_size;
#[cfg(any(ed25519_field = "narrow", ed25519_field = "small"))]
mod multiply_add_narrow;
#[cfg(not(any(ed25519_field = "narrow", ed25519_field = "small")))]
mod multiply_add_wide;
mod naf;
mod niels;
mod odd_multiples;
mod point;
mod public_secret;
mod scalar;
#[cfg(test)]
mod testing;
mod verify;
mod words;

pub use base::COMB as COMB_OF_BASE;
pub use comb::Comb;
pub use constants::BASE;
pub use public_secret::is_key_of_public_secret;
pub use verify::{comb_of, is_comb_of, is_key, verifies, verifies_with_combs};

/// The example of the README is compiled and run like any other.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
