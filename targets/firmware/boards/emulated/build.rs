//! The emulated machine of each target: its memory, its linker scripts, its name as `cfg(machine =
//! "...")`.

use std::fs;
use std::path::PathBuf;

/// Target, machine of QEMU, flash, RAM.
const MACHINES: [(&str, &str, &str, &str); 4] = [
    ("thumbv6m-none-eabi", "microbit", "ORIGIN = 0x00000000, LENGTH = 256K", "ORIGIN = 0x20000000, LENGTH = 16K"),
    ("thumbv7m-none-eabi", "mps2-an385", "ORIGIN = 0x00000000, LENGTH = 4M", "ORIGIN = 0x20000000, LENGTH = 64K"),
    ("thumbv7em-none-eabihf", "mps2-an386", "ORIGIN = 0x00000000, LENGTH = 4M", "ORIGIN = 0x20000000, LENGTH = 64K"),
    (
        "thumbv8m.main-none-eabihf",
        "mps2-an505",
        "ORIGIN = 0x10000000, LENGTH = 4M",
        "ORIGIN = 0x38000000, LENGTH = 64K",
    ),
];

fn main() {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    println!(
        "cargo::rustc-check-cfg=cfg(machine, values(\"microbit\", \"mps2-an385\", \"mps2-an386\", \"mps2-an505\"))"
    );
    let target = std::env::var("TARGET").expect("cargo sets it");
    let Some((_, machine, flash, ram)) = MACHINES.iter().find(|(name, ..)| *name == target) else {
        panic!("{target} is none of the four targets: give one with --target");
    };
    println!("cargo::rustc-cfg=machine=\"{machine}\"");
    // The sizes of all stack frames stay in the file, where the stack analysis reads them; they take no
    // flash.
    let memory = format!(
        "MEMORY {{\n  FLASH : {flash}\n  RAM : {ram}\n}}\n\
         SECTIONS {{ .stack_sizes (INFO) : {{ KEEP(*(.stack_sizes)); }} }}\n"
    );
    fs::write(out.join("memory.x"), memory).expect("OUT_DIR can be written");
    println!("cargo::rustc-link-search={}", out.display());
}
