//! The token as it was presented: complete and well formed, and **untrusted**.
//!
//! [`Token::parse`] checks everything that can be checked without a key and a clock, once. After
//! that no accessor can fail. A verifier takes the two steps apart: [`Outline::read`], then the
//! issuer is looked up, then [`Outline::check_strings`]. Nothing here authorises: `permits` exists
//! only on [`Claims`](crate::Claims).

use core::fmt;
use core::num::NonZeroU32;

use crate::error::Error;
use crate::grammar::{covers, is_text, is_valid_scope, is_valid_scope_bytes};
use crate::layout::token::{
    self as layout, HEADER_LEN, MAGIC_BYTES, MAX_TOKEN_LEN, MIN_TOKEN_LEN, NO_FLAGS, VERSION_1,
};
use crate::layout::{PUBLIC_KEY_LEN, SIGNATURE_LEN};
use crate::plain::is_plain;
use crate::reader::Reader;

/// Strings of up to that many bytes are checked for plain ASCII first.
const MAX_PLAIN_LEN: usize = 512;

/// A token whose structure was checked and whose strings **were not**: codes 1 to 7 and 11 are
/// settled, 8 to 10 are not.
///
/// It names the claimed issuer, so that an untrusted issuer is refused before the strings are read.
#[derive(Clone, Copy)]
pub(crate) struct Outline<'a> {
    header: &'a [u8; HEADER_LEN],
    name: &'a [u8],
    project: &'a [u8],
    scopes: Scopes<'a>,
    signed: &'a [u8],
    signature: &'a [u8; SIGNATURE_LEN],
}

impl<'a> Outline<'a> {
    /// Reads the structure of a token of at most `max_len` bytes.
    pub(crate) fn read(bytes: &'a [u8], max_len: usize) -> Result<Self, Error> {
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

        let name = reader.prefixed().ok_or(Error::Truncated)?;
        let project = reader.prefixed().ok_or(Error::Truncated)?;
        let scopes = Scopes::read(&mut reader).ok_or(Error::Truncated)?;
        if !reader.rest().is_empty() {
            return Err(Error::TrailingBytes);
        }
        let outline = Self { header, name, project, scopes, signed, signature };
        if outline.expires_at() <= outline.issued_at() {
            return Err(Error::EmptyLifetime);
        }
        Ok(outline)
    }

    /// Checks every string: codes 8, 9 and 10.
    pub(crate) fn check_strings(self) -> Result<Token<'a>, Error> {
        // Strings are mostly few and plain ASCII: then one pass over all of them is enough. Many are
        // not read twice.
        let strings = self.signed.get(HEADER_LEN..).unwrap_or_default();
        if strings.len() > MAX_PLAIN_LEN || self.scopes.has_outer_colon() || !is_plain(strings) {
            // Their length prefixes have one byte, so none is longer than 255 bytes.
            if !is_text(self.name) {
                return Err(Error::InvalidName);
            }
            if !is_text(self.project) {
                return Err(Error::InvalidProject);
            }
            if !self.scopes.all_valid() {
                return Err(Error::InvalidScope);
            }
        }
        Ok(Token(self))
    }

    fn issued_at(&self) -> i64 {
        i64::from_be_bytes(layout::ISSUED_AT.read(self.header))
    }

    fn expires_at(&self) -> i64 {
        i64::from_be_bytes(layout::EXPIRES_AT.read(self.header))
    }

    pub(crate) fn token_id(&self) -> u64 {
        u64::from_be_bytes(layout::TOKEN_ID.read(self.header))
    }

    /// The issuer's public key as written: it need not even be a point of the curve.
    pub(crate) fn issuer_bytes(&self) -> [u8; PUBLIC_KEY_LEN] {
        layout::ISSUER.read(self.header)
    }
}

/// A well-formed token whose signature **was not checked**: the caller that presents it chose every
/// byte.
///
/// It borrows the bytes it was parsed from and copies none of them.
#[derive(Clone, Copy)]
pub struct Token<'a>(Outline<'a>);

