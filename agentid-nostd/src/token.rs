//! The token as it was presented: complete and well formed, and **untrusted**.
//!
//! [`Token::parse`] checks everything that can be checked without a key and a clock, once. After that no
//! accessor can fail. Nothing here authorises: `permits` exists only on [`Claims`](crate::Claims).

use core::fmt;

use crate::error::Error;
use crate::layout::{
    self, HEADER_LEN, MAGIC_BYTES, MAX_STRING_LEN, MAX_TOKEN_LEN, MIN_TOKEN_LEN, NO_FLAGS, PUBLIC_KEY_LEN,
    SIGNATURE_LEN, VERSION_1,
};
use crate::plain::is_plain;
use crate::reader::Reader;
use crate::scope::{covers, is_valid_scope};

/// A structurally complete token whose signature **nobody has checked**: whoever presents it chose every byte.
///
/// It borrows the bytes it was parsed from and copies none of them.
#[derive(Clone, Copy)]
pub struct Token<'a> {
    header: &'a [u8; HEADER_LEN],
    name: &'a [u8],
    project: &'a [u8],
    scopes: Scopes<'a>,
    signed: &'a [u8],
    signature: &'a [u8; SIGNATURE_LEN],
}

impl<'a> Token<'a> {
    /// Reads a token in place. It does not check issuer, time or signature.
    ///
    /// # Errors
    /// The first of the codes 1 to 11 that applies, in ascending order: the structural part of the order of
    /// checks in `SPEC.md`.
    ///
    /// ```
    /// use agentid_nostd::{Error, Token};
    /// assert_eq!(Token::parse(b"not a token").unwrap_err(), Error::TooShort);
    /// ```
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        Self::parse_within(bytes, MAX_TOKEN_LEN)
    }

    /// [`parse`](Self::parse) under a policy that allows at most `max_len` bytes.
    pub(crate) fn parse_within(bytes: &'a [u8], max_len: usize) -> Result<Self, Error> {
        if bytes.len() < MIN_TOKEN_LEN {
            return Err(Error::TooShort);
        }
        if bytes.len() > max_len.min(MAX_TOKEN_LEN) {
            return Err(Error::TooLong);
        }
        let (signed, signature) = bytes.split_last_chunk().ok_or(Error::TooShort)?;
        let mut reader = Reader::new(signed);
        let header = reader.array().ok_or(Error::TooShort)?;
        check_header(header)?;

        let strings = reader.rest();
        let name = reader.prefixed().ok_or(Error::Truncated)?;
        let project = reader.prefixed().ok_or(Error::Truncated)?;
        let count = reader.byte().ok_or(Error::Truncated)?;
        let scopes = Scopes { left: count, reader };
        let mut colons_outside = false;
        for _ in 0..count {
            let scope = reader.prefixed().ok_or(Error::Truncated)?;
            colons_outside |= matches!(scope, [b':', ..] | [.., b':']);
        }
        if !reader.rest().is_empty() {
            return Err(Error::TrailingBytes);
        }

        let token = Self { header, name, project, scopes, signed, signature };
        // Strings are mostly plain ASCII: then one pass over all of them has seen enough.
        if colons_outside || !is_plain(strings) {
            token.check_strings()?;
        }
        if token.expires_at() <= token.issued_at() {
            return Err(Error::EmptyLifetime);
        }
        Ok(token)
    }

    /// The full check of every string, one after the other.
    fn check_strings(&self) -> Result<(), Error> {
        agent_string(self.name).ok_or(Error::InvalidName)?;
        agent_string(self.project).ok_or(Error::InvalidProject)?;
        if self.scopes.all_valid() { Ok(()) } else { Err(Error::InvalidScope) }
    }

    /// The agent's name as it claims it, 1 to 255 bytes without NUL.
    #[must_use]
    pub fn name(&self) -> &'a str {
        checked_str(self.name)
    }

    /// The agent's project as it claims it, 1 to 255 bytes without NUL.
    #[must_use]
    pub fn project(&self) -> &'a str {
        checked_str(self.project)
    }

    /// Whether it claims to be of this agent.
    pub(crate) fn names(&self, name: &str, project: &str) -> bool {
        self.name == name.as_bytes() && self.project == project.as_bytes()
    }

    /// The scopes the token asks for, in the order they are written; each is well formed.
    #[must_use]
    pub const fn scopes(&self) -> Scopes<'a> {
        self.scopes
    }

    /// When the token was issued, in Unix seconds. Any `i64` occurs.
    #[must_use]
    pub fn issued_at(&self) -> i64 {
        i64::from_be_bytes(layout::ISSUED_AT.read(self.header))
    }

    /// The first second at which the token is no longer valid, in Unix seconds; after `issued_at`.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        i64::from_be_bytes(layout::EXPIRES_AT.read(self.header))
    }

    /// How many seconds the token is meant to live: `expires_at - issued_at`, at least 1.
    #[must_use]
    pub fn lifetime_seconds(&self) -> u64 {
        self.expires_at().abs_diff(self.issued_at())
    }

    /// How many calls the token is good for; 0 means unlimited. Nothing here counts them.
    #[must_use]
    pub fn max_calls(&self) -> u32 {
        u32::from_be_bytes(layout::MAX_CALLS.read(self.header))
    }

    /// The random number that tells this token from every other one of the same issuer.
    #[must_use]
    pub fn token_id(&self) -> u64 {
        u64::from_be_bytes(layout::TOKEN_ID.read(self.header))
    }

    /// The issuer's public key as written: it need not even be a point of the curve.
    #[must_use]
    pub fn issuer_bytes(&self) -> [u8; PUBLIC_KEY_LEN] {
        layout::ISSUER.read(self.header)
    }

    /// Whether one of the scopes covers `required`. Not public: a token that nobody verified permits nothing.
    pub(crate) fn grants(&self, required: &str) -> bool {
        is_valid_scope(required) && self.scopes().any(|granted| covers(granted, required))
    }

    /// The bytes that the signature covers: everything before it.
    #[must_use]
    pub const fn signed_bytes(&self) -> &'a [u8] {
        self.signed
    }

    /// The 64 bytes of the signature, R then S, as written.
    #[must_use]
    pub const fn signature(&self) -> &'a [u8; SIGNATURE_LEN] {
        self.signature
    }
}

