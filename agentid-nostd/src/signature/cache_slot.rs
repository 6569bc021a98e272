//! The memory of a cache for one token.

use core::fmt;

use crate::layout::{PUBLIC_KEY_LEN, SIGNATURE_LEN};

/// What was signed, by whom, and the signature.
pub(super) struct Signed<'s> {
    pub(super) key: &'s [u8; PUBLIC_KEY_LEN],
    pub(super) message: &'s [u8],
    pub(super) signature: &'s [u8; SIGNATURE_LEN],
}

impl Signed<'_> {
    /// How many bytes of a slot it takes.
    pub(super) const fn len(&self) -> usize {
        self.message.len().saturating_add(SIGNATURE_LEN)
    }
}

/// The memory for one token of up to `LEN` bytes, which takes `LEN` and about 48 bytes. It keeps the
/// token until another takes its place.
#[derive(Clone, Copy)]
pub struct CacheSlot<const LEN: usize> {
    key: [u8; PUBLIC_KEY_LEN],
    /// What was signed, then the signature.
    token: [u8; LEN],
    /// 0 where there is none.
    len: usize,
    pub(super) used: u32,
}

impl<const LEN: usize> CacheSlot<LEN> {
    /// A slot without a token.
    pub const EMPTY: Self = Self { key: [0; PUBLIC_KEY_LEN], token: [0; LEN], len: 0, used: 0 };

    /// How many uses of others ago it was used, as far as that can be counted; an empty one is
    /// older than any.
    pub(super) const fn age(&self, now: u32) -> u32 {
        if self.len == 0 { u32::MAX } else { now.wrapping_sub(self.used) }
    }

    pub(super) fn holds(&self, signed: &Signed<'_>) -> bool {
        let token = self.token.get(..self.len).unwrap_or_default();
        token.split_last_chunk().is_some_and(|(message, signature)| {
            message == signed.message && self.key == *signed.key && are_same(signature, signed.signature)
        })
    }

    /// It fits; if it did not, the slot would be empty.
    pub(super) fn fill(&mut self, signed: &Signed<'_>) {
        self.len = 0;
        let Some(token) = self.token.get_mut(..signed.len()) else { return };
        let Some((message, signature)) = token.split_last_chunk_mut() else { return };
        message.iter_mut().zip(signed.message).for_each(|(to, from)| *to = *from);
        *signature = *signed.signature;
        self.key = *signed.key;
        self.len = signed.len();
    }
}

/// The signature is what makes a token good for whoever holds it: how long it takes to compare must
/// not tell how much of one was right.
fn are_same(a: &[u8; SIGNATURE_LEN], b: &[u8; SIGNATURE_LEN]) -> bool {
    core::hint::black_box(a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b))) == 0
}

/// Without the token, which is a bearer token.
impl<const LEN: usize> fmt::Debug for CacheSlot<LEN> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CacheSlot<{LEN}>")
    }
}
