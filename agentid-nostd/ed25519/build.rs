//! Chooses the arithmetic of `src/field/` that suits the processor. All of them give the same
//! answers.

use std::env::var;

/// The arithmetic that a feature asks for, in tests; the first of them wins.
const ASKED_FOR: [(&str, &str); 3] = [
    ("CARGO_FEATURE__FIELD_WIDE", "wide"),
    ("CARGO_FEATURE__FIELD_NARROW", "narrow"),
    ("CARGO_FEATURE__FIELD_SMALL", "small"),
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(ed25519_field, values(\"limbs-51\", \"wide\", \"narrow\", \"small\"))");
    let asked_for = ASKED_FOR.iter().find(|(feature, _)| var(feature).is_ok());
    let field = asked_for.map_or_else(suitable, |(_, field)| field);
    println!("cargo::rustc-cfg=ed25519_field=\"{field}\"");
}

fn suitable() -> &'static str {
    if var("CARGO_CFG_TARGET_POINTER_WIDTH").as_deref() == Ok("64") {
        return "limbs-51";
    }
    // Armv6-M and the baseline of Armv8-M do not multiply 32 by 32 bits to 64.
    let target = var("TARGET").unwrap_or_default();
    let narrow = ["thumbv6m", "thumbv8m.base"].iter().any(|name| target.starts_with(name));
    match (narrow, var("CARGO_FEATURE_SMALL").is_ok()) {
        (false, _) => "wide",
        (true, false) => "narrow",
        (true, true) => "small",
    }
}
