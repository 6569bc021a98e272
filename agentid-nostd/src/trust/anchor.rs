//! The conditions for a bundle to be put in force: the key that signed it, and the newest version
//! so far.

use crate::clock::DEFAULT_CLOCK_SKEW_SECONDS;
use crate::layout::PUBLIC_KEY_LEN;
use crate::signature::PublicKey;

/// Names one bundle of an authority. Store it after each bundle that was put in force, and give it
/// to [`TrustAnchor::newest`] at the next start: then no older bundle opens.
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

/// The pinned values that a verifier opens trust bundles with: the authority's key, and the newest
/// bundle seen so far.
///
/// ```
/// use agentid_nostd::{BundleVersion, Signer, SigningKey, TrustAnchor};
/// let authority = SigningKey::from_secret_bytes(&[7; 32])?.public_key();
/// let first_start = TrustAnchor::new(authority);
/// let later = TrustAnchor::new(authority).newest(BundleVersion { epoch: 3, digest: [0; 32] }); // from storage
/// # Ok::<(), agentid_nostd::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct TrustAnchor {
    authority: PublicKey,
    newest: Option<BundleVersion>,
    clock_skew_seconds: u32,
}

impl TrustAnchor {
    /// Pins the key of an authority. No bundle was seen before, so one of any epoch opens.
    pub const fn new(authority: PublicKey) -> Self {
        Self { authority, newest: None, clock_skew_seconds: DEFAULT_CLOCK_SKEW_SECONDS }
    }

    /// The newest bundle seen so far: an older one, or another one of the same epoch, does not
    /// open.
    pub const fn newest(mut self, version: BundleVersion) -> Self {
        self.newest = Some(version);
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

    pub(super) fn is_of(&self, authority: &[u8; PUBLIC_KEY_LEN]) -> bool {
        self.authority.as_bytes() == authority
    }

    pub(crate) const fn newest_version(&self) -> Option<BundleVersion> {
        self.newest
    }

    pub(super) const fn skew(&self) -> u32 {
        self.clock_skew_seconds
    }
}
