//! The secret of a hash table: who does not know it cannot choose where its keys lie.

use core::fmt;

use siphasher::sip::SipHasher13;

/// 16 random bytes from your entropy source, drawn when the program starts. Tables with such a key
/// use SipHash-1-3 (Aumasson and Bernstein, 2012), so that nobody can aim at a slot of theirs.
#[derive(Clone, Copy)]
pub struct HashKey([u8; 16]);

impl HashKey {
    /// Takes 16 random bytes.
    #[must_use]
    pub const fn new(random: [u8; 16]) -> Self {
        Self(random)
    }

    /// Hashes the bytes.
    // Not inlined: tables ask for it in several places.
    #[inline(never)]
    pub(crate) fn hash(&self, bytes: &[u8]) -> u64 {
        SipHasher13::new_with_key(&self.0).hash(bytes)
    }
}

/// Without the bytes: whoever reads a log must not learn where keys lie.
impl fmt::Debug for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashKey")
    }
}

/// Returns the place among so many slots that a hash stands for, spread evenly.
pub(crate) fn place(hash: u64, slots: usize) -> usize {
    let slots = u64::try_from(slots).unwrap_or(u64::MAX);
    usize::try_from((hash >> 32).saturating_mul(slots) >> 32).unwrap_or(0)
}
