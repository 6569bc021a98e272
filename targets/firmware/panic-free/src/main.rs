//! Links only if no panic can be reached from anything that `agentid-nostd` makes public.
//!
//! The panic handler calls a function that does not exist. Whatever panic the optimiser cannot rule
//! out keeps the handler in the image, and the linker then misses that function:
//!
//! ```text
//! cargo build --release --target thumbv7em-none-eabihf                       # links
//! cargo build --release --target thumbv7em-none-eabihf --features control    # must not link
//! ```
//!
//! Every public function is called with what could be any input ([`any`]). Covered is the core with
//! everything it calls, and an overflow of its own arithmetic is a panic here too. Left out are the
//! curve library, which is replaced (see `stub-curve`), and formatting: `Debug` and `Display` are
//! for people and logs, and `core::fmt` has panics of its own. It says nothing of loops that do not
//! end or of the stack.
//!
//! It holds for the optimiser at "s" (profile `release`) and 3 (`fast`). At "z" it leaves branches
//! standing that can never be taken, and this does not link.
#![no_std]
#![no_main]

mod any;
mod gate;
mod ledger;
mod mint;
mod plain;
mod trust;
mod verify;

use panic_never as _;

/// Where the linker begins to ask what can be reached. Nothing ever runs it.
#[unsafe(no_mangle)]
pub extern "C" fn _start() {
    plain::call_all();
    mint::call_all();
    verify::call_all();
    trust::call_all();
    ledger::call_all();
    gate::call_all();
    #[cfg(feature = "control")]
    any::see(any::bytes()[any::of(0)]);
}
