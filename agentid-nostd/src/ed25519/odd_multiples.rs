//! The multiples that digits choose from.

use super::decoded::Decoded;
use super::multiple::Multiple;
use super::point::Point;

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
}
