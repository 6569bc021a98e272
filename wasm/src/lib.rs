//! The core, for JavaScript: this crate translates types and decides nothing.
//!
//! `js/` wraps it in the API that people use: arguments are checked there before they come here,
//! and a refusal, which here is thrown as a bare code, becomes an `AgentIdError` there.
// On the host it is empty, so that `cargo test` of the workspace compiles.
#![cfg(target_family = "wasm")]
#![no_std]

extern crate alloc;

#[cfg(feature = "admission")]
mod bundle;
mod claims;
mod curve;
mod errors;
#[cfg(feature = "admission")]
mod gate;
#[cfg(feature = "mint")]
mod identity;
#[cfg(feature = "mint")]
mod keys;
mod policy;
#[cfg(feature = "precomputed")]
mod precomputed;
mod record;
#[cfg(feature = "mint")]
mod secret;
#[cfg(feature = "text")]
mod text;
mod verify;
#[cfg(feature = "mint")]
mod writing;

/// Frees memory for reuse, for inputs of any size, and stays fast for frees in any order: the
/// engine collects gates and identities late and in any order.
#[cfg(feature = "mint")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

/// A tenth of the size, for verification alone.
// SAFETY: the module is compiled without threads.
#[cfg(not(feature = "mint"))]
#[global_allocator]
static ALLOCATOR: lol_alloc::AssumeSingleThreaded<lol_alloc::FreeListAllocator> =
    unsafe { lol_alloc::AssumeSingleThreaded::new(lol_alloc::FreeListAllocator::new()) };

/// Cannot be reached from our code; whatever does ends the call with a trap.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    trap()
}

/// Ends the call: for what `js/` never passes.
pub(crate) fn trap() -> ! {
    core::arch::wasm32::unreachable()
}
