//! Points of edwards25519 (RFC 8032, section 5.1): doubling and adding.
//!
//! The formulas are those of Hisil, Wong, Carter and Dawson, "Twisted Edwards curves revisited"
//! (2008), for a = −1: section 3.1 (adding, with 2 d T prepared) and 3.3 (doubling). They work in
//! place. On this curve they have no exceptions, so that Z is never 0: −1 is a square modulo p and
//! d is not, so that 1 ± d x1 x2 y1 y2 is never 0 (Bernstein, Birkner, Joye, Lange, Peters,
//! "Twisted Edwards curves", 2008, section 6).

use super::affine::{AffinePoint, is_small_order};
use super::constants::D_2;
use super::field::Fe;
use super::niels::{AffineNiels, ProjectiveNiels};

/// A point as (x, y) = (X / Z, Y / Z), and x y = E H / Z: what a formula leaves, so that E H is
/// computed only where an addition follows.
#[derive(Clone, Copy)]
pub(super) struct Point {
    x: Fe,
    y: Fe,
    z: Fe,
    e: Fe,
    h: Fe,
}

impl Point {
    pub(super) const IDENTITY: Self = Self { x: Fe::ZERO, y: Fe::ONE, z: Fe::ONE, e: Fe::ZERO, h: Fe::ONE };

    /// Makes it that point, in place.
    pub(super) fn set(&mut self, point: &AffinePoint) {
        (self.x, self.e) = (point.x, point.x);
        (self.y, self.h) = (point.y, point.y);
        self.z = Fe::ONE;
    }

    /// Makes it that multiple, in place.
    pub(super) fn set_affine(&mut self, multiple: &AffineNiels) {
        let AffineNiels { sum, difference, .. } = multiple;
        let (mut x, mut y) = (*sum, *sum);
        x.subtract(difference);
        y.add(difference);
        self.set(&AffinePoint { x, y });
    }

    /// Whether the order divides 8.
    pub(super) fn is_small_order(&self) -> bool {
        is_small_order(&self.x, &self.y)
    }

    /// A = X², B = Y², C = 2 Z², H = A + B, E = (X + Y)² − H, G = B − A, F = C − G: the signs are
    /// such that E, F, G and H are never negated. X = E F, Y = G H, Z = F G, T = E H.
    #[inline(never)]
    pub(super) fn double(&mut self) {
        let Self { x, y, z, e, h } = self;
        *e = *x;
        e.add(y);
        e.square();
        x.square();
        y.square();
        z.square();
        *h = *x;
        h.add(y);
        e.subtract(h);
        // G, in Y
        y.subtract(x);
        // F, in X
        *x = *z;
        x.add(z);
        x.subtract(y);
        *z = *x;
        z.multiply(y);
        x.multiply(e);
        y.multiply(h);
    }

    /// Adds a multiple, or takes it away.
    pub(super) fn add(&mut self, multiple: &ProjectiveNiels, negative: bool) {
        self.z.multiply(&multiple.z2);
        self.add_affine(&multiple.undivided, negative);
    }

    /// With D = 2 Z1 Z2 in Z: A = (Y1 − X1) (Y2 − X2), B = (Y1 + X1) (Y2 + X2), C = 2 d T1 T2; E =
    /// B − A, F = D − C, G = D + C, H = B + A. The negative of a point has X and T of the other
    /// sign, which swaps its sum and difference, and F and G.
    ///
    /// Where the numbers of the multiple have been divided by 2 Z2, all of these are, and D is Z1,
    /// which is in Z. Where they have not been, [`add`](Self::add) has put D there. The point
    /// is the same.
    #[inline(never)]
    pub(super) fn add_affine(&mut self, multiple: &AffineNiels, negative: bool) {
        let Self { x, y, z, e, h } = self;
        let (sum, difference) = multiple.signed(negative);
        // C, in E
        e.multiply(h);
        e.multiply(&multiple.product);
        // B, in H
        *h = *y;
        h.add(x);
        h.multiply(sum);
        // A, in Y
        y.subtract(x);
        y.multiply(difference);
        // F, in X, and G, in Z
        *x = *z;
        let (f, g) = if negative { (&mut *z, &mut *x) } else { (&mut *x, &mut *z) };
        f.subtract(e);
        g.add(e);
        *e = *h;
        e.subtract(y);
        h.add(y);
        *y = *z;
        y.multiply(h);
        z.multiply(x);
        x.multiply(e);
    }

    /// The coordinates themselves.
    pub(super) fn affine(&self) -> AffinePoint {
        let mut inverse = self.z;
        inverse.invert();
        let (mut x, mut y) = (self.x, self.y);
        x.multiply(&inverse);
        y.multiply(&inverse);
        AffinePoint { x, y }
    }

    /// Whether it is that point.
    #[inline(never)]
    pub(super) fn is(&self, point: &AffineNiels) -> bool {
        let mut ours = ProjectiveNiels::BLANK;
        self.write_to(&mut ours);
        ours.is(point)
    }

