//! What the images share: the functions that are measured, and how a program ends.
//!
//! All images here have public demo keys, which `build/example.rs` makes. They are for emulated
//! boards and tests: never flash them onto a device that can do anything.
#![no_std]

pub mod measured;

#[cfg(feature = "backend-builtin")]
pub use agentid_nostd::Builtin as Curve;
/// Who checks signatures, in every image.
#[cfg(not(feature = "backend-builtin"))]
pub use agentid_nostd::Compact as Curve;

// Both define symbols that the linker wants.
use cortex_m as _;
#[cfg(feature = "defmt")]
use defmt_semihosting as _;

/// Ends the emulation; the code becomes that of QEMU.
pub fn exit(code: i32) -> ! {
    semihosting::process::exit(code)
}

#[panic_handler]
fn panic(_info: &core::panic::PanicInfo<'_>) -> ! {
    #[cfg(feature = "defmt")]
    if let Some(at) = _info.location() {
        defmt::error!("panicked at {=str}:{=u32}", at.file(), at.line());
    }
    exit(101)
}

/// Also where a stack overflow ends: the stack lies below everything else, next to memory that is
/// not there.
#[cortex_m_rt::exception]
unsafe fn HardFault(_frame: &cortex_m_rt::ExceptionFrame) -> ! {
    exit(102)
}
