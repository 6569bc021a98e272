//! Minting by the system's clock and source of randomness.

use std::fmt;

use agentid_nostd::{
    AgentIdentity, Clock, DEFAULT_TTL_SECONDS, Error, Signer, SigningKey, TokenBuilder as CoreBuilder,
    random_token_id, token_len,
};

use crate::clock::system_clock;

/// What goes into a token. [`build`](Self::build) fills in the time and a random token id.
///
/// ```
/// use agentid_host::{AgentIdentity, TokenBuilder, verify_token};
///
/// let seed = [7; 32]; // 32 random bytes, kept in a vault
/// let identity = AgentIdentity::derive("research-bot", "phd-lab", Some(&seed))?;
/// let token = TokenBuilder::new(&identity)
///     .scopes(["read:arxiv", "write:notes"])
///     .ttl_seconds(900)
///     .max_calls(100)
///     .build()?;
/// let claims = verify_token(&token, &identity.public_key())?;
/// assert!(claims.permits("read:arxiv"));
/// # Ok::<(), agentid_host::Error>(())
/// ```
#[must_use = "a builder mints nothing until `build` is called"]
pub struct TokenBuilder<'a, S = SigningKey> {
    identity: &'a AgentIdentity<'a, S>,
    scopes: Vec<String>,
    ttl_seconds: u64,
    max_calls: u32,
}

impl<'a, S: Signer> TokenBuilder<'a, S> {
    /// A token of this agent without scopes, for 900 seconds and unlimited calls.
    pub const fn new(identity: &'a AgentIdentity<'a, S>) -> Self {
        Self { identity, scopes: Vec::new(), ttl_seconds: DEFAULT_TTL_SECONDS, max_calls: 0 }
    }

    /// The scopes, at most 255, written in this order.
    pub fn scopes<T: Into<String>>(mut self, scopes: impl IntoIterator<Item = T>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// How long the token lives, 1 to 86,400 seconds.
    pub const fn ttl_seconds(mut self, ttl_seconds: u64) -> Self {
        self.ttl_seconds = ttl_seconds;
        self
    }

    /// How many calls the token is good for; 0 means unlimited.
    pub const fn max_calls(mut self, max_calls: u32) -> Self {
        self.max_calls = max_calls;
        self
    }

    /// Mints a token that is issued now, with a token id of its own. Each call makes another token.
    ///
    /// # Errors
    /// [`Error::TimeUncertain`] if the system's clock is not set; [`Error::EntropyUnavailable`];
    /// those of the core's [`mint_into`](agentid_nostd::TokenBuilder::mint_into).
    pub fn build(&self) -> Result<Vec<u8>, Error> {
        let Clock::Known(now) = system_clock() else { return Err(Error::TimeUncertain) };
        let scopes: Vec<&str> = self.scopes.iter().map(String::as_str).collect();
        let mut token = vec![0; token_len(self.identity.name(), self.identity.project(), &scopes)];
        CoreBuilder::new(self.identity, now, random_token_id()?)
            .scopes(&scopes)
            .ttl_seconds(self.ttl_seconds)
            .max_calls(self.max_calls)
            .mint_into(&mut token)?;
        Ok(token)
    }
}

impl<S: Signer> fmt::Debug for TokenBuilder<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenBuilder")
            .field("identity", &self.identity)
            .field("scopes", &self.scopes)
            .field("ttl_seconds", &self.ttl_seconds)
            .field("max_calls", &self.max_calls)
            .finish()
    }
}