    /// As it can be added.
    #[inline(never)]
    pub(super) fn write_to(&self, multiple: &mut ProjectiveNiels) {
        let Self { x, y, z, e, h } = self;
        let ProjectiveNiels { undivided: AffineNiels { sum, difference, product }, z2 } = multiple;
        *sum = *y;
        sum.add(x);
        *difference = *y;
        difference.subtract(x);
        *product = *e;
        product.multiply(h);
        product.multiply(&D_2);
        *z2 = *z;
        z2.add(z);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use curve25519_dalek::constants::EIGHT_TORSION;
    use curve25519_dalek::edwards::EdwardsPoint;
    use curve25519_dalek::scalar::Scalar;

    use super::{Point, ProjectiveNiels};
    use crate::affine::AffinePoint;
    use crate::base;
    use crate::constants::D_2;
    use crate::field::Fe;
    use crate::testing::{ROUNDS, Random};

    /// Some point, of any order.
    pub(crate) fn random_point(random: &mut Random) -> EdwardsPoint {
        let scalar = match random.below(3) {
            0 => Scalar::from(random.below(4) as u64),
            _ => Scalar::from_bytes_mod_order(random.bytes()),
        };
        EdwardsPoint::mul_base(&scalar) + EIGHT_TORSION[random.below(8)]
    }

    /// Its coordinates in our field, small order or not.
    fn ours(point: &EdwardsPoint) -> Point {
        let mut started = Point::IDENTITY;
        // A table of the point, reached by what can be decoded: it, or it and the base point.
        let decoded = |point: &EdwardsPoint| AffinePoint::from_bytes(point.compress().as_bytes());
        let base = EdwardsPoint::mul_base(&Scalar::ONE);
        let (reached, back) = match decoded(point) {
            Some(decoded) => (decoded, false),
            None => (decoded(&(point + base)).expect("of large order"), true),
        };
        started.set(&reached);
        if back {
            started.add_affine(&base::ODD[0], true);
        }
        assert_same(&started, point);
        started
    }

    /// (X / Z, Y / Z) is the point, and E H / Z is x y.
    pub(crate) fn assert_same(ours: &Point, theirs: &EdwardsPoint) {
        let bytes = theirs.compress().to_bytes();
        let (y, sign) = Fe::from_bytes(&bytes).expect("canonical");
        let mut scaled = y;
        scaled.multiply(&ours.z);
        scaled.subtract(&ours.y);
        assert!(scaled.is_zero() && !ours.z.is_zero());
        // x by its square and sign: x = X / Z is odd where it should be, for which Z has to be divided
        // away.
        let mut inverse = ours.z;
        inverse.invert();
        let mut x = ours.x;
        x.multiply(&inverse);
        assert!(x.is_zero() || x.is_odd() == sign);
        // x y Z = E H
        let (mut product, mut t) = (ours.e, x);
        product.multiply(&ours.h);
        t.multiply(&ours.y);
        product.subtract(&t);
        assert!(product.is_zero());
        // x is one of the two roots that belong to y: −x² + y² = 1 + d x² y².
        let (mut xx, mut yy) = (x, y);
        xx.square();
        yy.square();
        let mut right = xx;
        right.multiply(&yy);
        right.multiply(&D_2);
        // Twice both sides, because 2 d is at hand.
        right.add(&Fe::ONE);
        right.add(&Fe::ONE);
        yy.subtract(&xx);
        let once = yy;
        yy.add(&once);
        yy.subtract(&right);
        assert!(yy.is_zero());
        assert_eq!(ours.is_small_order(), theirs.is_small_order());
    }

    #[test]
    fn doubling_and_adding_are_those_of_dalek_for_points_of_any_order() {
        let mut random = Random::new(9);
        for _ in 0..ROUNDS.div_ceil(20) {
            let (p, q) = (random_point(&mut random), random_point(&mut random));
            let (mut sum, q_ours) = (ours(&p), ours(&q));
            let mut expected = p;
            let mut multiple = ProjectiveNiels::BLANK;
            q_ours.write_to(&mut multiple);
            for _ in 0..4 {
                let negative = random.below(2) == 0;
                match random.below(4) {
                    0 => {
                        sum.double();
                        expected += expected;
                    }
                    1 => {
                        sum.add(&multiple, negative);
                        expected += if negative { -q } else { q };
                    }
                    operation => {
                        let index = random.below(base::ODD.len());
                        let odd = EdwardsPoint::mul_base(&Scalar::from(2 * index as u64 + 1));
                        if operation == 2 {
                            sum.add_affine(&base::ODD[index], negative);
                            expected += if negative { -odd } else { odd };
                        } else {
                            sum.set_affine(&base::ODD[index]);
                            expected = odd;
                        }
                    }
                }
                assert_same(&sum, &expected);
            }
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "it is the reference that takes minutes there")]
    fn small_order_is_small_order_whatever_z() {
        for torsion in EIGHT_TORSION {
            assert!(AffinePoint::from_bytes(torsion.compress().as_bytes()).is_none());
            assert!(ours(&torsion).is_small_order());
        }
    }
}
