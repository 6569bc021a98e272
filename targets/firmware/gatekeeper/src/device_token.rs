//! The device's own token, for callers that want to know who they are talking to.

use agentid_nostd::{AgentIdentity, Clock, Error, Signer, SigningKey, TokenBuilder};

use crate::ports::{Entropy, Lent};

/// Where the device's own tokens come from; `()` where it has none.
pub trait TokenSource {
    /// Mints one into `room`; `None` where the device has no identity.
    ///
    /// # Errors
    /// Those of [`TokenBuilder::mint_into`], [`Error::EntropyUnavailable`], and
    /// [`Error::TimeUncertain`] where the time is not known.
    fn mint<'b>(&mut self, clock: Clock, room: &'b mut [u8]) -> Option<Result<&'b [u8], Error>>;
}

impl TokenSource for () {
    fn mint<'b>(&mut self, _: Clock, _: &'b mut [u8]) -> Option<Result<&'b [u8], Error>> {
        None
    }
}

impl<T: TokenSource> TokenSource for Lent<'_, T> {
    fn mint<'b>(&mut self, clock: Clock, room: &'b mut [u8]) -> Option<Result<&'b [u8], Error>> {
        self.0.mint(clock, room)
    }
}

/// An identity and what its tokens say: minted when asked, for 15 minutes, with a random token id.
///
/// It is a bearer token: let its scopes name what the device is, not what it may do elsewhere.
///
/// The identity may sign by a [`Signer`] of its own, such as a secure element.
#[derive(Debug)]
pub struct DeviceToken<'a, E, S: Signer = SigningKey> {
    identity: AgentIdentity<'a, S>,
    scopes: &'a [&'a str],
    entropy: E,
}

impl<'a, E: Entropy, S: Signer> DeviceToken<'a, E, S> {
    /// Takes the identity and its entropy source.
    pub const fn new(identity: AgentIdentity<'a, S>, scopes: &'a [&'a str], entropy: E) -> Self {
        Self { identity, scopes, entropy }
    }

    fn try_mint<'b>(&mut self, clock: Clock, room: &'b mut [u8]) -> Result<&'b [u8], Error> {
        let Clock::Known(now) = clock else { return Err(Error::TimeUncertain) };
        let mut id = [0; 8];
        self.entropy.fill(&mut id)?;
        TokenBuilder::new(&self.identity, now, u64::from_be_bytes(id)).scopes(self.scopes).mint_into(room)
    }
}

impl<E: Entropy, S: Signer> TokenSource for DeviceToken<'_, E, S> {
    fn mint<'b>(&mut self, clock: Clock, room: &'b mut [u8]) -> Option<Result<&'b [u8], Error>> {
        Some(self.try_mint(clock, room))
    }
}
