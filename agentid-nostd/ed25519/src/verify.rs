//! The acceptance rule: S below L; A and R canonical and not of small order; 8 S B = 8 R + 8 k A.

use super::affine::AffinePoint;
use super::base;
use super::challenge::challenge;
use super::comb::{self, Comb};
use super::half_size::HalfSizeScalars;
use super::naf::{Digit, Naf, POSITIONS, Width};
use super::odd_multiples::OddMultiples;
use super::point::Point;
use super::scalar::Scalar;

/// Of the digits for A and R, whose multiples are computed each time. On small machines they take
/// stack, and half as many cost a fiftieth of the time.
const WIDTH: Width = Width::new(if cfg!(any(ed25519_field = "limbs-51", target_family = "wasm")) { 4 } else { 3 });
const MULTIPLES: usize = WIDTH.multiples();

/// Returns whether 32 bytes are acceptable as a key A: the canonical encoding of a point whose
/// order does not divide 8.
#[inline(never)]
pub fn is_key(bytes: &[u8; 32]) -> bool {
    AffinePoint::from_bytes(bytes).is_some()
}

/// Returns whether R and S, 32 bytes each, are a signature of the message by the key, under the
/// whole acceptance rule. The key may be any bytes.
#[inline(never)]
pub fn verifies(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    let [r_bytes, s_bytes] = halves(signature);
    let Some(s) = Scalar::from_canonical(s_bytes) else { return false };
    let (Some(a), Some(r)) = (AffinePoint::from_bytes(key), AffinePoint::from_bytes(r_bytes)) else { return false };
    equation_holds(&a, &r, &s, &challenge(r_bytes, key, message))
}

/// Computes the multiples of a key that a comb needs. Returns `None` if the bytes are no key.
pub fn comb_of<const SUMS: usize>(key: &[u8; 32]) -> Option<Comb<SUMS>> {
    AffinePoint::from_bytes(key).map(|point| Comb::of(&point))
}

/// Returns whether these are the multiples of that key: every one is computed again.
pub fn is_comb_of<const SUMS: usize>(comb: &Comb<SUMS>, key: &[u8; 32]) -> bool {
    AffinePoint::from_bytes(key).is_some_and(|point| comb.is_of(&point))
}

/// Returns what [`verifies`] returns, with combs of the key and of the base point. The key itself
/// is only hashed here, so its comb must have passed [`is_comb_of`]: a comb of another key accepts
/// forgeries.
#[inline(never)]
pub fn verifies_with_combs<const SUMS: usize>(
    [of_key, of_base]: [&Comb<SUMS>; 2],
    key: &[u8; 32],
    message: &[u8],
    signature: &[u8; 64],
) -> bool {
    let [r_bytes, s_bytes] = halves(signature);
    let Some(s) = Scalar::from_canonical(s_bytes) else { return false };
    let Some(r) = AffinePoint::from_bytes(r_bytes) else { return false };
    comb::equation_holds(of_key, of_base, &r, &s, &challenge(r_bytes, key, message))
}

fn halves(signature: &[u8; 64]) -> [&[u8; 32]; 2] {
    match signature.as_chunks::<32>().0 {
        [r, s] => [r, s],
        // Not so: 64 bytes are two chunks.
        _ => [&[0; 32]; 2],
    }
}

/// 8 S B = 8 R + 8 k A.
///
/// With k = ± n / m modulo L, what is computed is m S B ∓ n A − m R. That is m times P = S B − k A
/// − R: for B, whose order is L, m S may be reduced; for A, whose order divides 8 L, all but
/// multiples of L A, whose order divides 8. And 8 P has order 1 or L, of which m, from 1 to 2^125,
/// is no multiple: 8 m P = 0 just when 8 P = 0.
#[inline(never)]
fn equation_holds(a: &AffinePoint, r: &AffinePoint, s: &Scalar, k: &Scalar) -> bool {
    let k = HalfSizeScalars::of(k);
    let [b0, b1, b2, b3, b4, b5, b6, b7] = *s.times(&k.denominator).words();
    let mut of_a = Naf::of(&k.numerator, WIDTH);
    let mut of_r = Naf::of(&k.denominator, WIDTH);
    let mut of_b = Naf::of(&[b0, b1, b2, b3], base::WIDTH);
    let mut of_b_upper = Naf::of(&[b4, b5, b6, b7], base::WIDTH);
    let (mut multiples_of_a, mut multiples_of_r) =
        (OddMultiples::<MULTIPLES>::BLANK, OddMultiples::<MULTIPLES>::BLANK);
    multiples_of_a.fill(a);
    multiples_of_r.fill(r);
    let mut sum = Point::IDENTITY;
    for position in (0..POSITIONS).rev() {
        sum.double();
        // A multiple is always there: the digits are as wide as the tables are long.
        if let Some(Digit { index, negative }) = of_a.at(position) {
            let Some(multiple) = multiples_of_a.get(index) else { return false };
            sum.add(multiple, negative == k.negative);
        }
        if let Some(Digit { index, negative }) = of_r.at(position) {
            let Some(multiple) = multiples_of_r.get(index) else { return false };
            sum.add(multiple, !negative);
        }
        if let Some(Digit { index, negative }) = of_b.at(position) {
            let Some(multiple) = base::ODD.get(index) else { return false };
            sum.add_affine(multiple, negative);
        }
        if let Some(Digit { index, negative }) = of_b_upper.at(position) {
            let Some(multiple) = base::ODD_UPPER.get(index) else { return false };
            sum.add_affine(multiple, negative);
        }
    }
    sum.is_small_order()
}
