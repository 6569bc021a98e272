//! What a ledger keeps of one token.

use core::fmt;

use super::Demand;

/// How much is kept of who a count is of: its kind, and the beginning of the issuer's key. Whoever
/// wants to spend somebody else's counts needs a trusted key that has all of this in common with
/// theirs, which takes 2^88 keys to find.
pub(super) const OF_LEN: usize = 12;

/// The length of a [`Key`] in bytes.
const KEY_LEN: usize = OF_LEN + size_of::<u64>();

/// The memory for one token that is being counted, 32 bytes.
#[derive(Clone, Copy)]
pub struct LedgerSlot {
    pub(super) token_id: u64,
    pub(super) expires_at: i64,
    pub(super) of: [u8; OF_LEN],
    /// 0 marks an empty slot.
    pub(super) uses: u32,
}

impl LedgerSlot {
    /// A slot without a token.
    pub const EMPTY: Self = Self { token_id: 0, expires_at: 0, of: [0; OF_LEN], uses: 0 };

    pub(super) const fn key(&self) -> Key {
        Key { of: self.of, token_id: self.token_id }
    }
}

impl fmt::Debug for LedgerSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LedgerSlot").field("uses", &self.uses).finish_non_exhaustive()
    }
}

/// What a count is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    pub(super) of: [u8; OF_LEN],
    pub(super) token_id: u64,
}

impl Key {
    // Not inlined, as some others in `table.rs`: it stands in several places, and is 30 bytes on
    // Cortex-M0.
    #[inline(never)]
    pub(super) fn of(demand: &Demand) -> Self {
        let mut of = [0; OF_LEN];
        let (kind, issuer) = of.split_at_mut(1);
        kind.fill(demand.kind().number());
        issuer.iter_mut().zip(demand.issuer()).for_each(|(to, from)| *to = *from);
        Self { of, token_id: demand.token_id() }
    }

    /// All of it, for a hash.
    pub(super) fn to_bytes(self) -> [u8; KEY_LEN] {
        let mut bytes = [0; KEY_LEN];
        let (of, token_id) = bytes.split_at_mut(OF_LEN);
        of.copy_from_slice(&self.of);
        token_id.copy_from_slice(&self.token_id.to_le_bytes());
        bytes
    }

    /// The issuer alone, whatever the kind and the token.
    pub(super) const fn issuer(mut self) -> Self {
        let [kind, ..] = &mut self.of;
        *kind = 0;
        self.token_id = 0;
        self
    }
}
