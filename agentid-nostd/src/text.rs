//! Tokens as text: base64url is written; base64url, base64 and hexadecimal are read.
//!
//! The text alone decides which of the three it is, by the rules of `SPEC.md`, "Text". Reading is
//! strict: no white space, no line breaks, no stray bits. Padding and the case of hexadecimal
//! digits are the only choices.

use base64ct::{Base64Unpadded, Base64UrlUnpadded, Encoding};

use crate::error::Error;
use crate::layout::token::MAX_TOKEN_LEN;

/// Length of the longest token as hexadecimal, the longest of the text forms, in bytes.
pub const MAX_TEXT_LEN: usize = 2 * MAX_TOKEN_LEN;

/// Exact length in bytes of `token_len` bytes written by [`encode_text`].
#[must_use]
pub const fn text_len(token_len: usize) -> usize {
    // Three bytes make four characters; one left over makes two, two make three.
    let whole = (token_len / 3).saturating_mul(4);
    match token_len % 3 {
        0 => whole,
        rest => whole.saturating_add(rest).saturating_add(1),
    }
}

/// Writes a token as base64url without padding (RFC 4648, section 5). It does not look at the
/// token.
///
/// # Errors
/// [`Error::BufferTooSmall`] where `buf` is shorter than [`text_len`] says.
pub fn encode_text<'b>(token: &[u8], buf: &'b mut [u8]) -> Result<&'b str, Error> {
    Base64UrlUnpadded::encode(token, buf).map_err(|_| Error::BufferTooSmall)
}

/// The schemes of an `Authorization` header that carry a token: our own, and the only one that many
/// clients can send.
const SCHEMES: [&str; 2] = ["AgentID", "Bearer"];

/// Returns the text of the token in the value of an `Authorization` header: `AgentID <text>` or
/// `Bearer <text>`, the scheme in any case (RFC 9110, section 11.4). It does not check the text:
/// [`decode_text`] does.
///
/// # Errors
/// [`Error::MissingCredentials`] for an empty value, which stands for a missing header as well;
/// [`Error::UnsupportedScheme`] for another scheme; [`Error::InvalidText`] if not exactly one word
/// follows the scheme.
///
/// ```
/// use agentid_nostd::{Error, authorization_text};
/// assert_eq!(authorization_text("agentid qR0B"), Ok("qR0B"));
/// assert_eq!(authorization_text("Bearer qR0B"), Ok("qR0B"));
/// assert_eq!(authorization_text("Basic qR0B"), Err(Error::UnsupportedScheme));
/// ```
pub fn authorization_text(value: &str) -> Result<&str, Error> {
    if value.is_empty() {
        return Err(Error::MissingCredentials);
    }
    let (scheme, text) = value.split_once(' ').unwrap_or((value, ""));
    if !SCHEMES.iter().any(|ours| scheme.eq_ignore_ascii_case(ours)) {
        return Err(Error::UnsupportedScheme);
    }
    let text = text.trim_start_matches(' ');
    if text.is_empty() || text.contains(char::is_whitespace) { Err(Error::InvalidText) } else { Ok(text) }
}

/// Reads a token from base64url, base64 (RFC 4648, sections 5 and 4; each with or without padding)
/// or hexadecimal of either case. It does not check what the bytes mean.
///
/// # Errors
/// [`Error::TooLong`] where the text is longer than [`MAX_TEXT_LEN`], [`Error::InvalidText`] where
/// it is in none of the forms, [`Error::BufferTooSmall`] where the bytes do not fit into `buf`. On
/// error `buf` may have been written to. A buffer of three quarters of the text's length, or half
/// of it for hexadecimal, is large enough.
///
/// ```
/// let mut buf = [0; 64];
/// assert_eq!(agentid_nostd::decode_text("qR0B", &mut buf)?, [0xa9, 0x1d, 0x01]);
/// assert_eq!(agentid_nostd::decode_text("a91D01", &mut buf)?, [0xa9, 0x1d, 0x01]);
/// # Ok::<(), agentid_nostd::Error>(())
/// ```
pub fn decode_text<'b>(text: &str, buf: &'b mut [u8]) -> Result<&'b [u8], Error> {
    if text.len() > MAX_TEXT_LEN {
        return Err(Error::TooLong);
    }
    let (form, digits) = Form::of(text)?;
    let fits = form.decoded_len(digits) <= buf.len();
    match form.decode(digits, buf) {
        Some(bytes) => Ok(bytes),
        None if !fits && form.is_valid(digits) => Err(Error::BufferTooSmall),
        None => Err(Error::InvalidText),
    }
}

#[derive(Clone, Copy)]
enum Form {
    Hex,
    Base64,
    Base64Url,
}

impl Form {
    /// The form of a text, and the text without padding.
    fn of(text: &str) -> Result<(Self, &[u8]), Error> {
        // Hexadecimal begins with the token's first byte, `A9`; as base64 a token begins with `qR0B`.
        if let digits @ [b'a' | b'A', b'9', ..] = text.as_bytes() {
            return Ok((Self::Hex, digits));
        }
        let digits = without_padding(text.as_bytes())?;
        let is_base64 = digits.iter().any(|digit| matches!(digit, b'+' | b'/'));
        Ok((if is_base64 { Self::Base64 } else { Self::Base64Url }, digits))
    }

    /// The number of bytes that valid digits stand for.
    fn decoded_len(self, digits: &[u8]) -> usize {
        match self {
            Self::Hex => digits.len() / 2,
            Self::Base64 | Self::Base64Url => digits.len().saturating_mul(3) / 4,
        }
    }

    /// The bytes, or `None` where the digits are wrong or do not fit.
    fn decode<'b>(self, digits: &[u8], buf: &'b mut [u8]) -> Option<&'b [u8]> {
        match self {
            Self::Hex => base16ct::mixed::decode(digits, buf).ok(),
            Self::Base64 => Base64Unpadded::decode(digits, buf).ok(),
            Self::Base64Url => Base64UrlUnpadded::decode(digits, buf).ok(),
        }
    }

    /// Whether a large enough buffer would do. Pieces of 64 digits are whole groups in every form.
    fn is_valid(self, digits: &[u8]) -> bool {
        let mut piece = [0; 48];
        digits.chunks(64).all(|digits| self.decode(digits, &mut piece).is_some())
    }
}

/// The text without one or two `=`, which must complete the last group of four. A third one would be
/// a wrong digit.
fn without_padding(text: &[u8]) -> Result<&[u8], Error> {
    let ([digits @ .., b'=', b'='] | [digits @ .., b'=']) = text else { return Ok(text) };
    if text.len().is_multiple_of(4) { Ok(digits) } else { Err(Error::InvalidText) }
}
