//! The content of a frame: requests and responses, big-endian, every part with its length before
//! it.

use core::fmt;

use crate::code::LineError;
use crate::log::printable;

/// Set in the first byte of every response, and of no request. A device never answers a frame that
/// carries it, so that a line that echoes cannot make a device talk to itself.
const RESPONSE_BIT: u8 = 0x80;

const CALL: u8 = 1;
const BUNDLE: u8 = 2;
const TOKEN: u8 = 3;

/// A request, in place. `Debug` prints the lengths of token and bundle, never their bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Request<'a> {
    /// Kind 1: do what this scope stands for.
    Call {
        /// Chosen by the caller, repeated in the response.
        id: u32,
        /// The token, not looked at yet.
        token: &'a [u8],
        /// The scope that the call needs; it names the action.
        scope: &'a str,
    },
    /// Kind 2: the next trust bundle.
    Bundle {
        /// Chosen by the caller, repeated in the response.
        id: u32,
        /// The bundle, not looked at yet.
        bundle: &'a [u8],
    },
    /// Kind 3: who are you?
    Token {
        /// Chosen by the caller, repeated in the response.
        id: u32,
    },
}

/// The content of a frame is no request that a device can serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadRequest {
    /// A response: an echo of the device's own, or another device's. It must not be answered.
    Response,
    /// A request that must be refused.
    Refused {
        /// The kind that the request gives; 0 if it has no room for kind and id.
        kind: u8,
        /// The id that the request gives; 0 if it has no room for kind and id.
        id: u32,
        /// The reason.
        error: LineError,
    },
}

impl<'a> Request<'a> {
    /// Reads the content of a frame.
    ///
    /// # Errors
    /// [`BadRequest::Response`], for any bytes after the first one; or [`BadRequest::Refused`] with
    /// [`LineError::MalformedRequest`], or with [`LineError::NotOffered`] for a kind that does not
    /// exist.
    pub fn parse(content: &'a [u8]) -> Result<Self, BadRequest> {
        if content.first().is_some_and(|first| first & RESPONSE_BIT != 0) {
            return Err(BadRequest::Response);
        }
        let Some((&[kind, id @ ..], parts)) = content.split_first_chunk::<5>() else {
            return Err(BadRequest::Refused {
                kind: Response::UNREADABLE,
                id: 0,
                error: LineError::MalformedRequest,
            });
        };
        let id = u32::from_be_bytes(id);
        let request = match kind {
            CALL => two_parts(parts).and_then(|(token, scope)| {
                let scope = core::str::from_utf8(scope).ok()?;
                Some(Self::Call { id, token, scope })
            }),
            BUNDLE => last_part(parts).map(|bundle| Self::Bundle { id, bundle }),
            TOKEN => parts.is_empty().then_some(Self::Token { id }),
            _ => return Err(BadRequest::Refused { kind, id, error: LineError::NotOffered }),
        };
        request.ok_or(BadRequest::Refused { kind, id, error: LineError::MalformedRequest })
    }

    /// The first byte of its frame.
    pub(crate) const fn kind(&self) -> u8 {
        match self {
            Self::Call { .. } => CALL,
            Self::Bundle { .. } => BUNDLE,
            Self::Token { .. } => TOKEN,
        }
    }
}

/// A token is a bearer token: a reader of its bytes in a log can use it.
impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call { id, token, scope } => f
                .debug_struct("Call")
                .field("id", id)
                .field("token_len", &token.len())
                .field("scope", &printable(scope))
                .finish(),
            Self::Bundle { id, bundle } => {
                f.debug_struct("Bundle").field("id", id).field("bundle_len", &bundle.len()).finish()
            }
            Self::Token { id } => f.debug_struct("Token").field("id", id).finish(),
        }
    }
}

fn two_parts(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (first, rest) = part(bytes)?;
    Some((first, last_part(rest)?))
}

fn last_part(bytes: &[u8]) -> Option<&[u8]> {
    let (part, rest) = part(bytes)?;
    rest.is_empty().then_some(part)
}

/// Two bytes of length, and as many bytes.
fn part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))
}

/// A response: the request that it answers, the verdict, and the body of a good one. `Debug` prints
/// the length of the body, because it may be a token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Response<'a> {
    /// The kind of the request; [`UNREADABLE`](Self::UNREADABLE) if it could not be read.
    pub kind: u8,
    /// The id of the request; 0 if it could not be read.
    pub id: u32,
    /// 0, a code of the core, or one of [`LineError`].
    pub code: u8,
    /// With code 0: four bytes of calls left, a token, or nothing.
    pub body: &'a [u8],
}

/// The calls left of a token without a budget.
const UNLIMITED: u32 = u32::MAX;

/// Kind, id, code, and the length of the body.
pub(crate) const HEAD_LEN: usize = 8;

