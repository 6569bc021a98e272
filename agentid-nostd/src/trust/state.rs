//! What a verifier stores of the newest bundle, so that a restart changes nothing.

use super::anchor::BundleVersion;
use crate::error::Error;
use crate::layout::bundle::{self as layout, NO_KEY, STATE_LEN};
use crate::signature::PublicKey;

/// What a verifier stores of each bundle, before the bundle is put in force. At the next start it
/// goes into [`TrustAnchor::from_state`](crate::TrustAnchor::from_state): then no older bundle
/// opens, no other next authority is named, and a hand-over is not undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrustState {
    /// The authority in force.
    pub authority: PublicKey,
    /// The key that may take over from it, if a bundle has named one.
    pub next_authority: Option<PublicKey>,
    /// The newest bundle.
    pub version: BundleVersion,
}

impl TrustState {
    /// Length of the bytes that are stored.
    pub const LEN: usize = STATE_LEN;

    /// The bytes to store: authority, next authority or zeros, epoch, digest. A storage that can be
    /// interrupted needs a checksum of its own.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; STATE_LEN] {
        let mut bytes = [0; STATE_LEN];
        layout::STATE_AUTHORITY.write(&mut bytes, *self.authority.as_bytes());
        layout::STATE_NEXT.write(&mut bytes, self.next_authority.map_or(NO_KEY, |key| *key.as_bytes()));
        layout::STATE_EPOCH.write(&mut bytes, self.version.epoch.to_be_bytes());
        layout::STATE_DIGEST.write(&mut bytes, self.version.digest);
        bytes
    }

    /// Reads what was stored.
    ///
    /// # Errors
    /// [`Error::InvalidPublicKey`] if the authority is no key, as in memory that was erased. Then
    /// nothing is known of earlier bundles: take the pinned key only at a first start.
    pub fn from_bytes(bytes: &[u8; STATE_LEN]) -> Result<Self, Error> {
        let version = BundleVersion {
            epoch: u64::from_be_bytes(layout::STATE_EPOCH.read(bytes)),
            digest: layout::STATE_DIGEST.read(bytes),
        };
        let authority = PublicKey::from_bytes(&layout::STATE_AUTHORITY.read(bytes))?;
        Ok(Self { authority, next_authority: key(layout::STATE_NEXT.read(bytes)), version })
    }
}

/// The key of a next authority; zeros are none.
pub(super) fn key(bytes: [u8; 32]) -> Option<PublicKey> {
    (bytes != NO_KEY).then_some(PublicKey::unvalidated(bytes))
}
