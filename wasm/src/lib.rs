//! The core, for JavaScript: this crate translates types and decides nothing.
//!
//! `js/` wraps it in the API that people use: arguments are checked there before they come here, and a refusal, which
//! here is thrown as a bare code, becomes an `AgentIdError` there.
#![no_std]

extern crate alloc;

#[cfg(feature = "admission")]
mod bundle;
mod claims;
mod errors;
#[cfg(feature = "admission")]
mod gate;
#[cfg(feature = "mint")]
mod identity;
#[cfg(feature = "mint")]
mod keys;
mod text;
mod verify;
#[cfg(feature = "mint")]
mod writing;

use lol_alloc::{AssumeSingleThreaded, FreeListAllocator};

/// A tenth of the size of what the standard library brings; a call needs a handful of short-lived buffers.
// SAFETY: the module is compiled without threads.
#[global_allocator]
static ALLOCATOR: AssumeSingleThreaded<FreeListAllocator> =
    unsafe { AssumeSingleThreaded::new(FreeListAllocator::new()) };

/// Cannot be reached from our code; whatever does ends the call with a trap.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
