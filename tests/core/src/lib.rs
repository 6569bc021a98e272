//! The Rust code of the pages at the top of the repository, compiled and run. The tests are in
//! `tests/`, one file for each behaviour.

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/backends.md")]
struct Backends;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/rust.md")]
struct ServiceInRust;
