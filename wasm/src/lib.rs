//! The core, for JavaScript: this crate translates types and decides nothing.
//!
//! `js/` wraps it in the API that people use: arguments are checked there before they come here, and a refusal, which
//! here is thrown as a bare code, becomes an `AgentIdError` there.
#![no_std]

extern crate alloc;

#[cfg(feature = "admission")]
mod bundle;
mod errors;
#[cfg(feature = "admission")]
mod gate;
#[cfg(feature = "mint")]
mod identity;
#[cfg(feature = "mint")]
mod keys;
mod passport;
mod record;
mod text;
mod verify;
#[cfg(feature = "mint")]
mod writing;

/// Small, and fast whatever is freed when: claims are freed when the engine collects them, late and in any order.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Cannot be reached from our code; whatever does ends the call with a trap.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    trap()
}

/// Ends the call: for what `js/` never passes.
pub(crate) fn trap() -> ! {
    core::arch::wasm32::unreachable()
}