fn check_header(header: &[u8; HEADER_LEN]) -> Result<(), Error> {
    if layout::MAGIC.read(header) != MAGIC_BYTES {
        return Err(Error::BadMagic);
    }
    if layout::VERSION.read(header) != [VERSION_1] {
        return Err(Error::UnsupportedVersion);
    }
    if layout::FLAGS.read(header) != [NO_FLAGS] {
        return Err(Error::ReservedFlags);
    }
    Ok(())
}

/// Whether a string can be a name or a project: 1 to 255 bytes, no NUL.
pub(crate) fn is_valid_agent_string(string: &str) -> bool {
    !string.is_empty() && string.len() <= MAX_STRING_LEN && !string.as_bytes().contains(&0)
}

/// The bytes as a name or project, or `None` where they cannot be one.
fn agent_string(bytes: &[u8]) -> Option<&str> {
    core::str::from_utf8(bytes).ok().filter(|string| is_valid_agent_string(string))
}

/// What `parse` has found to be UTF-8; without `unsafe` that has to be said again. Never the empty string.
fn checked_str(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).unwrap_or_default()
}

/// The token is a bearer token, so its signature is left out of anything that may be logged.
impl fmt::Debug for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("name", &self.name())
            .field("project", &self.project())
            .field("scopes", &self.scopes)
            .field("issued_at", &self.issued_at())
            .field("expires_at", &self.expires_at())
            .field("max_calls", &self.max_calls())
            .field("token_id", &self.token_id())
            .finish_non_exhaustive()
    }
}

/// The scopes of a token, one `&str` after the other, read in place.
#[derive(Clone, Copy)]
pub struct Scopes<'a> {
    reader: Reader<'a>,
    left: u8,
}

impl<'a> Scopes<'a> {
    /// Reads a count and that many strings; whether they are scopes is for [`all_valid`](Self::all_valid) to say.
    pub(crate) fn read(reader: &mut Reader<'a>) -> Option<Self> {
        let left = reader.byte()?;
        let scopes = Self { reader: *reader, left };
        for _ in 0..left {
            reader.prefixed()?;
        }
        Some(scopes)
    }

    /// Whether each of them is a well-formed scope.
    pub(crate) fn all_valid(mut self) -> bool {
        while let Some(scope) = self.next_bytes() {
            if !core::str::from_utf8(scope).is_ok_and(is_valid_scope) {
                return false;
            }
        }
        true
    }

    fn next_bytes(&mut self) -> Option<&'a [u8]> {
        self.left = self.left.checked_sub(1)?;
        self.reader.prefixed()
    }
}

impl<'a> Iterator for Scopes<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.next_bytes().map(checked_str)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::from(self.left);
        (left, Some(left))
    }
}

impl ExactSizeIterator for Scopes<'_> {}
impl core::iter::FusedIterator for Scopes<'_> {}

impl fmt::Debug for Scopes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}
