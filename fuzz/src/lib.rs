//! What fuzzing and the replay on stable share: targets that take bytes and panic where the code
//! under test is wrong.
//!
//! libFuzzer calls them through `fuzz_targets/`, an ordinary test through `tests/replay.rs`, with
//! the same bytes.

mod input;
mod model;
pub mod seeds;
pub mod targets;
