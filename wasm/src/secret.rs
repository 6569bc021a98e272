//! Secrets that cross into the module: wiped here before the call returns.

use core::hint::black_box;

use alloc::vec::Vec;
use zeroize::Zeroize;

/// More stack than any call here uses: 32 KB, in words.
const STACK: usize = 32 * 1024 / 8;

/// Runs `call` with a record that holds a secret, then wipes the record and the stack that `call`
/// used.
pub(crate) fn secretly<T>(mut record: Vec<u8>, call: impl FnOnce(&[u8]) -> T) -> T {
    let answer = below(|| call(&record));
    // It has no room to spare, and nothing unwinds past this.
    record.as_mut_slice().zeroize();
    wipe_stack();
    answer
}

/// Runs `call` on the stack below that of the caller.
#[inline(never)]
fn below<T>(call: impl FnOnce() -> T) -> T {
    call()
}

/// Code that computes with a secret leaves copies on the stack, which is part of the module's
/// memory.
#[inline(never)]
fn wipe_stack() {
    let mut stack = [0_u64; STACK];
    stack.zeroize();
    black_box(&stack);
}
