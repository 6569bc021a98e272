//! The arithmetic of our own curve code, of which each machine compiles one;
//! `agentid-nostd/ed25519/build.rs` chooses.

/// One that the host does not choose by itself.
pub(crate) struct Arithmetic {
    /// Of `agentid-ed25519`; it asks for this one.
    pub(crate) feature: &'static str,
    /// In the folder of the curve code: what neither the host's arithmetic compiles nor any before
    /// it in the list.
    pub(crate) files: &'static [&'static str],
}

/// All but that of the host.
pub(crate) const OTHERS: [Arithmetic; 3] = [
    Arithmetic { feature: "_field-wide", files: &["field/words_32.rs", "field/wide_product.rs"] },
    Arithmetic { feature: "_field-narrow", files: &["field/narrow_product.rs", "multiply_add_narrow.rs"] },
    Arithmetic { feature: "_field-small", files: &["field/small_product.rs"] },
];
