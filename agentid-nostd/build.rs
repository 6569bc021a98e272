//! Chooses the arithmetic of `src/ed25519/` that suits the processor. All of them give the same answers.

use std::env::{VarError, var};

const FIELDS: [&str; 4] = ["limbs-51", "wide", "narrow", "small"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // For tests: the arithmetic of another processor.
    println!("cargo::rerun-if-env-changed=AGENTID_ED25519_FIELD");
    println!("cargo::rustc-check-cfg=cfg(ed25519_field, values(\"limbs-51\", \"wide\", \"narrow\", \"small\"))");
    let field = match var("AGENTID_ED25519_FIELD") {
        Ok(field) if FIELDS.contains(&field.as_str()) => field,
        Err(VarError::NotPresent) => suitable().to_owned(),
        other => {
            // This ends the build.
            println!("cargo::error=AGENTID_ED25519_FIELD is {other:?}, which is none of {FIELDS:?}");
            return;
        }
    };
    println!("cargo::rustc-cfg=ed25519_field=\"{field}\"");
}

fn suitable() -> &'static str {
    if var("CARGO_CFG_TARGET_POINTER_WIDTH").as_deref() == Ok("64") {
        return "limbs-51";
    }
    // Armv6-M and the baseline of Armv8-M do not multiply 32 by 32 bits to 64.
    let target = var("TARGET").unwrap_or_default();
    let narrow = ["thumbv6m", "thumbv8m.base"].iter().any(|name| target.starts_with(name));
    match (narrow, var("CARGO_FEATURE_BACKEND_EDGE_SMALL").is_ok()) {
        (false, _) => "wide",
        (true, false) => "narrow",
        (true, true) => "small",
    }
}
