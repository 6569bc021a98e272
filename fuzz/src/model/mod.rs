//! What `SPEC.md` says, written for clarity and with another curve library: the answers to compare
//! with. Codes are numbers here, as in the document. Nothing in here calls the code under test, but
//! `usage` asks a demand for its limit.

pub(crate) mod bundle;
pub(crate) mod class;
pub(crate) mod clock;
pub(crate) mod frame;
pub(crate) mod gate;
pub(crate) mod scope;
pub(crate) mod signature;
pub(crate) mod text;
pub(crate) mod token;
pub(crate) mod usage;
