//! Points to be added to others: prepared once, added often.

use super::decoded::{D, Decoded};
use super::field::Fe;
use super::point::Point;

/// (p + 1) / 2.
const HALF: Fe = Fe::from_words([
    0xffff_fff7,
    0xffff_ffff,
    0xffff_ffff,
    0xffff_ffff,
    0xffff_ffff,
    0xffff_ffff,
    0xffff_ffff,
    0x3fff_ffff,
]);

/// A point to be added: Y + X, Y − X, 2 d T, and 2 Z. The same number may stand before all four.
#[derive(Clone, Copy)]
pub(super) struct Multiple {
    pub(super) affine: Affine,
    pub(super) z2: Fe,
}

impl Multiple {
    pub(super) const BLANK: Self = Self { affine: Affine::BLANK, z2: Fe::ZERO };

    /// Whether one of its numbers, divided by 2 Z, is that one.
    #[inline(never)]
    pub(super) fn has(&self, number: &Fe, divided: &Fe) -> bool {
        let mut difference = *divided;
        difference.multiply(&self.z2);
        difference.subtract(number);
        difference.is_zero()
    }
}

/// The same with 2 Z = 1: (y + x) / 2, (y − x) / 2, d x y.
#[derive(Clone, Copy)]
pub(super) struct Affine {
    pub(super) sum: Fe,
    pub(super) difference: Fe,
    pub(super) product: Fe,
}

impl Affine {
    pub(super) const BLANK: Self = Self { sum: Fe::ZERO, difference: Fe::ZERO, product: Fe::ZERO };

    pub(super) fn of(point: &Decoded) -> Self {
        let (mut sum, mut difference, mut product) = (point.y, point.y, point.x);
        sum.add(&point.x);
        sum.multiply(&HALF);
        difference.subtract(&point.x);
        difference.multiply(&HALF);
        product.multiply(&point.y);
        product.multiply(&D);
        Self { sum, difference, product }
    }

    /// Sum and difference of the point, or of its negative.
    pub(super) fn signed(&self, negative: bool) -> (&Fe, &Fe) {
        let Self { sum, difference, .. } = self;
        if negative { (difference, sum) } else { (sum, difference) }
    }

    pub(super) const fn from_words([sum, difference, product]: &[[u32; 8]; 3]) -> Self {
        Self { sum: Fe::from_words(*sum), difference: Fe::from_words(*difference), product: Fe::from_words(*product) }
    }

    /// The numbers below p.
    pub(super) fn words(&self) -> [[u32; 8]; 3] {
        [self.sum.canonical(), self.difference.canonical(), self.product.canonical()]
    }
}

/// The first odd multiples of a point: 1, 3, 5, ...
pub(super) struct OddMultiples<const N: usize>([Multiple; N]);

impl<const N: usize> OddMultiples<N> {
    /// To be filled.
    pub(super) const BLANK: Self = Self([Multiple::BLANK; N]);

    #[inline(never)]
    pub(super) fn fill(&mut self, point: &Decoded) {
        let mut next = Point::IDENTITY;
        let mut step = Multiple::BLANK;
        next.set(point);
        next.double();
        next.write_to(&mut step);
        next.set(point);
        for multiple in &mut self.0 {
            next.write_to(multiple);
            next.add(&step, false);
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<&Multiple> {
        self.0.get(index)
    }
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::edwards::EdwardsPoint;
    use curve25519_dalek::scalar::Scalar;

    use super::OddMultiples;
    use crate::ed25519::base;
    use crate::ed25519::decoded::Decoded;
    use crate::ed25519::point::Point;
    use crate::ed25519::point::tests::{assert_same, random_point};
    use crate::ed25519::testing::Random;

    #[test]
    #[cfg_attr(miri, ignore = "it is the reference that takes minutes there")]
    fn odd_multiples_are_odd_multiples() {
        let mut random = Random::new(11);
        let point = random_point(&mut random) + EdwardsPoint::mul_base(&Scalar::from(77u64));
        let mut multiples = OddMultiples::<4>::BLANK;
        multiples.fill(&Decoded::from_bytes(point.compress().as_bytes()).expect("of large order"));
        for index in 0..4 {
            let mut sum = Point::IDENTITY;
            // From a point whose x y is not 0, so that all of the entry counts.
            sum.add_affine(&base::ODD[1], false);
            sum.add(multiples.get(index).expect("four"), false);
            let expected = EdwardsPoint::mul_base(&Scalar::from(3u64)) + point * Scalar::from(2 * index as u64 + 1);
            assert_same(&sum, &expected);
        }
        assert!(multiples.get(4).is_none());
    }

    /// The constants in flash: B and 2^128 B, each times 1, 3, 5, ...
    #[test]
    #[cfg_attr(miri, ignore = "it is the reference that takes minutes there")]
    fn the_tables_of_the_base_point_are_its_multiples() {
        let upper = Scalar::from(u128::MAX) + Scalar::ONE;
        for (table, first) in [(&base::ODD, Scalar::ONE), (&base::ODD_UPPER, upper)] {
            for (index, multiple) in table.iter().enumerate() {
                let mut sum = Point::IDENTITY;
                let odd = first * Scalar::from(2 * index as u64 + 1);
                sum.add_affine(multiple, false);
                assert_same(&sum, &EdwardsPoint::mul_base(&odd));
                // Once more: now x y is not 0, so that all of the entry counts.
                sum.add_affine(multiple, false);
                assert_same(&sum, &EdwardsPoint::mul_base(&(odd + odd)));
            }
        }
    }
}
