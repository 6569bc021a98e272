//! SHA-512 of R, A and the message of a signature, and of secrets that everybody can compute.
//! Nothing is wiped.

use core::slice::from_ref;

use super::compression::compress512;

/// FIPS 180-4, section 5.3.5.
const INITIAL: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];

const BLOCK: usize = 128;
/// The last block ends with the number of bits, in 16 bytes.
const LENGTH_AT: usize = BLOCK - 16;

/// Returns the hash of some times 32 bytes, three times at most, and a message.
#[inline(never)]
pub fn sha512<const N: usize>(first: [&[u8; 32]; N], message: &[u8]) -> [u8; 64] {
    const { assert!(N < 4, "the message begins in the first block") };
    let mut state = INITIAL;
    let mut block = [0; BLOCK];
    let mut used = 0;
    for bytes in first {
        used = put(&mut block, used, bytes);
    }
    let before_message = used;
    let (head, rest) = message.split_at_checked(BLOCK.saturating_sub(used)).unwrap_or((message, &[]));
    used = put(&mut block, used, head);
    if used == BLOCK {
        compress512(&mut state, from_ref(&block));
        let (blocks, tail) = rest.as_chunks::<BLOCK>();
        compress512(&mut state, blocks);
        used = put(&mut block, 0, tail);
    }
    // FIPS 180-4, section 5.1.2: a one, zeros, and the length; if there is no room for the length,
    // it goes into a block of its own.
    used = put(&mut block, used, &[0x80]);
    block.iter_mut().skip(used).for_each(|byte| *byte = 0);
    if used > LENGTH_AT {
        compress512(&mut state, from_ref(&block));
        block = [0; BLOCK];
    }
    // No slice in memory is long enough for this to overflow.
    let len = message.len().saturating_add(before_message);
    let bits = u64::try_from(len).unwrap_or_default().saturating_mul(8);
    put(&mut block, LENGTH_AT + 8, &bits.to_be_bytes());
    compress512(&mut state, from_ref(&block));
    let mut digest = [0; 64];
    for (bytes, word) in digest.as_chunks_mut::<8>().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    digest
}

/// Copies bytes to a position of the block and returns the position after them. They fit.
#[inline(never)]
fn put(block: &mut [u8; BLOCK], at: usize, bytes: &[u8]) -> usize {
    for (to, from) in block.iter_mut().skip(at).zip(bytes) {
        *to = *from;
    }
    at.saturating_add(bytes.len())
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha512};

    use super::sha512;

    /// Every position in a block at which a message can end.
    #[test]
    fn it_is_sha_512_for_every_length() {
        let message: [u8; 400] = core::array::from_fn(|at| at.to_le_bytes()[0] ^ 0x5a);
        let (r, key) = ([0x11; 32], [0x22; 32]);
        assert_eq!(sha512([&r], &[])[..], Sha512::digest(r)[..]);
        for len in if cfg!(miri) { 40..52 } else { 0..400 } {
            let expected = Sha512::new().chain_update(r).chain_update(key).chain_update(&message[..len]).finalize();
            assert_eq!(sha512([&r, &key], &message[..len])[..], expected[..], "{len} bytes");
        }
    }
}