impl Response<'_> {
    /// The kind in a response to bytes that could not be read. Such bytes are noise more often than
    /// not: send one such response, then none until a response of another kind was sent.
    pub const UNREADABLE: u8 = 0;

    /// The response to bytes that could not be read.
    #[must_use]
    pub const fn to_unreadable(error: LineError) -> Self {
        Self { kind: Self::UNREADABLE, id: 0, code: error.code(), body: &[] }
    }

    /// The response to a trust bundle: 0, or the code of the refusal.
    #[must_use]
    pub const fn to_bundle(id: u32, code: u8) -> Self {
        Self { kind: BUNDLE, id, code, body: &[] }
    }

    /// The bytes before the body in the content of a frame; `None` if the body is too long for its
    /// length field.
    #[must_use]
    pub fn head(&self) -> Option<[u8; HEAD_LEN]> {
        let [i0, i1, i2, i3] = self.id.to_be_bytes();
        let [l0, l1] = u16::try_from(self.body.len()).ok()?.to_be_bytes();
        Some([RESPONSE_BIT | self.kind, i0, i1, i2, i3, self.code, l0, l1])
    }
}

impl fmt::Debug for Response<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("kind", &self.kind)
            .field("id", &self.id)
            .field("code", &self.code)
            .field("body_len", &self.body.len())
            .finish()
    }
}

/// The body of an admitted call. No token has more than `u32::MAX - 1` calls left after one.
pub(crate) fn calls_left_body(calls_left: Option<u32>) -> [u8; 4] {
    calls_left.unwrap_or(UNLIMITED).to_be_bytes()
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{BadRequest, Request, Response};
    use crate::code::LineError;

    const CALL: &[u8] = b"\x01\0\0\0\x07\0\x03abc\0\x04door";

    fn refused(kind: u8, id: u32, error: LineError) -> Result<Request<'static>, BadRequest> {
        Err(BadRequest::Refused { kind, id, error })
    }

    #[test]
    fn requests_are_read_in_place() {
        let call = Request::Call { id: 7, token: b"abc", scope: "door" };
        assert_eq!(Request::parse(CALL), Ok(call));
        let bundle = Request::Bundle { id: 0x0102_0304, bundle: b"xyz" };
        assert_eq!(Request::parse(b"\x02\x01\x02\x03\x04\0\x03xyz"), Ok(bundle));
        assert_eq!(Request::parse(b"\x03\0\0\0\x09"), Ok(Request::Token { id: 9 }));
    }

    #[test]
    fn content_that_does_not_fit_is_refused_with_its_kind_and_id_if_it_has_them() {
        let malformed = LineError::MalformedRequest;
        for len in 0..CALL.len() {
            let (kind, id) = if len < 5 { (0, 0) } else { (1, 7) };
            assert_eq!(Request::parse(&CALL[..len]), refused(kind, id, malformed), "{len}");
        }
        let longer = [CALL, b"x"].concat();
        assert_eq!(Request::parse(&longer), refused(1, 7, malformed));
        assert_eq!(Request::parse(b"\x01\0\0\0\x07\0\0\0\x01\xff"), refused(1, 7, malformed));
        assert_eq!(Request::parse(b"\x03\0\0\0\x09x"), refused(3, 9, malformed));
        for kind in [0, 4, 0x7F] {
            assert_eq!(Request::parse(&[kind, 0, 0, 0, 5]), refused(kind, 5, LineError::NotOffered));
        }
    }

    #[test]
    fn a_first_byte_with_the_top_bit_is_a_response_for_any_content() {
        for kind in 0x80..=0xFF {
            let mut call = CALL.to_vec();
            call[0] = kind;
            for len in 1..=call.len() {
                assert_eq!(Request::parse(&call[..len]), Err(BadRequest::Response), "{kind}, {len}");
            }
        }
    }

    #[test]
    fn no_response_is_read_as_a_request() {
        for kind in 0..=0xFF {
            let response = Response { kind, id: 7, code: 0, body: &[] };
            assert_eq!(Request::parse(&response.head().expect("short")), Err(BadRequest::Response));
        }
    }

    #[test]
    fn a_response_has_kind_id_code_and_length_before_its_body() {
        let response = Response { kind: 1, id: 0x0102_0304, code: 27, body: &[0; 0x0506] };
        assert_eq!(response.head(), Some([0x81, 1, 2, 3, 4, 27, 5, 6]));
        assert_eq!(Response { body: &[0; 0x1_0000], ..response }.head(), None);
        let unreadable = Response::to_unreadable(LineError::FrameCorrupt);
        assert_eq!(unreadable.head(), Some([0x80, 0, 0, 0, 0, 241, 0, 0]));
        assert_eq!(Response::to_bundle(3, 43).head(), Some([0x82, 0, 0, 0, 3, 43, 0, 0]));
    }
}
