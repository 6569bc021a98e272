//! Products of eight words by eight, where the processor multiplies 16 by 16 bits to 32.
//!
//! Column by column over half words (Comba, "Exponentiation cryptosystems on the IBM PC", 1990): a
//! product of halves is added to a sum of 64 bits, of which a column needs no more than 37, and
//! nothing has to be put together from parts. Written out, because the indices would take longer
//! than the products.

use crate::multiply_add_narrow::product_of_halves;

/// Adds products to a sum, and takes its lowest 16 bits off.
macro_rules! column {
    ($sum:ident: $($a:ident $b:ident)+) => {{
        $($sum = plus($sum, product_of_halves($a, $b));)+
        take_16(&mut $sum)
    }};
}

/// The same with the products counted twice, and a square.
macro_rules! twice {
    ($sum:ident: $($a:ident $b:ident)+; $($root:ident)?) => {{
        let mut once = 0;
        $(once = plus(once, product_of_halves($a, $b));)+
        $sum = $sum.wrapping_add(once << 1);
        $($sum = plus($sum, product_of_halves($root, $root));)?
        take_16(&mut $sum)
    }};
}

#[inline(always)]
pub(super) fn product(a: &[u32; 8], b: &[u32; 8]) -> ([u32; 8], u32) {
    let [a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, aa, ab, ac, ad, ae, af] = halves(a);
    let [b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, ba, bb, bc, bd, be, bf] = halves(b);
    let mut sum = 0;
    let p0 = column!(sum: a0 b0);
    let p1 = column!(sum: a0 b1 a1 b0);
    let p2 = column!(sum: a0 b2 a1 b1 a2 b0);
    let p3 = column!(sum: a0 b3 a1 b2 a2 b1 a3 b0);
    let p4 = column!(sum: a0 b4 a1 b3 a2 b2 a3 b1 a4 b0);
    let p5 = column!(sum: a0 b5 a1 b4 a2 b3 a3 b2 a4 b1 a5 b0);
    let p6 = column!(sum: a0 b6 a1 b5 a2 b4 a3 b3 a4 b2 a5 b1 a6 b0);
    let p7 = column!(sum: a0 b7 a1 b6 a2 b5 a3 b4 a4 b3 a5 b2 a6 b1 a7 b0);
    let p8 = column!(sum: a0 b8 a1 b7 a2 b6 a3 b5 a4 b4 a5 b3 a6 b2 a7 b1 a8 b0);
    let p9 = column!(sum: a0 b9 a1 b8 a2 b7 a3 b6 a4 b5 a5 b4 a6 b3 a7 b2 a8 b1 a9 b0);
    let p10 = column!(sum: a0 ba a1 b9 a2 b8 a3 b7 a4 b6 a5 b5 a6 b4 a7 b3 a8 b2 a9 b1 aa b0);
    let p11 = column!(sum: a0 bb a1 ba a2 b9 a3 b8 a4 b7 a5 b6 a6 b5 a7 b4 a8 b3 a9 b2 aa b1 ab b0);
    let p12 = column!(sum: a0 bc a1 bb a2 ba a3 b9 a4 b8 a5 b7 a6 b6 a7 b5 a8 b4 a9 b3 aa b2 ab b1 ac b0);
    let p13 = column!(sum: a0 bd a1 bc a2 bb a3 ba a4 b9 a5 b8 a6 b7 a7 b6 a8 b5 a9 b4 aa b3 ab b2 ac b1 ad b0);
    let p14 = column!(sum: a0 be a1 bd a2 bc a3 bb a4 ba a5 b9 a6 b8 a7 b7 a8 b6 a9 b5 aa b4 ab b3 ac b2 ad b1 ae b0);
    let p15 =
        column!(sum: a0 bf a1 be a2 bd a3 bc a4 bb a5 ba a6 b9 a7 b8 a8 b7 a9 b6 aa b5 ab b4 ac b3 ad b2 ae b1 af b0);
    let p16 = column!(sum: a1 bf a2 be a3 bd a4 bc a5 bb a6 ba a7 b9 a8 b8 a9 b7 aa b6 ab b5 ac b4 ad b3 ae b2 af b1);
    let p17 = column!(sum: a2 bf a3 be a4 bd a5 bc a6 bb a7 ba a8 b9 a9 b8 aa b7 ab b6 ac b5 ad b4 ae b3 af b2);
    let p18 = column!(sum: a3 bf a4 be a5 bd a6 bc a7 bb a8 ba a9 b9 aa b8 ab b7 ac b6 ad b5 ae b4 af b3);
    let p19 = column!(sum: a4 bf a5 be a6 bd a7 bc a8 bb a9 ba aa b9 ab b8 ac b7 ad b6 ae b5 af b4);
    let p20 = column!(sum: a5 bf a6 be a7 bd a8 bc a9 bb aa ba ab b9 ac b8 ad b7 ae b6 af b5);
    let p21 = column!(sum: a6 bf a7 be a8 bd a9 bc aa bb ab ba ac b9 ad b8 ae b7 af b6);
    let p22 = column!(sum: a7 bf a8 be a9 bd aa bc ab bb ac ba ad b9 ae b8 af b7);
    let p23 = column!(sum: a8 bf a9 be aa bd ab bc ac bb ad ba ae b9 af b8);
    let p24 = column!(sum: a9 bf aa be ab bd ac bc ad bb ae ba af b9);
    let p25 = column!(sum: aa bf ab be ac bd ad bc ae bb af ba);
    let p26 = column!(sum: ab bf ac be ad bd ae bc af bb);
    let p27 = column!(sum: ac bf ad be ae bd af bc);
    let p28 = column!(sum: ad bf ae be af bd);
    let p29 = column!(sum: ae bf af be);
    let p30 = column!(sum: af bf);
    let p31 = take_16(&mut sum);
    fold(&[
        p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15, p16, p17, p18, p19, p20, p21, p22, p23,
        p24, p25, p26, p27, p28, p29, p30, p31,
    ])
}

