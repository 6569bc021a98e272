//! Where the keys of a table lie.

use super::slot::Key;
use crate::hash_key::HashKey;

/// A table without a secret: the finaliser of SplitMix64 spreads its keys. For small tables, such as
/// those of a device: whoever has a trusted key can choose token ids that collide, which costs at
/// most a pass over all slots.
#[derive(Clone, Copy, Debug)]
pub struct Unkeyed;

/// How the keys of a table are spread.
pub trait Spread {
    /// Returns a hash of the key.
    fn hash(&self, key: &Key) -> u64;
}

impl Spread for Unkeyed {
    /// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
    #[inline]
    fn hash(&self, key: &Key) -> u64 {
        let (of, _) = key.of.split_last_chunk().map_or((&[0; 8], &[][..]), |(rest, last)| (last, rest));
        let mut hash = key.token_id ^ u64::from_le_bytes(*of);
        hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        hash ^ (hash >> 31)
    }
}

impl Spread for HashKey {
    fn hash(&self, key: &Key) -> u64 {
        self.hash(&key.to_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::{HashKey, Key, Spread, Unkeyed};
    use crate::usage::slot::OF_LEN;

    /// The first two numbers of SplitMix64 from the seed 1,234,567, as Rosetta Code lists them.
    #[test]
    fn keys_are_spread_as_splitmix64_spreads_them() {
        let mut state = 1_234_567_u64;
        for expected in [6_457_827_717_110_365_317, 3_203_168_211_198_807_973] {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut of = [0; OF_LEN];
            let in_issuer = 0x0123_4567_89ab_cdef_u64;
            of[4..].copy_from_slice(&in_issuer.to_le_bytes());
            assert_eq!(Unkeyed.hash(&Key { of, token_id: state ^ in_issuer }), expected);
        }
    }

    #[test]
    fn with_a_hash_key_every_part_of_a_key_counts_and_the_secret_as_well() {
        let hash_key = HashKey::new([7; 16]);
        let key = Key { of: [1; OF_LEN], token_id: 9 };
        let other_id = Key { token_id: 10, ..key };
        let mut other_issuer = key;
        other_issuer.of[OF_LEN - 1] ^= 1;
        let hash = Spread::hash(&hash_key, &key);
        for other in [other_id, other_issuer, key.issuer()] {
            assert_ne!(Spread::hash(&hash_key, &other), hash);
        }
        assert_ne!(Spread::hash(&HashKey::new([8; 16]), &key), hash);
    }
}
