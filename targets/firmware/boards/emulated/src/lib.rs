//! The emulated boards: BBC micro:bit (Cortex-M0) and Arm MPS2 with AN385 (M3), AN386 (M4F) and
//! AN505 (M33).
#![no_std]

mod cycles;
mod host;
mod stack;
mod uart;

pub use cycles::{INSTRUCTIONS_PER_TICK_X2, Stopwatch};
pub use host::{clock, entropy, page};
pub use stack::stack_used;
pub use uart::{Uart, uart};
