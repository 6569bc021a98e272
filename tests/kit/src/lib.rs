//! What the tests, the demo and the benchmarks share.
//!
//! Nothing here calls `agentid-nostd` to learn what is right: [`raw`] writes tokens from the
//! format's table and signs them with another curve library, and [`vectors`] states each expected
//! code by hand.

pub mod acceptance;
pub mod clock;
pub mod points;
pub mod raw;
pub mod raw_bundle;
pub mod runners;
pub mod seeded;
pub mod vectors;