impl<'a> Token<'a> {
    /// Reads a token in place. It does not check issuer, time or signature.
    ///
    /// # Errors
    /// The first that applies of the codes 1 to 7, 11, 8, 9 and 10, in this order: the structural
    /// part of the order of checks in `SPEC.md`.
    ///
    /// ```
    /// use agentid_nostd::{Error, Token};
    /// assert_eq!(Token::parse(b"not a token").unwrap_err(), Error::TooShort);
    /// ```
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        Outline::read(bytes, MAX_TOKEN_LEN)?.check_strings()
    }

    /// A token that was read before, without its signature.
    pub(crate) fn from_signed(signed: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(signed);
        let (header, name, project) = (reader.array()?, reader.prefixed()?, reader.prefixed()?);
        let scopes = Scopes::read(&mut reader)?;
        Some(Self(Outline { header, name, project, scopes, signed, signature: &[0; SIGNATURE_LEN] }))
    }

    /// The agent's name as it claims it, 1 to 255 bytes without NUL.
    #[must_use]
    pub fn name(&self) -> &'a str {
        checked_str(self.0.name)
    }

    /// The agent's project as it claims it, 1 to 255 bytes without NUL.
    #[must_use]
    pub fn project(&self) -> &'a str {
        checked_str(self.0.project)
    }

    /// Whether it claims to be of this agent.
    pub(crate) fn names(&self, name: &str, project: &str) -> bool {
        self.0.name == name.as_bytes() && self.0.project == project.as_bytes()
    }

    /// The scopes the token asks for, in the order they are written; each is well formed.
    #[must_use]
    pub const fn requested_scopes(&self) -> Scopes<'a> {
        self.0.scopes
    }

    /// When the token was issued, in Unix seconds. Any `i64` occurs.
    #[must_use]
    pub fn issued_at(&self) -> i64 {
        self.0.issued_at()
    }

    /// The first second at which the token is no longer valid, in Unix seconds; after `issued_at`.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        self.0.expires_at()
    }

    /// How many seconds the token is meant to live: `expires_at - issued_at`, at least 1.
    #[must_use]
    pub fn lifetime_seconds(&self) -> u64 {
        self.expires_at().abs_diff(self.issued_at())
    }

    /// How many calls the token is good for; `None` is unlimited. Nothing here counts them.
    #[must_use]
    pub fn max_calls(&self) -> Option<NonZeroU32> {
        NonZeroU32::new(u32::from_be_bytes(layout::MAX_CALLS.read(self.0.header)))
    }

    /// The random number that tells this token from every other one of the same issuer.
    #[must_use]
    pub fn token_id(&self) -> u64 {
        self.0.token_id()
    }

    /// The issuer's public key as written: it need not even be a point of the curve.
    #[must_use]
    pub fn issuer_bytes(&self) -> [u8; PUBLIC_KEY_LEN] {
        self.0.issuer_bytes()
    }

    /// Whether one of the scopes covers `required`. Not public: a token that nobody verified
    /// permits nothing.
    pub(crate) fn grants(&self, required: &str) -> bool {
        is_valid_scope(required) && self.0.scopes.any_covers(required)
    }

    /// The bytes that the signature covers: everything before it.
    #[must_use]
    pub const fn signed_bytes(&self) -> &'a [u8] {
        self.0.signed
    }

    /// The 64 bytes of the signature, R then S, as written.
    #[must_use]
    pub const fn signature(&self) -> &'a [u8; SIGNATURE_LEN] {
        self.0.signature
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

/// What `parse` has found to be UTF-8; without `unsafe` that has to be said again. Never the empty
/// string.
fn checked_str(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).unwrap_or_default()
}

/// The token is a bearer token, so its signature is left out of anything that may be logged.
impl fmt::Debug for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("name", &self.name())
            .field("project", &self.project())
            .field("requested_scopes", &self.requested_scopes())
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
    /// Reads a count and that many strings; whether they are scopes is for
    /// [`all_valid`](Self::all_valid) to say.
    pub(crate) fn read(reader: &mut Reader<'a>) -> Option<Self> {
        let left = reader.byte()?;
        let scopes = Self { reader: *reader, left };
        for _ in 0..left {
            reader.prefixed()?;
        }
        Some(scopes)
    }

    /// Returns whether one of them begins or ends with a colon, which [`is_plain`] does not see.
    fn has_outer_colon(mut self) -> bool {
        let mut found = false;
        while let Some(scope) = self.next_bytes() {
            found |= matches!(scope, [b':', ..] | [.., b':']);
        }
        found
    }

    /// Returns whether one of them covers a well-formed `required`. All of them are well formed.
    pub(crate) fn any_covers(mut self, required: &str) -> bool {
        while let Some(granted) = self.next_bytes() {
            if covers(granted, required.as_bytes()) {
                return true;
            }
        }
        false
    }

    /// Whether each of them is a well-formed scope.
    pub(crate) fn all_valid(mut self) -> bool {
        while let Some(scope) = self.next_bytes() {
            if !is_valid_scope_bytes(scope) {
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
