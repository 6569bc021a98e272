//! The high-water mark of the stack, which the start-up code has painted.

use cortex_m_rt::STACK_PAINT_VALUE;

unsafe extern "C" {
    static mut _stack_end: u32;
}

/// Paints the free part of the stack anew, calls, and says how many bytes the call used at most.
///
/// It misses what an interrupt would add, and a word that was used and happens to hold the paint.
#[inline(never)]
pub fn stack_used(call: impl FnOnce()) -> usize {
    let top = here();
    let bottom = &raw mut _stack_end as usize;
    // What this function itself needs below `top` while it paints is left out: 64 bytes are more than
    // that.
    paint(bottom, top - 64);
    call();
    let untouched = (bottom..top).step_by(4).take_while(|&at| word(at) == STACK_PAINT_VALUE).count();
    top - bottom - 4 * untouched
}

#[inline(always)]
fn here() -> usize {
    cortex_m::register::msp::read() as usize
}

fn paint(from: usize, to: usize) {
    for at in (from..to).step_by(4) {
        // SAFETY: between `_stack_end` and the stack pointer there is stack that nobody uses, and no
        // interrupt runs.
        unsafe { (at as *mut u32).write_volatile(STACK_PAINT_VALUE) }
    }
}

fn word(at: usize) -> u32 {
    // SAFETY: an aligned word of the stack.
    unsafe { (at as *const u32).read_volatile() }
}
