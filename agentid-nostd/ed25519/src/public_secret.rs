//! The public key of a secret that everybody knows: none other may be asked about here.

use super::affine::AffinePoint;
use super::base;
use super::naf::{Digit, Naf, POSITIONS};
use super::niels::AffineNiels;
use super::point::Point;
use super::scalar::Scalar;
use agentid_hash::sha512;

/// Returns whether the key belongs to this secret (RFC 8032, section 5.1.5), in variable time.
pub fn is_key_of_public_secret(key: &[u8; 32], secret: &[u8; 32]) -> bool {
    AffinePoint::from_bytes(key).is_some_and(|key| base_times(&scalar_of(secret)).is(&AffineNiels::of(&key)))
}

/// The number of the secret, modulo L: the base point has that order.
fn scalar_of(secret: &[u8; 32]) -> Scalar {
    let mut number = sha512([secret], &[]);
    number.iter_mut().skip(32).for_each(|byte| *byte = 0);
    number[0] &= 0xf8;
    number[31] = number[31] & 0x7f | 0x40;
    Scalar::from_wide(&number)
}

/// A multiple of the base point, in variable time.
fn base_times(scalar: &Scalar) -> Point {
    let [b0, b1, b2, b3, b4, b5, b6, b7] = *scalar.words();
    let mut lower = Naf::of(&[b0, b1, b2, b3], base::WIDTH);
    let mut upper = Naf::of(&[b4, b5, b6, b7], base::WIDTH);
    let mut sum = Point::IDENTITY;
    for position in (0..POSITIONS).rev() {
        sum.double();
        for (digits, multiples) in [(&mut lower, &base::ODD), (&mut upper, &base::ODD_UPPER)] {
            // A multiple is always there: the digits are as wide as the tables are long.
            if let Some(Digit { index, negative }) = digits.at(position)
                && let Some(multiple) = multiples.get(index)
            {
                sum.add_affine(multiple, negative);
            }
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::constants::EIGHT_TORSION;
    use curve25519_dalek::edwards::EdwardsPoint;
    use sha2::{Digest, Sha512};

    use super::is_key_of_public_secret;
    use crate::testing::Random;

    #[test]
    #[cfg_attr(miri, ignore = "it is the reference that takes minutes there")]
    fn a_key_belongs_to_its_secret_and_to_no_other() {
        let mut random = Random::new(12);
        for _ in 0..50 {
            let secret = random.bytes();
            let mut half = [0; 32];
            half.copy_from_slice(&Sha512::digest(secret)[..32]);
            let key = EdwardsPoint::mul_base_clamped(half);
            assert!(is_key_of_public_secret(key.compress().as_bytes(), &secret));
            let mut other = secret;
            other[random.below(32)] ^= 1 << random.below(8);
            assert!(!is_key_of_public_secret(key.compress().as_bytes(), &other));
            // A key that differs by a point of small order is another key.
            let shifted = key + EIGHT_TORSION[1 + random.below(7)];
            assert!(!is_key_of_public_secret(shifted.compress().as_bytes(), &secret));
            assert!(!is_key_of_public_secret((-key).compress().as_bytes(), &secret));
        }
        assert!(!is_key_of_public_secret(&[0; 32], &[7; 32]), "no key at all");
    }
}
