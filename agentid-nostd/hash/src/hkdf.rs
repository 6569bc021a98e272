//! HKDF-SHA256 (RFC 5869) for one output of 32 bytes. All that depends on the input is wiped.

use zeroize::Zeroize;

use super::sha256::{BLOCK, Sha256};

/// Extract and expand: returns the first 32 bytes of output. The input is the concatenation of the
/// parts.
#[inline(never)]
pub fn hkdf(salt: &[u8; 10], input: &[&[u8]], info: &[u8]) -> [u8; 32] {
    let mut pseudorandom_key = hmac(salt, input);
    // RFC 5869, section 2.3: the first block of the output is the only one.
    let output = hmac(&pseudorandom_key, &[info, &[1]]);
    pseudorandom_key.zeroize();
    output
}

/// HMAC-SHA256 (RFC 2104) of the concatenated parts, with a key of at most one block.
#[inline(never)]
fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    const { assert!(BLOCK >= 32) };
    let (mut inner, mut outer) = (Sha256::new(), Sha256::new());
    take_key(&mut inner, key, 0x36);
    for part in parts {
        inner.update(part);
    }
    let mut digest = inner.finish();
    take_key(&mut outer, key, 0x5c);
    outer.update(&digest);
    digest.zeroize();
    outer.finish()
}

/// A block of the key, padded with zeros, XOR the pad byte.
fn take_key(hash: &mut Sha256, key: &[u8], pad: u8) {
    let mut block = [pad; BLOCK];
    for (to, from) in block.iter_mut().zip(key) {
        *to ^= from;
    }
    hash.update(&block);
    block.zeroize();
}

#[cfg(test)]
mod tests {
    use hkdf::Hkdf;
    use sha2::Sha256;

    use super::hkdf;

    #[test]
    fn the_output_is_that_of_another_crate_for_every_length_of_input() {
        let input = [0x77; 150];
        for len in if cfg!(miri) { 60..70 } else { 0..150 } {
            let input = &input[..len];
            for info in [&b""[..], b"ed25519-signing-key", &[0x33; 70]] {
                let mut expected = [0; 32];
                Hkdf::<Sha256>::new(Some(b"agentid-v1"), input).expand(info, &mut expected).expect("a length");
                let (first, second) = input.split_at(len / 2);
                assert_eq!(hkdf(b"agentid-v1", &[first, second], info), expected, "{len} bytes");
            }
        }
    }
}
