//! Who checks signatures, in everything that this module answers.

#[cfg(any(feature = "mint", feature = "pinned"))]
use agentid_nostd::{Error, PublicKey};

#[cfg(any(feature = "mint", feature = "pinned"))]
use crate::errors::{Code, code};
#[cfg(all(feature = "pinned", feature = "admission"))]
pub(crate) use crate::pinned::Curve;
#[cfg(feature = "pinned")]
pub(crate) use crate::pinned::curve;

#[cfg(not(any(feature = "backend-edge", feature = "backend-dalek")))]
pub(crate) use agentid_nostd::Compact as Curve;
#[cfg(all(feature = "backend-dalek", not(feature = "backend-edge")))]
pub(crate) use agentid_nostd::Dalek as Curve;
#[cfg(all(feature = "backend-edge", not(feature = "pinned")))]
pub(crate) use agentid_nostd::Edge as Curve;

/// What knows all that there is to know at this moment.
#[cfg(not(feature = "pinned"))]
pub(crate) const fn curve() -> Curve {
    Curve
}

/// A key of 32 bytes.
#[cfg(any(feature = "mint", feature = "pinned"))]
pub(crate) fn public_key(bytes: &[u8]) -> Result<PublicKey, Code> {
    let key = bytes.try_into().map_err(|_| Error::InvalidPublicKey);
    key.and_then(|key| PublicKey::from_bytes_with(curve(), key)).map_err(code)
}
