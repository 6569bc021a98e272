//! Products of eight words by eight, in as little code as possible.

use crate::words;

pub(super) fn product(a: &[u32; 8], b: &[u32; 8]) -> ([u32; 8], u32) {
    let mut wide = [0; 16];
    words::product_into(&mut wide, a, b);
    let [a, b, c, d, e, f, g, h, high @ ..] = wide;
    let mut low = [a, b, c, d, e, f, g, h];
    let over = words::add_row(&mut low, 38, &high);
    (low, over)
}

pub(super) fn square(a: &[u32; 8]) -> ([u32; 8], u32) {
    product(a, a)
}
