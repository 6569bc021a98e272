//! Products with a point that is known in advance, by a signed comb (Hamburg, "Fast and compact
//! elliptic-curve cryptography", 2012).
//!
//! A comb reads a scalar as rows of bits, one row for each of its teeth. One bit of every row, a
//! column, chooses one of the sums ± P ± 2^s P ± 2^2s P ..., s being the length of a row: so s
//! doublings and s additions make a product. Half of the sums are the negatives of the others.

use core::fmt;

use super::affine::AffinePoint;
use super::niels::{AffineNiels, ProjectiveNiels};
use super::point::Point;
use super::scalar::Scalar;

/// As many signs as an odd number needs, as a sum of ± 2^i: k or k + L is below 2 L, and that below
/// 2^254.
const BITS: usize = 254;
/// The most teeth but for the last, whose sign is that of the whole.
const MOST_OTHERS: usize = 7;

/// The sums of a point P whose last sign is a plus, as many as 2 to the power of the other teeth.
/// Bit i of its index is the sign of 2^(i s) P: 1 is a plus.
#[derive(Clone, Copy)]
pub struct Comb<const SUMS: usize>([AffineNiels; SUMS]);

impl<const SUMS: usize> Comb<SUMS> {
    const TEETH: usize = {
        assert!(SUMS.is_power_of_two() && 4 <= SUMS && SUMS <= 1 << MOST_OTHERS, "4, 8, 16, 32, 64 or 128");
        SUMS.trailing_zeros() as usize + 1
    };
    const ROW: usize = BITS.div_ceil(Self::TEETH);

    /// Makes a comb of what [`words`](Self::words) returned. [`is_comb_of`](crate::is_comb_of)
    /// checks whether it is right.
    pub const fn from_words(words: &[[[u32; 8]; 3]; SUMS]) -> Self {
        let _ = Self::TEETH;
        let mut sums = [AffineNiels::BLANK; SUMS];
        let (mut to, mut from): (&mut [_], &[_]) = (&mut sums, words);
        while let ([sum, others @ ..], [words, other_words @ ..]) = (to, from) {
            *sum = AffineNiels::from_words(words);
            (to, from) = (others, other_words);
        }
        Self(sums)
    }

    /// Each sum as (y + x) / 2, (y − x) / 2 and d x y, little-endian, below p.
    pub fn words(&self) -> [[[u32; 8]; 3]; SUMS] {
        self.0.map(|sum| sum.words())
    }

    pub(super) fn of(point: &AffinePoint) -> Self {
        let mut sums = [AffineNiels::BLANK; SUMS];
        Self::all_sums(point, |index, sum| {
            sums.get_mut(index).is_some_and(|to| {
                *to = AffineNiels::of(&sum.affine());
                true
            })
        });
        Self(sums)
    }

    /// Whether it is the comb of this point: every sum is computed again.
    pub(super) fn is_of(&self, point: &AffinePoint) -> bool {
        Self::all_sums(point, |index, sum| self.0.get(index).is_some_and(|written| sum.is(written)))
    }

    /// Shows each sum with its index until one is not liked, in the order of Gray's code: from each
    /// to the next it is one addition.
    fn all_sums(point: &AffinePoint, mut like: impl FnMut(usize, &Point) -> bool) -> bool {
        let mut sum = Point::IDENTITY;
        let mut power = Point::IDENTITY;
        power.set(point);
        let mut step = ProjectiveNiels::BLANK;
        // 2 P, 2 2^s P, ...
        let mut doubled = [ProjectiveNiels::BLANK; MOST_OTHERS];
        for twice in doubled.iter_mut().take(Self::TEETH - 1) {
            power.write_to(&mut step);
            sum.add(&step, true);
            power.double();
            power.write_to(twice);
            for _ in 1..Self::ROW {
                power.double();
            }
        }
        power.write_to(&mut step);
        sum.add(&step, false);
        if !like(0, &sum) {
            return false;
        }
        for number in 1..SUMS {
            let index = number ^ (number >> 1);
            let tooth = number.trailing_zeros() as usize;
            let Some(twice) = doubled.get(tooth) else { return false };
            sum.add(twice, (index >> tooth) & 1 == 0);
            if !like(index, &sum) {
                return false;
            }
        }
        true
    }
}

impl<const SUMS: usize> fmt::Debug for Comb<SUMS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Comb<{SUMS}>")
    }
}

/// Whether S B − k A − R has small order, by combs of A and B: the equation of [`super::verify`].
#[inline(never)]
pub(super) fn equation_holds<const SUMS: usize>(
    of_a: &Comb<SUMS>,
    of_b: &Comb<SUMS>,
    r: &AffinePoint,
    s: &Scalar,
    k: &Scalar,
) -> bool {
    let (rows_of_s, rows_of_k) = (Rows::<SUMS>::of(s), Rows::<SUMS>::of(k));
    let mut sum = Point::IDENTITY;
    let last = Comb::<SUMS>::ROW - 1;
    for place in (0..=last).rev() {
        // An index is always there: it has as many bits.
        let (index, negative) = rows_of_s.column(place);
        let Some(multiple) = of_b.0.get(index) else { return false };
        if place == last {
            // Never negative: the highest bit of all is in this column.
            sum.set_affine(multiple);
        } else {
            sum.double();
            sum.add_affine(multiple, negative);
        }
        let (index, negative) = rows_of_k.column(place);
        let Some(multiple) = of_a.0.get(index) else { return false };
        sum.add_affine(multiple, !negative);
    }
    // The negative of it all, which has small order just when it has.
    let mut multiple = ProjectiveNiels::BLANK;
    sum.write_to(&mut multiple);
    sum.set(r);
    sum.add(&multiple, true);
    sum.is_small_order()
}

