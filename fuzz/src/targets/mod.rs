//! One module per target; the list is all that names them.

/// Declares the modules and the list from one line, so that none can be forgotten.
macro_rules! targets {
    ($($name:ident)+) => {
        $(pub mod $name;)+

        /// Every target by name.
        pub const ALL: &[(&str, fn(&[u8]))] = &[$((stringify!($name), $name::run)),+];
    };
}

targets! { bundle differential frame gate ledger mint parse scope serve signature text verify }
