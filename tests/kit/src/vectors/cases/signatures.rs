use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::Identity;

use super::super::format::Record;
use super::code::BAD_SIGNATURE;
use super::{NOW, accepted, example, present, refuse};
use crate::points::{
    craft, crafted_public_key, join, non_canonical_encodings, plus_l, small_order_encodings, small_order_points,
};
use crate::raw::{RawToken, derived_key};

pub(super) fn records() -> Vec<Record> {
    let mut records = altered();
    records.extend(mixed_order());
    records
}

fn split(token: &[u8]) -> (&[u8], [u8; 32], [u8; 32]) {
    let (signed, signature) = token.split_at(token.len() - 64);
    let half = |range: std::ops::Range<usize>| signature[range].try_into().expect("32 bytes");
    (signed, half(0..32), half(32..64))
}

/// The example with other signatures than its own.
fn altered() -> Vec<Record> {
    let token = example().sign_as_example();
    let (signed, r, s) = split(&token);
    let with = |r: [u8; 32], s: [u8; 32]| [signed, &join(r, s)].concat();
    let flip = |mut half: [u8; 32], at: usize, bit: u8| {
        half[at] ^= bit;
        half
    };
    let by_another = example().sign(&derived_key("other-bot", "phd-lab", None));
    let mut records = vec![
        refuse("r-first-bit", &with(flip(r, 0, 1), s), NOW, BAD_SIGNATURE),
        refuse("r-sign-bit", &with(flip(r, 31, 0x80), s), NOW, BAD_SIGNATURE),
        refuse("s-first-bit", &with(r, flip(s, 0, 1)), NOW, BAD_SIGNATURE),
        refuse("s-last-bit", &with(r, flip(s, 31, 0x80)), NOW, BAD_SIGNATURE),
        refuse("s-plus-l", &with(r, plus_l(s)), NOW, BAD_SIGNATURE),
        refuse("s-is-l", &with(r, crate::points::L), NOW, BAD_SIGNATURE),
        refuse("s-is-zero", &with(r, [0; 32]), NOW, BAD_SIGNATURE),
        refuse("s-all-ones", &with(r, [0xff; 32]), NOW, BAD_SIGNATURE),
        refuse("r-and-s-swapped", &with(s, r), NOW, BAD_SIGNATURE),
        refuse("all-zero", &with([0; 32], [0; 32]), NOW, BAD_SIGNATURE),
        refuse("by-another-key", &by_another, NOW, BAD_SIGNATURE),
    ];
    for (index, encoding) in small_order_encodings().into_iter().enumerate() {
        records.push(refuse(format!("r-of-small-order-{index}"), &with(encoding, s), NOW, BAD_SIGNATURE));
    }
    for encoding in non_canonical_encodings().into_iter().take(6) {
        let name = format!("r-not-canonical-{}", hex::encode(&encoding[..1]));
        let name = if encoding[31] & 0x80 == 0 { name } else { name + "-negative" };
        records.push(refuse(name, &with(encoding, s), NOW, BAD_SIGNATURE));
    }
    records
}

/// What only the key's holder can make: points of small order added to A or R. The cofactored
/// equation holds.
fn mixed_order() -> Vec<Record> {
    let (a, r) = (Scalar::from(0x5eed_u64), Scalar::from(0xace_u64));
    let identity = curve25519_dalek::EdwardsPoint::identity();
    let mut records = Vec::new();
    for (index, torsion) in small_order_points().into_iter().enumerate() {
        for (what, to_a, to_r) in [("a", torsion, identity), ("r", identity, torsion), ("a-and-r", torsion, torsion)]
        {
            if index == 0 && what != "a" {
                continue; // nothing added: one vector of that is enough
            }
            let raw = RawToken { issuer: crafted_public_key(a, to_a), ..example() };
            let signed = raw.signed_bytes();
            let crafted = craft(a, to_a, r, to_r, &signed);
            let token = [signed.as_slice(), &crafted.signature].concat();
            let record = present(format!("{what}-plus-torsion-{index}"), &token, &[crafted.public_key], NOW);
            records.push(accepted(record, &raw, true));
        }
    }
    records
}
