//! Where every byte lies: the only numeric offsets and lengths there are. A [`Field`] carries its
//! place in its type, so a field that left its block would not compile.

pub(crate) mod bundle;
pub(crate) mod token;

/// Length of an Ed25519 signature, in bytes.
pub(crate) const SIGNATURE_LEN: usize = 64;
/// Length of an Ed25519 public key, in bytes.
pub(crate) const PUBLIC_KEY_LEN: usize = 32;
/// Longest name, project or scope, in bytes: lengths are one byte.
pub(crate) const MAX_STRING_LEN: usize = 255;
/// Most scopes in one list: their count is one byte.
pub(crate) const MAX_SCOPES: usize = 255;

/// A field at byte `AT` of a fixed block such as the header, `LEN` bytes long. Integers are
/// big-endian.
pub(crate) struct Field<const AT: usize, const LEN: usize>;

#[expect(
    clippy::arithmetic_side_effects,
    reason = "the bounds are checked when the constant is evaluated, at compile time"
)]
impl<const AT: usize, const LEN: usize> Field<AT, LEN> {
    /// Copies the field out of a block of `BLOCK` bytes.
    pub(crate) fn read<const BLOCK: usize>(&self, block: &[u8; BLOCK]) -> [u8; LEN] {
        const { assert!(AT + LEN <= BLOCK) };
        let mut value = [0; LEN];
        value.copy_from_slice(&block[AT..AT + LEN]);
        value
    }

    /// Copies a value into a block of `BLOCK` bytes.
    pub(crate) fn write<const BLOCK: usize>(&self, block: &mut [u8; BLOCK], value: [u8; LEN]) {
        const { assert!(AT + LEN <= BLOCK) };
        block[AT..AT + LEN].copy_from_slice(&value);
    }
}
