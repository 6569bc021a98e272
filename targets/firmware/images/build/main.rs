//! What an image needs before it is compiled: linker scripts, an example token, the vectors.

mod example;
mod link;
mod multiples;
mod vectors;

use std::path::PathBuf;

fn main() {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    link::scripts();
    example::write(&out);
    multiples::write(&out);
    vectors::write(&out);
}
