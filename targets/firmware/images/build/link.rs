//! The linker scripts of every image. Where its memory lies, the package of the emulated boards
//! says.

pub(crate) fn scripts() {
    let logs = std::env::var_os("CARGO_FEATURE_DEFMT").is_some();
    for images in ["bins", "examples"] {
        println!("cargo::rustc-link-arg-{images}=-Tlink.x");
        if logs {
            println!("cargo::rustc-link-arg-{images}=-Tdefmt.x");
        }
    }
}