/// Products of different halves count twice.
#[inline(always)]
pub(super) fn square(a: &[u32; 8]) -> ([u32; 8], u32) {
    let [a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, aa, ab, ac, ad, ae, af] = halves(a);
    let mut sum = 0;
    let p0 = column!(sum: a0 a0);
    let p1 = twice!(sum: a0 a1;);
    let p2 = twice!(sum: a0 a2; a1);
    let p3 = twice!(sum: a0 a3 a1 a2;);
    let p4 = twice!(sum: a0 a4 a1 a3; a2);
    let p5 = twice!(sum: a0 a5 a1 a4 a2 a3;);
    let p6 = twice!(sum: a0 a6 a1 a5 a2 a4; a3);
    let p7 = twice!(sum: a0 a7 a1 a6 a2 a5 a3 a4;);
    let p8 = twice!(sum: a0 a8 a1 a7 a2 a6 a3 a5; a4);
    let p9 = twice!(sum: a0 a9 a1 a8 a2 a7 a3 a6 a4 a5;);
    let p10 = twice!(sum: a0 aa a1 a9 a2 a8 a3 a7 a4 a6; a5);
    let p11 = twice!(sum: a0 ab a1 aa a2 a9 a3 a8 a4 a7 a5 a6;);
    let p12 = twice!(sum: a0 ac a1 ab a2 aa a3 a9 a4 a8 a5 a7; a6);
    let p13 = twice!(sum: a0 ad a1 ac a2 ab a3 aa a4 a9 a5 a8 a6 a7;);
    let p14 = twice!(sum: a0 ae a1 ad a2 ac a3 ab a4 aa a5 a9 a6 a8; a7);
    let p15 = twice!(sum: a0 af a1 ae a2 ad a3 ac a4 ab a5 aa a6 a9 a7 a8;);
    let p16 = twice!(sum: a1 af a2 ae a3 ad a4 ac a5 ab a6 aa a7 a9; a8);
    let p17 = twice!(sum: a2 af a3 ae a4 ad a5 ac a6 ab a7 aa a8 a9;);
    let p18 = twice!(sum: a3 af a4 ae a5 ad a6 ac a7 ab a8 aa; a9);
    let p19 = twice!(sum: a4 af a5 ae a6 ad a7 ac a8 ab a9 aa;);
    let p20 = twice!(sum: a5 af a6 ae a7 ad a8 ac a9 ab; aa);
    let p21 = twice!(sum: a6 af a7 ae a8 ad a9 ac aa ab;);
    let p22 = twice!(sum: a7 af a8 ae a9 ad aa ac; ab);
    let p23 = twice!(sum: a8 af a9 ae aa ad ab ac;);
    let p24 = twice!(sum: a9 af aa ae ab ad; ac);
    let p25 = twice!(sum: aa af ab ae ac ad;);
    let p26 = twice!(sum: ab af ac ae; ad);
    let p27 = twice!(sum: ac af ad ae;);
    let p28 = twice!(sum: ad af; ae);
    let p29 = twice!(sum: ae af;);
    let p30 = column!(sum: af af);
    let p31 = take_16(&mut sum);
    fold(&[
        p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15, p16, p17, p18, p19, p20, p21, p22, p23,
        p24, p25, p26, p27, p28, p29, p30, p31,
    ])
}

/// The lower sixteen halves plus 38 times the upper ones, as words, and what goes over.
#[inline(never)]
fn fold(wide: &[u32; 32]) -> ([u32; 8], u32) {
    let mut folded = [0; 8];
    let mut sum = 0;
    let (low, high) = wide.split_at(16);
    let pairs = low.as_chunks::<2>().0.iter().zip(high.as_chunks::<2>().0);
    for (word, ([a, b], [c, d])) in folded.iter_mut().zip(pairs) {
        // At most 39 (2^16 − 1) and what is carried, which is at most 39.
        sum = a.wrapping_add(product_of_halves(38, *c)).wrapping_add(sum);
        *word = sum & 0xffff;
        sum = b.wrapping_add(product_of_halves(38, *d)).wrapping_add(sum >> 16);
        *word |= sum << 16;
        sum >>= 16;
    }
    (folded, sum)
}

fn halves(words: &[u32; 8]) -> [u32; 16] {
    let [a, b, c, d, e, f, g, h] = *words;
    let (low, high) = (|word: u32| word & 0xffff, |word: u32| word >> 16);
    [
        low(a),
        high(a),
        low(b),
        high(b),
        low(c),
        high(c),
        low(d),
        high(d),
        low(e),
        high(e),
        low(f),
        high(f),
        low(g),
        high(g),
        low(h),
        high(h),
    ]
}

/// A column sums up no more than 16 products of 32 bits, and what is carried: below 2^37.
#[inline(always)]
const fn plus(sum: u64, product: u32) -> u64 {
    debug_assert!(sum >> 37 == 0);
    sum.wrapping_add(product as u64)
}

#[inline(always)]
fn take_16(sum: &mut u64) -> u32 {
    let low = *sum as u32 & 0xffff;
    *sum >>= 16;
    low
}
