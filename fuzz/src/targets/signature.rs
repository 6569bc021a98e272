//! Keys, messages and signatures without a token around them: every backend, with multiples of the
//! key and without, answers as the model; a table with a changed number is refused.
//!
//! Whoever makes the signature knows all secrets and may add points of small order. The scalar that
//! the hash makes is nobody's choice, so its edges are left to the tests of
//! `agentid-nostd/ed25519/src/`. `cargo xtask fuzz signature` asks each arithmetic of our own curve
//! code in turn, but not as WebAssembly has it, with wide products and wide digits together.

use std::sync::LazyLock;

use agentid_nostd::{
    Backend, Builtin, CacheSlot, Compact, Dalek, HashKey, Precomputed, PrecomputedBase, PrecomputedKey,
    PrecomputedTable, PublicKey, VerifiedCache,
};
use agentid_test_kit::points::{craft, non_canonical_encodings, plus_l, small_order_encodings, small_order_points};
use arbitrary::{Result, Unstructured};
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;

use crate::input::{Agent, prefixed};
use crate::model::signature;

static BASE: LazyLock<PrecomputedBase<4>> = LazyLock::new(PrecomputedBase::new);

/// Bit 0 of the first byte: 0 for a key and a signature of chosen scalars and points, 1 for a key
/// and a signature as they are. Bits 1 and 2: 0 for a cache before the backend, 1 for a table of
/// the key, 2 for a small one, 3 for a changed one.
pub fn run(data: &[u8]) {
    let _ = check(&mut Unstructured::new(data));
}

fn check(u: &mut Unstructured<'_>) -> Result<()> {
    let kind: u8 = u.arbitrary()?;
    let (key, signature, message) =
        if kind & 1 == 0 { crafted(u)? } else { (u.arbitrary()?, u.arbitrary()?, u.bytes(u.len())?.to_vec()) };
    let expected =
        Answer { is_key: signature::point(&key).is_some(), holds: signature::holds(&key, &message, &signature) };
    assert_eq!(expected, answer(Compact, &key, &message, &signature));
    assert_eq!(expected, answer(Dalek, &key, &message, &signature));
    assert_eq!(expected, answer(Builtin, &key, &message, &signature));
    let Ok(public) = PublicKey::from_bytes(&key) else { return Ok(()) };
    match kind >> 1 & 3 {
        0 => {
            let cache = VerifiedCache::new(Builtin, HashKey::new([0; 16]), [CacheSlot::<256>::EMPTY; 1]);
            for _ in 0..2 {
                assert_eq!(expected, answer(&cache, &key, &message, &signature));
            }
        }
        1 => {
            let table = PrecomputedTable::new(&public).expect("a key");
            let precomputed = [PrecomputedKey::new(&public, &table).expect("its table")];
            assert_eq!(expected, answer(Precomputed::new(&precomputed), &key, &message, &signature));
        }
        2 => {
            let table = PrecomputedTable::new(&public).expect("a key");
            let precomputed = [PrecomputedKey::with_base(&public, &table, &BASE).expect("its table")];
            assert_eq!(expected, answer(Precomputed::new(&precomputed), &key, &message, &signature));
        }
        _ => {
            let mut words = PrecomputedTable::<4>::new(&public).expect("a key").words();
            let [sum, coordinate, word, bit, ..] = signature.map(usize::from);
            words[sum % 4][coordinate % 3][word % 8] ^= 1 << (bit % 32);
            assert!(PrecomputedKey::with_base(&public, &PrecomputedTable::from_words(&words), &BASE).is_err());
        }
    }
    Ok(())
}

#[derive(Debug, PartialEq)]
struct Answer {
    is_key: bool,
    holds: bool,
}

fn answer(backend: impl Backend + Copy, key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> Answer {
    match PublicKey::from_bytes_with(backend, key) {
        Ok(key) => {
            let holds = key.verify_signature_with(backend, message, signature).is_ok();
            Answer { is_key: true, holds }
        }
        Err(_) => Answer { is_key: false, holds: false },
    }
}

/// A signature that holds, mostly, and the same with one of its parts exchanged.
fn crafted(u: &mut Unstructured<'_>) -> Result<([u8; 32], [u8; 64], Vec<u8>)> {
    let message = prefixed(u)?;
    let (secret, added_to_key) = (scalar(u)?, torsion(u)?);
    let (nonce, added_to_r) = (scalar(u)?, torsion(u)?);
    let crafted = craft(secret, added_to_key, nonce, added_to_r, &message);
    let (mut key, mut signature) = (crafted.public_key, crafted.signature);
    let (r, s) = signature.split_first_chunk_mut::<32>().expect("64 bytes");
    let s: &mut [u8; 32] = s.try_into().expect("32 bytes");
    match u.arbitrary::<u8>()? % 16 {
        8 => key = awkward(u)?,
        9 => *r = awkward(u)?,
        10 => *s = plus_l(*s),
        11 => *s = scalar(u)?.to_bytes(),
        12 => *s = u.arbitrary()?,
        13 => key[31] ^= 0x80,
        14 => r[31] ^= 0x80,
        15 => {
            let bit = usize::from(u.arbitrary::<u16>()?) % 512;
            signature[bit / 8] ^= 1 << (bit % 8);
        }
        _ => {}
    }
    Ok((key, signature, message))
}

/// That of an agent, a small one, one next to a power of two, or any; or its negative.
fn scalar(u: &mut Unstructured<'_>) -> Result<Scalar> {
    let kind: u8 = u.arbitrary()?;
    let small = |u: &mut Unstructured<'_>| u.arbitrary::<u8>().map(Scalar::from);
    let scalar = match kind % 8 {
        0..=2 => Agent::choose(u)?.key().to_scalar(),
        3 => small(u)?,
        4 | 5 => {
            let mut power = [0; 32];
            let bit = usize::from(u.arbitrary::<u8>()? % 253);
            power[bit / 8] = 1 << (bit % 8);
            Scalar::from_bytes_mod_order(power) + small(u)?
        }
        _ => Scalar::from_bytes_mod_order(u.arbitrary()?),
    };
    Ok(if kind < 128 { scalar } else { -scalar })
}

/// The identity, mostly.
fn torsion(u: &mut Unstructured<'_>) -> Result<EdwardsPoint> {
    Ok(small_order_points()[usize::from(u.arbitrary::<u8>()?.saturating_sub(128)) % 8])
}

/// Encodings of points of small order, encodings that are not canonical, or any bytes.
fn awkward(u: &mut Unstructured<'_>) -> Result<[u8; 32]> {
    let all = [small_order_encodings(), non_canonical_encodings()].concat();
    let choice = usize::from(u.arbitrary::<u8>()?);
    if choice == 0 { u.arbitrary() } else { Ok(all[choice % all.len()]) }
}
