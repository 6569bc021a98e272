//! The conditions for a bundle to be put in force: the key that signed it, and the newest version
//! so far.

use super::state::TrustState;
use crate::clock::DEFAULT_CLOCK_SKEW_SECONDS;
use crate::layout::PUBLIC_KEY_LEN;
use crate::layout::bundle::NO_KEY;
use crate::signature::PublicKey;

/// Names one bundle of an authority. It is a part of [`TrustState`], which a verifier stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BundleVersion {
    /// The epoch: a newer bundle has a higher one.
    pub epoch: u64,
    /// SHA-256 over all bytes of the bundle, signature included, as `sha256sum` prints it.
    pub digest: [u8; 32],
}

impl BundleVersion {
    /// Returns whether another version may follow this one: a higher epoch, or the same bytes
    /// again.
    pub(super) const fn may_be_followed_by(&self, epoch: u64, is_same: bool) -> bool {
        epoch > self.epoch || (epoch == self.epoch && is_same)
    }
}

/// The pinned values that a verifier opens trust bundles with: the authority's key, the key that may
/// take over from it, and the newest bundle seen so far.
///
/// ```
/// use agentid_nostd::{Signer, SigningKey, TrustAnchor, TrustState};
/// # fn stored() -> Option<[u8; TrustState::LEN]> { None }
/// let pinned = SigningKey::from_secret_bytes(&[7; 32])?.public_key();
/// let anchor = match stored() {
///     None => TrustAnchor::new(pinned), // the first start
///     Some(state) => TrustAnchor::from_state(&TrustState::from_bytes(&state)?),
/// };
/// # Ok::<(), agentid_nostd::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct TrustAnchor {
    authority: PublicKey,
    /// All zeros if there is none.
    next: [u8; PUBLIC_KEY_LEN],
    newest: Option<BundleVersion>,
    clock_skew_seconds: u32,
}

impl TrustAnchor {
    /// Pins the key of an authority. No bundle was seen before, so one of any epoch opens.
    pub const fn new(authority: PublicKey) -> Self {
        Self { authority, next: NO_KEY, newest: None, clock_skew_seconds: DEFAULT_CLOCK_SKEW_SECONDS }
    }

    /// Pins what was stored of the newest bundle, with the default clock skew.
    pub const fn from_state(state: &TrustState) -> Self {
        let anchor = Self::new(state.authority).newest(state.version);
        match state.next_authority {
            Some(key) => anchor.next_authority(key),
            None => anchor,
        }
    }

    /// The newest bundle seen so far: an older one, or another one of the same epoch, does not
    /// open.
    pub const fn newest(mut self, version: BundleVersion) -> Self {
        self.newest = Some(version);
        self
    }

    /// The key that may take over from the authority, as the newest bundle names it. Another one is
    /// refused from then on.
    pub const fn next_authority(mut self, key: PublicKey) -> Self {
        self.next = *key.as_bytes();
        self
    }

    /// How many seconds the issued_at of a bundle may lie ahead of a known clock;
    /// [`DEFAULT_CLOCK_SKEW_SECONDS`](crate::DEFAULT_CLOCK_SKEW_SECONDS) unless told otherwise.
    pub const fn clock_skew_seconds(mut self, seconds: u32) -> Self {
        self.clock_skew_seconds = seconds;
        self
    }

    /// The pinned key.
    #[must_use]
    pub const fn authority(&self) -> &PublicKey {
        &self.authority
    }

    pub(crate) fn is_of(&self, authority: &[u8; PUBLIC_KEY_LEN]) -> bool {
        self.authority.as_bytes() == authority
    }

    /// This anchor with the next authority that a bundle in force names, if nothing is known of one.
    pub(crate) fn next_named_by(mut self, authority: &[u8; PUBLIC_KEY_LEN], next: [u8; PUBLIC_KEY_LEN]) -> Self {
        if self.next == NO_KEY && self.is_of(authority) {
            self.next = next;
        }
        self
    }

    /// Whether a bundle of this authority is a hand-over.
    pub(super) fn may_be_followed_by(&self, authority: &[u8; PUBLIC_KEY_LEN]) -> bool {
        self.next != NO_KEY && self.next == *authority
    }

    /// Whether a bundle of the authority may name this next one. The first one wins, so that a thief
    /// of the authority's key cannot redirect the hand-over.
    pub(super) fn allows_next(&self, next: &[u8; PUBLIC_KEY_LEN]) -> bool {
        !self.is_of(next) && (self.next == NO_KEY || self.next == *next)
    }

    pub(crate) const fn newest_version(&self) -> Option<BundleVersion> {
        self.newest
    }

    pub(super) const fn skew(&self) -> u32 {
        self.clock_skew_seconds
    }
}
