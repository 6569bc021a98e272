//! The public key in `CKA_EC_POINT`.

use agentid_nostd::PublicKey;

use super::error::Pkcs11Error;

/// Tag and length of a DER OCTET STRING of 32 bytes.
const OCTET_STRING_OF_32: [u8; 2] = [0x04, 0x20];

/// Reads a public key from `CKA_EC_POINT`: a DER OCTET STRING, or the 32 bytes themselves, as
/// version 3.0 of the standard and some devices have it.
///
/// # Errors
/// [`Pkcs11Error::UnknownPoint`] for any other form; [`Pkcs11Error::Refused`] if the core refuses
/// the key.
pub(super) fn public_key(point: &[u8]) -> Result<PublicKey, Pkcs11Error> {
    let bytes = match <&[u8; 32]>::try_from(point) {
        Ok(bytes) => Some(bytes),
        Err(_) => point.strip_prefix(&OCTET_STRING_OF_32).and_then(|bytes| bytes.try_into().ok()),
    };
    Ok(PublicKey::from_bytes(bytes.ok_or(Pkcs11Error::UnknownPoint(point.len()))?)?)
}

#[cfg(test)]
mod tests {
    use agentid_nostd::{Error, Signer, SigningKey};

    use super::public_key;
    use crate::pkcs11::Pkcs11Error;

    fn key() -> [u8; 32] {
        *SigningKey::from_secret_bytes(&[7; 32]).expect("a secret").public_key().as_bytes()
    }

    #[test]
    fn a_point_is_read_as_octet_string_and_as_it_is() {
        let key = key();
        for point in [key.to_vec(), [&[0x04, 0x20], &key[..]].concat()] {
            assert_eq!(public_key(&point).expect("a key").as_bytes(), &key);
        }
    }

    #[test]
    fn another_form_of_a_point_is_refused() {
        let key = key();
        let of = |parts: [&[u8]; 2]| parts.concat();
        for point in [
            vec![],
            key[..31].to_vec(),
            // 33 bytes: what follows, and what precedes, the key.
            of([&key, &[0]]),
            of([&[0], &key]),
            // An octet string that says another length.
            of([&[0x04, 0x1f], &key]),
            of([&[0x04, 0x21], &key]),
            of([&[0x04, 0x81, 0x20], &key]),
            // A bit string.
            of([&[0x03, 0x21, 0x00], &key]),
            // The last byte is missing, or there is one more.
            of([&[0x04, 0x20], &key[..31]]),
            [&[0x04, 0x20], &key[..], &[0]].concat(),
            // The uncompressed point of another curve.
            of([&[0x04, 0x41, 0x04], &[1; 64]]),
        ] {
            let refusal = public_key(&point).expect_err("another form");
            assert!(
                matches!(refusal, Pkcs11Error::UnknownPoint(len) if len == point.len()),
                "{point:02x?}: {refusal}"
            );
        }
    }

    #[test]
    fn a_point_that_the_core_refuses_is_refused() {
        // The neutral element has order one.
        let mut neutral = [0; 32];
        neutral[0] = 1;
        for bytes in [neutral, [0xff; 32]] {
            let refusal = public_key(&bytes).expect_err("no key");
            assert!(matches!(refusal, Pkcs11Error::Refused(Error::InvalidPublicKey)), "{refusal}");
        }
    }
}
