//! Claims that outlive the token and the trust set that they were made from.

use core::fmt;
use core::num::NonZeroU32;

use crate::error::Error;
use crate::fingerprint::Fingerprint;
use crate::signature::PublicKey;
use crate::token::Scopes;
use crate::trust::issuer::Ceiling;
use crate::verify::Claims;
use crate::writer::Writer;

/// [`Claims`] that own what they say: the signed bytes of the token without its signature, and the
/// issuer's ceiling, in memory of the caller's choice. `Send`, `Sync` and `'static` if that memory
/// is.
///
/// They can be made from claims only, so that `permits` means the same.
///
/// ```
/// use agentid_nostd::{AgentIdentity, Clock, OwnedClaims, TokenBuilder, verify_token};
/// # let agent = AgentIdentity::derive("research-bot", "phd-lab", None)?;
/// # let (now, mut token) = (1_790_000_000, [0; 256]);
/// # let token = TokenBuilder::new(&agent, now, 7).scopes(&["read:*"]).mint_into(&mut token)?;
/// let mut memory = [0; 256];
/// let claims = verify_token(token, &agent.public_key(), Clock::Known(now))?.to_buffer(&mut memory)?;
/// assert!(claims.permits("read:arxiv") && !claims.permits("write:notes"));
/// # Ok::<(), agentid_nostd::Error>(())
/// ```
#[derive(Clone)]
pub struct OwnedClaims<B> {
    /// The signed bytes, then the ceiling as it stands in a bundle.
    bytes: B,
    signed_len: usize,
    has_ceiling: bool,
}

impl<'t> Claims<'t> {
    /// Copies the claims into a buffer.
    ///
    /// # Errors
    /// [`Error::BufferTooSmall`].
    pub fn to_buffer<'b>(&self, buf: &'b mut [u8]) -> Result<OwnedClaims<&'b [u8]>, Error> {
        let room = buf.len();
        let mut writer = Writer::new(buf);
        self.write(|bytes| writer.put(bytes)).ok_or(Error::BufferTooSmall)?;
        let len = room.saturating_sub(writer.room());
        Ok(self.owned(buf.get(..len).unwrap_or_default()))
    }

    /// Copies the claims into `N` bytes that lie in the result.
    ///
    /// # Errors
    /// [`Error::BufferTooSmall`].
    #[cfg(feature = "heapless")]
    pub fn to_heapless<const N: usize>(&self) -> Result<OwnedClaims<heapless::Vec<u8, N>>, Error> {
        let mut bytes = heapless::Vec::new();
        self.write(|part| bytes.extend_from_slice(part).ok()).ok_or(Error::BufferTooSmall)?;
        Ok(self.owned(bytes))
    }

    /// Copies the claims onto the heap.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn to_vec(&self) -> OwnedClaims<alloc::vec::Vec<u8>> {
        let mut bytes = alloc::vec::Vec::new();
        // Cannot fail: a vector grows, and a ceiling has at most 255 scopes.
        let _ = self.write(|part| {
            bytes.extend_from_slice(part);
            Some(())
        });
        self.owned(bytes)
    }

    fn owned<B>(&self, bytes: B) -> OwnedClaims<B> {
        OwnedClaims { bytes, signed_len: self.signed_bytes().len(), has_ceiling: self.ceiling().is_some() }
    }

    /// Hands out every part in turn, until `put` has no room.
    fn write(&self, mut put: impl FnMut(&[u8]) -> Option<()>) -> Option<()> {
        put(self.signed_bytes())?;
        let Some(ceiling) = self.ceiling() else { return Some(()) };
        put(&[u8::try_from(ceiling.len()).ok()?])?;
        ceiling.iter().try_for_each(|scope| {
            put(&[u8::try_from(scope.len()).ok()?])?;
            put(scope.as_bytes())
        })
    }
}

impl<B: AsRef<[u8]>> OwnedClaims<B> {
    /// The claims, borrowed from here. `None` never occurs for memory that keeps what was written
    /// to it.
    #[must_use]
    pub fn claims(&self) -> Option<Claims<'_>> {
        let (signed, ceiling) = self.bytes.as_ref().split_at_checked(self.signed_len)?;
        Claims::from_signed(signed, self.has_ceiling.then_some(ceiling))
    }

    /// As [`Claims::permits`].
    #[must_use]
    pub fn permits(&self, required: &str) -> bool {
        self.claims().is_some_and(|claims| claims.permits(required))
    }

    /// The agent's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.claims().map_or("", |claims| claims.name())
    }

    /// The agent's project.
    #[must_use]
    pub fn project(&self) -> &str {
        self.claims().map_or("", |claims| claims.project())
    }

    /// As [`Claims::requested_scopes`].
    pub fn requested_scopes(&self) -> impl Iterator<Item = &str> {
        self.claims().into_iter().flat_map(|claims| -> Scopes<'_> { claims.requested_scopes() })
    }

    /// As [`Claims::ceiling`].
    #[must_use]
    pub fn ceiling(&self) -> Option<Ceiling<'_>> {
        self.claims()?.ceiling()
    }

    /// When the token was issued, in Unix seconds.
    #[must_use]
    pub fn issued_at(&self) -> i64 {
        self.claims().map_or(0, |claims| claims.issued_at())
    }

    /// The first second at which the token is no longer valid, in Unix seconds.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        self.claims().map_or(0, |claims| claims.expires_at())
    }

    /// How many calls the token is good for; `None` is unlimited.
    #[must_use]
    pub fn max_calls(&self) -> Option<NonZeroU32> {
        self.claims()?.max_calls()
    }

    /// The number that tells this token from every other one of the same issuer.
    #[must_use]
    pub fn token_id(&self) -> u64 {
        self.claims().map_or(0, |claims| claims.token_id())
    }

    /// The trusted key that signed the token.
    #[must_use]
    pub fn issuer(&self) -> PublicKey {
        self.claims().map_or(PublicKey::unvalidated([0; 32]), |claims| *claims.issuer())
    }

    /// The short form of the issuer's key, for people and logs.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.issuer())
    }
}

impl<B: AsRef<[u8]>> fmt::Debug for OwnedClaims<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OwnedClaims").field(&self.claims()).finish()
    }
}

/// For logs and answers: token id, issuer and fingerprint as text. There is no way back: claims
/// come from signatures.
#[cfg(feature = "serde")]
impl<B: AsRef<[u8]>> serde::Serialize for OwnedClaims<B> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use alloc::vec::Vec;

        use serde::ser::{Error as _, SerializeStruct as _};
        let claims = self.claims().ok_or_else(|| S::Error::custom("the memory has not kept the claims"))?;
        let mut fields = serializer.serialize_struct("Claims", 10)?;
        fields.serialize_field("name", claims.name())?;
        fields.serialize_field("project", claims.project())?;
        fields.serialize_field("requested_scopes", &claims.requested_scopes().collect::<Vec<_>>())?;
        let ceiling = claims.ceiling().map(|ceiling| ceiling.iter().collect::<Vec<_>>());
        fields.serialize_field("ceiling", &ceiling)?;
        fields.serialize_field("issued_at", &claims.issued_at())?;
        fields.serialize_field("expires_at", &claims.expires_at())?;
        fields.serialize_field("max_calls", &claims.max_calls())?;
        fields.serialize_field("token_id", &alloc::format!("{:016x}", claims.token_id()))?;
        fields
            .serialize_field("issuer", &alloc::format!("{:x}", base16ct::HexDisplay(claims.issuer().as_bytes())))?;
        fields.serialize_field("fingerprint", claims.fingerprint().as_str())?;
        fields.end()
    }
}
