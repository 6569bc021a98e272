//! What an image needs before it is compiled: the memory of its machine, an example token, the vectors.

mod example;
mod machine;
mod multiples;
mod vectors;

use std::path::PathBuf;

fn main() {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    machine::write(&out);
    example::write(&out);
    multiples::write(&out);
    vectors::write(&out);
}
