//! SHA-256 of an input that comes in parts.

use core::slice::from_ref;

use zeroize::Zeroize;

use super::compression::compress256;

pub(crate) const BLOCK: usize = 64;
/// The last block ends with the number of bits, in 8 bytes.
const LENGTH_AT: usize = BLOCK - 8;

/// FIPS 180-4, section 5.3.3.
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// Returns the hash of the concatenated parts.
// Not inlined: on a device its stack frame must not lie below other deep calls.
#[inline(never)]
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finish()
}

/// A hash in progress. It is wiped on drop, and its methods borrow it, so it is never moved.
pub(crate) struct Sha256 {
    state: [u32; 8],
    block: [u8; BLOCK],
    /// The number of bytes of the block that are filled: always less than a whole block.
    used: usize,
    /// The number of bytes so far, modulo 2^64; FIPS 180-4 counts bits.
    len: usize,
}

impl Sha256 {
    pub(crate) const fn new() -> Self {
        Self { state: INITIAL, block: [0; BLOCK], used: 0, len: 0 }
    }

    /// Hashes more bytes.
    #[inline(never)]
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.len = self.len.wrapping_add(bytes.len());
        let room = BLOCK.saturating_sub(self.used);
        let Some((head, rest)) = bytes.split_at_checked(room) else { return self.put(bytes) };
        self.put(head);
        compress256(&mut self.state, from_ref(&self.block));
        let (blocks, tail) = rest.as_chunks::<BLOCK>();
        compress256(&mut self.state, blocks);
        self.used = 0;
        self.put(tail);
    }

    /// Returns the hash of all bytes so far. The state is meaningless after that.
    #[inline(never)]
    pub(crate) fn finish(&mut self) -> [u8; 32] {
        // FIPS 180-4, section 5.1.1: a one, zeros, and the length; if there is no room for the
        // length, it goes into a block of its own.
        self.put(&[0x80]);
        self.block.iter_mut().skip(self.used).for_each(|byte| *byte = 0);
        if self.used > LENGTH_AT {
            compress256(&mut self.state, from_ref(&self.block));
            self.block = [0; BLOCK];
        }
        // No message in memory is long enough for this to overflow.
        let bits = u64::try_from(self.len).unwrap_or_default().wrapping_mul(8);
        self.used = LENGTH_AT;
        self.put(&bits.to_be_bytes());
        compress256(&mut self.state, from_ref(&self.block));
        let mut digest = [0; 32];
        for (bytes, word) in digest.as_chunks_mut::<4>().0.iter_mut().zip(self.state) {
            *bytes = word.to_be_bytes();
        }
        digest
    }

    /// Copies bytes to the end of the filled part. The bytes fit.
    #[inline(never)]
    fn put(&mut self, bytes: &[u8]) {
        for (to, from) in self.block.iter_mut().skip(self.used).zip(bytes) {
            *to = *from;
        }
        self.used = self.used.saturating_add(bytes.len());
    }
}

impl Drop for Sha256 {
    fn drop(&mut self) {
        self.state.zeroize();
        self.block.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256 as Reference};

    use super::sha256;

    /// Every position in a block at which a message can end, whole and in parts.
    #[test]
    fn it_is_that_of_sha2_for_every_length() {
        let message: [u8; 200] = core::array::from_fn(|at| u8::try_from(at).expect("below 256") ^ 0x5a);
        for len in if cfg!(miri) { 50..70 } else { 0..200 } {
            let message = &message[..len];
            let expected = Reference::digest(message);
            assert_eq!(sha256(&[message])[..], expected[..], "{len} bytes");
            for at in (0..len).step_by(7) {
                let (first, second) = message.split_at(at);
                assert_eq!(sha256(&[first, &[], second])[..], expected[..], "{at} of {len} bytes");
            }
        }
    }
}
