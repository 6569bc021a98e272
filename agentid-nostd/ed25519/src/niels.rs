//! Points to be added to others: prepared once, added often.

use super::affine::AffinePoint;
use super::constants::{D, HALF};
use super::field::Fe;

/// A point to be added: Y + X, Y − X, 2 d T, and 2 Z, by which the others have not been divided.
#[derive(Clone, Copy)]
pub(super) struct ProjectiveNiels {
    pub(super) undivided: AffineNiels,
    pub(super) z2: Fe,
}

impl ProjectiveNiels {
    pub(super) const BLANK: Self = Self { undivided: AffineNiels::BLANK, z2: Fe::ZERO };

    /// Whether it is that point.
    pub(super) fn is(&self, point: &AffineNiels) -> bool {
        let AffineNiels { sum, difference, product } = &self.undivided;
        self.is_divided(sum, &point.sum)
            && self.is_divided(difference, &point.difference)
            && self.is_divided(product, &point.product)
    }

    /// Whether a number over 2 Z is that other one.
    #[inline(never)]
    fn is_divided(&self, number: &Fe, quotient: &Fe) -> bool {
        let mut difference = *quotient;
        difference.multiply(&self.z2);
        difference.subtract(number);
        difference.is_zero()
    }
}

/// The same, divided by 2 Z: (y + x) / 2, (y − x) / 2, d x y.
#[derive(Clone, Copy)]
pub(super) struct AffineNiels {
    pub(super) sum: Fe,
    pub(super) difference: Fe,
    pub(super) product: Fe,
}

impl AffineNiels {
    pub(super) const BLANK: Self = Self { sum: Fe::ZERO, difference: Fe::ZERO, product: Fe::ZERO };

    pub(super) fn of(point: &AffinePoint) -> Self {
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
