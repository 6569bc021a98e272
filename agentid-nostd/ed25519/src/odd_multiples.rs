//! The multiples that digits choose from.

use super::affine::AffinePoint;
use super::niels::ProjectiveNiels;
use super::point::Point;

/// The first odd multiples of a point: 1, 3, 5, ...
pub(super) struct OddMultiples<const N: usize>([ProjectiveNiels; N]);

impl<const N: usize> OddMultiples<N> {
    /// To be filled.
    pub(super) const BLANK: Self = Self([ProjectiveNiels::BLANK; N]);

    #[inline(never)]
    pub(super) fn fill(&mut self, point: &AffinePoint) {
        let mut next = Point::IDENTITY;
        let mut step = ProjectiveNiels::BLANK;
        next.set(point);
        next.double();
        next.write_to(&mut step);
        next.set(point);
        for multiple in &mut self.0 {
            next.write_to(multiple);
            next.add(&step, false);
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<&ProjectiveNiels> {
        self.0.get(index)
    }
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::edwards::EdwardsPoint;
    use curve25519_dalek::scalar::Scalar;

    use super::OddMultiples;
    use crate::affine::AffinePoint;
    use crate::base;
    use crate::point::Point;
    use crate::point::tests::{assert_same, random_point};
    use crate::testing::Random;

    #[test]
    #[cfg_attr(miri, ignore = "it is the reference that takes minutes there")]
    fn odd_multiples_are_odd_multiples() {
        let mut random = Random::new(11);
        let point = random_point(&mut random) + EdwardsPoint::mul_base(&Scalar::from(77u64));
        let mut multiples = OddMultiples::<4>::BLANK;
        multiples.fill(&AffinePoint::from_bytes(point.compress().as_bytes()).expect("of large order"));
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
