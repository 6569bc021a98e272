//! Who checks signatures, in everything that this module answers.

#[cfg(any(feature = "mint", feature = "precomputed"))]
use agentid_nostd::{Error, PublicKey};

#[cfg(any(feature = "mint", feature = "precomputed"))]
use crate::errors::{Code, code};
#[cfg(all(feature = "precomputed", feature = "admission"))]
pub(crate) use crate::precomputed::Curve;
#[cfg(feature = "precomputed")]
pub(crate) use crate::precomputed::curve;

#[cfg(all(feature = "backend-builtin", not(feature = "precomputed")))]
pub(crate) use agentid_nostd::Builtin as Curve;
#[cfg(not(any(feature = "backend-builtin", feature = "backend-dalek")))]
pub(crate) use agentid_nostd::Compact as Curve;
#[cfg(all(feature = "backend-dalek", not(feature = "backend-builtin")))]
pub(crate) use agentid_nostd::Dalek as Curve;

/// What knows all that there is to know at this moment.
#[cfg(not(feature = "precomputed"))]
pub(crate) const fn curve() -> Curve {
    Curve
}

/// A key of 32 bytes.
#[cfg(any(feature = "mint", feature = "precomputed"))]
pub(crate) fn public_key(bytes: &[u8]) -> Result<PublicKey, Code> {
    let key = bytes.try_into().map_err(|_| Error::InvalidPublicKey);
    key.and_then(|key| PublicKey::from_bytes_with(curve(), key)).map_err(code)
}
