//! Writing and signing a token, straight into the caller's buffer.

use core::fmt;

use crate::error::Error;
use crate::grammar::is_valid_scope;
use crate::identity::AgentIdentity;
use crate::layout::token::{self as layout, HEADER_LEN, MAGIC_BYTES, NO_FLAGS, VERSION_1, token_len};
use crate::layout::{MAX_SCOPES, SIGNATURE_LEN};
use crate::signature::{Signer, SigningKey};
use crate::writer::Writer;

/// How long a token lives unless told otherwise, in seconds.
pub const DEFAULT_TTL_SECONDS: u64 = 900;
/// The longest life a token can be minted with, in seconds: one day.
pub const MAX_TTL_SECONDS: u64 = 86_400;

/// What goes into a token.
///
/// ```
/// use agentid_nostd::{AgentIdentity, Clock, TokenBuilder, token_len, verify_token};
///
/// let now = 1_790_000_000; // Unix seconds, from your clock
/// let agent = AgentIdentity::derive("research-bot", "phd-lab", Some(b"32 random bytes, kept in a vault"))?;
///
/// const SCOPES: &[&str] = &["read:arxiv", "write:notes"];
/// let mut buf = [0; token_len("research-bot", "phd-lab", SCOPES)];
/// let token_id = 0x0123_4567_89ab_cdef; // random, from your entropy source
/// let token = TokenBuilder::new(&agent, now, token_id)
///     .scopes(SCOPES)
///     .ttl_seconds(900)
///     .max_calls(100)
///     .mint_into(&mut buf)?;
///
/// assert_eq!(token.len(), 173);
/// assert!(verify_token(token, &agent.public_key(), Clock::Known(now))?.permits("read:arxiv"));
/// # Ok::<(), agentid_nostd::Error>(())
/// ```
#[must_use = "a builder mints nothing until `mint_into` is called"]
pub struct TokenBuilder<'a, S = SigningKey> {
    identity: &'a AgentIdentity<'a, S>,
    scopes: &'a [&'a str],
    ttl_seconds: u64,
    max_calls: u32,
    issued_at: i64,
    token_id: u64,
}

impl<'a, S: Signer> TokenBuilder<'a, S> {
    /// A token of this agent without scopes, for [`DEFAULT_TTL_SECONDS`] and unlimited calls.
    /// `issued_at` is in Unix seconds. `token_id` tells the token from every other one of this
    /// agent: draw it at random, never reuse it.
    pub const fn new(identity: &'a AgentIdentity<'a, S>, issued_at: i64, token_id: u64) -> Self {
        Self { identity, scopes: &[], ttl_seconds: DEFAULT_TTL_SECONDS, max_calls: 0, issued_at, token_id }
    }

    /// The scopes, at most 255, written in this order.
    pub const fn scopes(mut self, scopes: &'a [&'a str]) -> Self {
        self.scopes = scopes;
        self
    }

    /// How long the token lives, 1 to [`MAX_TTL_SECONDS`] seconds.
    pub const fn ttl_seconds(mut self, ttl_seconds: u64) -> Self {
        self.ttl_seconds = ttl_seconds;
        self
    }

    /// How many calls the token is good for; 0 means unlimited.
    pub const fn max_calls(mut self, max_calls: u32) -> Self {
        self.max_calls = max_calls;
        self
    }

    /// Writes and signs the token at the beginning of `buf` and returns it. [`token_len`] says how
    /// many bytes it needs. On error nothing has been written, except that a signer which fails
    /// leaves zeros.
    ///
    /// # Errors
    /// The first that applies: [`Error::TooManyScopes`], [`Error::InvalidScope`],
    /// [`Error::EmptyLifetime`] (a lifetime of 0), [`Error::LifetimeTooLong`],
    /// [`Error::TimeOverflow`], [`Error::BufferTooSmall`]; what the signer answers.
    pub fn mint_into<'b>(&self, buf: &'b mut [u8]) -> Result<&'b [u8], Error> {
        let header = self.header()?;
        let len = token_len(self.identity.name(), self.identity.project(), self.scopes);
        let token = buf.get_mut(..len).ok_or(Error::BufferTooSmall)?;
        let (signed, signature) = token.split_last_chunk_mut::<SIGNATURE_LEN>().ok_or(Error::BufferTooSmall)?;
        self.fill(signed, &header).ok_or(Error::BufferTooSmall)?;
        match self.identity.signer().sign(signed) {
            Ok(made) => *signature = made,
            Err(error) => {
                token.fill(0);
                return Err(error);
            }
        }
        Ok(token)
    }

    /// Checks every field and encodes those of the header.
    fn header(&self) -> Result<[u8; HEADER_LEN], Error> {
        if self.scopes.len() > MAX_SCOPES {
            return Err(Error::TooManyScopes);
        }
        if !self.scopes.iter().all(|scope| is_valid_scope(scope)) {
            return Err(Error::InvalidScope);
        }
        if self.ttl_seconds == 0 {
            return Err(Error::EmptyLifetime);
        }
        if self.ttl_seconds > MAX_TTL_SECONDS {
            return Err(Error::LifetimeTooLong);
        }
        let expires_at = self.issued_at.checked_add_unsigned(self.ttl_seconds).ok_or(Error::TimeOverflow)?;

        let mut header = [0; HEADER_LEN];
        layout::MAGIC.write(&mut header, MAGIC_BYTES);
        layout::VERSION.write(&mut header, [VERSION_1]);
        layout::FLAGS.write(&mut header, [NO_FLAGS]);
        layout::ISSUED_AT.write(&mut header, self.issued_at.to_be_bytes());
        layout::EXPIRES_AT.write(&mut header, expires_at.to_be_bytes());
        layout::MAX_CALLS.write(&mut header, self.max_calls.to_be_bytes());
        layout::TOKEN_ID.write(&mut header, self.token_id.to_be_bytes());
        layout::ISSUER.write(&mut header, *self.identity.public_key().as_bytes());
        Ok(header)
    }

    /// Writes everything that is signed into exactly as many bytes; `None` never occurs for checked
    /// fields.
    fn fill(&self, signed: &mut [u8], header: &[u8; HEADER_LEN]) -> Option<()> {
        let mut writer = Writer::new(signed);
        writer.put(header)?;
        writer.put_prefixed(self.identity.name())?;
        writer.put_prefixed(self.identity.project())?;
        writer.put(&[u8::try_from(self.scopes.len()).ok()?])?;
        for scope in self.scopes {
            writer.put_prefixed(scope)?;
        }
        Some(())
    }
}

impl<S> Clone for TokenBuilder<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for TokenBuilder<'_, S> {}

impl<S: Signer> fmt::Debug for TokenBuilder<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenBuilder")
            .field("identity", &self.identity)
            .field("scopes", &self.scopes)
            .field("ttl_seconds", &self.ttl_seconds)
            .field("max_calls", &self.max_calls)
            .field("issued_at", &self.issued_at)
            .field("token_id", &self.token_id)
            .finish()
    }
}

/// Draws a token id from the platform's entropy source. On `wasm32-unknown-unknown` and on bare
/// metal the crate `getrandom` must be told where that is: see its documentation of backends.
///
/// # Errors
/// [`Error::EntropyUnavailable`] if that source fails.
#[cfg(feature = "getrandom")]
pub fn random_token_id() -> Result<u64, Error> {
    getrandom::u64().map_err(|_| Error::EntropyUnavailable)
}