/// A scalar for a comb of so many sums.
struct Rows<const SUMS: usize>([u32; 9]);

impl<const SUMS: usize> Rows<SUMS> {
    /// With n bits, teeth times the length of a row, the sum of (2 b_i − 1) 2^i is 2 b − 2^n + 1:
    /// that is an odd k for b = (k − 1) / 2 + 2^(n−1), where the half is below 2^253 and the
    /// highest bit free. From 3 teeth to 8, n is 255, 256, 255, 258, 259 and 256: nine words.
    ///
    /// An even k becomes odd by adding L. A multiple of a point with a part of small order changes
    /// by that, but by a point of small order, which the equation does not see.
    #[inline(never)]
    fn of(scalar: &Scalar) -> Self {
        let [a, b, c, d, e, f, g, h] = scalar.odd();
        let half = |word: u32, above: u32| word >> 1 | above << 31;
        let mut bits =
            [half(a, b), half(b, c), half(c, d), half(d, e), half(e, f), half(f, g), half(g, h), half(h, 0), 0];
        let top = Comb::<SUMS>::TEETH * Comb::<SUMS>::ROW - 1;
        if let Some(word) = bits.get_mut(top / 32) {
            *word |= 1 << (top % 32);
        }
        Self(bits)
    }

    /// Which sum, and whether it is its negative.
    fn column(&self, place: usize) -> (usize, bool) {
        let mut index = 0;
        for tooth in (0..Comb::<SUMS>::TEETH).rev() {
            index = index << 1 | self.bit(place + tooth * Comb::<SUMS>::ROW);
        }
        // The last sign is the highest bit, and there are twice as many columns as sums.
        if index >= SUMS { (index - SUMS, false) } else { (SUMS - 1 - index, true) }
    }

    fn bit(&self, at: usize) -> usize {
        self.0.get(at / 32).map_or(0, |word| (word >> (at % 32)) as usize & 1)
    }
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::edwards::EdwardsPoint;
    use curve25519_dalek::scalar::Scalar as Reference;

    use super::{Comb, Rows};
    use crate::affine::AffinePoint;
    use crate::base;
    use crate::constants::BASE;
    use crate::point::Point;
    use crate::point::tests::{assert_same, random_point};
    use crate::scalar::Scalar;
    use crate::testing::{ROUNDS, Random, to_bytes};

    /// A point of large order, some with a part of small order.
    fn decodable(random: &mut Random) -> (EdwardsPoint, AffinePoint) {
        let mut points = (0..100).map(|_| random_point(random));
        let decoded = |point: EdwardsPoint| Some((point, AffinePoint::from_bytes(point.compress().as_bytes())?));
        points.find_map(decoded).expect("most points are of large order")
    }

    /// k P by the comb, column by column, beside dalek.
    fn products<const SUMS: usize>(seed: u64) {
        let mut random = Random::new(seed);
        let (point, decoded) = decodable(&mut random);
        let comb = Comb::<SUMS>::of(&decoded);
        assert!(comb.is_of(&decoded));
        let edges = [0u64, 1, 2, 3].map(Reference::from);
        let edges = edges.into_iter().chain(edges.map(|edge| -edge));
        let others = (0..ROUNDS.div_ceil(100)).map(|_| Reference::from_bytes_mod_order(to_bytes(&random.words())));
        for k in edges.chain(others) {
            let rows = Rows::<SUMS>::of(&Scalar::from_canonical(k.as_bytes()).expect("below L"));
            let mut sum = Point::IDENTITY;
            for place in (0..Comb::<SUMS>::ROW).rev() {
                sum.double();
                let (index, negative) = rows.column(place);
                sum.add_affine(&comb.0[index], negative);
            }
            let order_times = point * -Reference::ONE + point;
            let odd = if k.as_bytes()[0] & 1 == 0 { point * k + order_times } else { point * k };
            assert_same(&sum, &odd);
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "minutes there; the comb in flash goes the same way")]
    fn products_are_those_of_dalek_with_any_number_of_teeth() {
        products::<4>(20);
        products::<8>(21);
        products::<16>(22);
        products::<32>(23);
        products::<64>(24);
        products::<128>(25);
    }

    #[test]
    fn the_comb_in_flash_is_that_of_the_base_point() {
        assert!(base::COMB.is_of(&AffinePoint::from_bytes(&BASE).expect("of large order")));
    }

    #[test]
    #[cfg_attr(miri, ignore = "minutes there; the comb in flash goes the same way")]
    fn a_comb_is_of_its_point_only_and_every_number_in_it_counts() {
        let mut random = Random::new(25);
        let [(_, one), (_, other)] = [(); 2].map(|()| decodable(&mut random));
        let comb = Comb::<16>::of(&one);
        assert!(!comb.is_of(&other));
        let mut negative = one;
        negative.x.negate();
        assert!(!comb.is_of(&negative));
        let mut swapped = comb;
        swapped.0.swap(3, 4);
        assert!(!swapped.is_of(&one));
        let words = comb.words();
        assert!(Comb::from_words(&words).is_of(&one));
        for sum in 0..16 {
            for coordinate in 0..3 {
                let mut changed = words;
                changed[sum][coordinate][random.below(8)] ^= 1 << random.below(32);
                assert!(!Comb::from_words(&changed).is_of(&one), "{sum}, {coordinate}");
            }
        }
    }
}
