//! The content of frames: requests of the host, responses of the device.

use std::fmt;

use super::error::DeviceError;

/// Set in the first byte of every response, and of no request.
const RESPONSE_BIT: u8 = 0x80;

/// A request to a device. `Debug` prints the lengths of token and bundle, never their bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Request<'a> {
    /// Kind 1: do what the scope stands for.
    Call {
        /// The bytes of the token.
        token: &'a [u8],
        /// The scope, which names the action.
        scope: &'a str,
    },
    /// Kind 2: a trust bundle.
    Bundle(&'a [u8]),
    /// Kind 3: the device's own token.
    Token,
}

impl Request<'_> {
    /// The first byte of the request.
    #[must_use]
    pub const fn kind(&self) -> u8 {
        match self {
            Self::Call { .. } => 1,
            Self::Bundle(_) => 2,
            Self::Token => 3,
        }
    }

    /// The content of the request's frame.
    ///
    /// # Errors
    /// [`DeviceError::TooLong`] if a part has 65,536 bytes or more.
    pub fn content(&self, id: u32) -> Result<Vec<u8>, DeviceError> {
        let parts: &[&[u8]] = match self {
            Self::Call { token, scope } => &[token, scope.as_bytes()],
            Self::Bundle(bundle) => &[bundle],
            Self::Token => &[],
        };
        let mut content = vec![self.kind()];
        content.extend(id.to_be_bytes());
        for part in parts {
            let len = u16::try_from(part.len()).map_err(|_| DeviceError::TooLong { bytes: part.len() })?;
            content.extend(len.to_be_bytes());
            content.extend(*part);
        }
        Ok(content)
    }
}

/// A token is a bearer token: a reader of its bytes in a log can use it.
impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call { token, scope } => {
                f.debug_struct("Call").field("token_len", &token.len()).field("scope", scope).finish()
            }
            Self::Bundle(bundle) => f.debug_struct("Bundle").field("bundle_len", &bundle.len()).finish(),
            Self::Token => f.write_str("Token"),
        }
    }
}

/// A device's response. `Debug` prints the length of the body, because it may be a token.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The kind of the request with the top bit set; [`UNREADABLE`](Self::UNREADABLE) to bytes that
    /// the device could not read.
    pub kind: u8,
    /// The id of the request.
    pub id: u32,
    /// 0 or the reason.
    pub code: u8,
    /// Calls left, a token, or nothing.
    pub body: Vec<u8>,
}

impl Response {
    /// The kind of a response to bytes that the device could not read.
    pub const UNREADABLE: u8 = RESPONSE_BIT;

    /// Reads the content of a frame. Returns `None` if it is no response: the top bit is missing, the
    /// length is wrong, or a refusal has a body.
    #[must_use]
    pub fn parse(content: &[u8]) -> Option<Self> {
        let (&[kind, i0, i1, i2, i3, code, l0, l1], body) = content.split_first_chunk::<8>()?;
        let is_response = kind & RESPONSE_BIT != 0
            && usize::from(u16::from_be_bytes([l0, l1])) == body.len()
            && (code == 0 || body.is_empty());
        is_response.then(|| Self { kind, id: u32::from_be_bytes([i0, i1, i2, i3]), code, body: body.to_vec() })
    }

    /// Returns whether content begins as the response to this request.
    pub(super) fn is_begun_by(content: &[u8], request: &Request<'_>, id: u32) -> bool {
        content.split_first_chunk::<5>().is_some_and(|(&[kind, ref own @ ..], _)| {
            kind == RESPONSE_BIT | request.kind() && *own == id.to_be_bytes()
        })
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, id, code, body } = self;
        write!(f, "response {kind:02x} to {id}: code {code}, {} bytes", body.len())
    }
}

#[cfg(test)]
mod tests {
    use super::{DeviceError, Request, Response};

    #[test]
    fn requests_are_those_of_the_description() {
        let content = |request: Request<'_>| request.content(0x0102_0304).expect("short");
        let call = Request::Call { token: b"abc", scope: "door" };
        assert_eq!(content(call), b"\x01\x01\x02\x03\x04\0\x03abc\0\x04door");
        assert_eq!(content(Request::Bundle(b"xyz")), b"\x02\x01\x02\x03\x04\0\x03xyz");
        assert_eq!(content(Request::Token), b"\x03\x01\x02\x03\x04");
        assert!(!format!("{call:?}").contains("abc") && !format!("{call:?}").contains("97"));
    }

    #[test]
    fn a_part_that_its_length_cannot_tell_is_refused() {
        let bundle = vec![1; 0x1_0000];
        assert_eq!(Request::Bundle(&bundle[1..]).content(1).expect("fits").len(), 7 + 0xFFFF);
        let too_long = Request::Bundle(&bundle).content(1);
        assert!(matches!(too_long, Err(DeviceError::TooLong { bytes: 0x1_0000 })), "{too_long:?}");
    }

    #[test]
    fn a_response_is_read_whole_or_not_at_all() {
        const GOOD: &[u8] = b"\x81\0\0\0\x07\0\0\x04\0\0\0\x02";
        let response = Response { kind: 0x81, id: 7, code: 0, body: vec![0, 0, 0, 2] };
        assert_eq!(Response::parse(GOOD), Some(response));
        for len in 0..GOOD.len() {
            assert_eq!(Response::parse(&GOOD[..len]), None, "{len} bytes");
        }
        assert_eq!(Response::parse(&[GOOD, b"x"].concat()), None);
        assert_eq!(Response::parse(b"\x01\0\0\0\x07\0\0\0"), None, "a request");
        assert_eq!(Response::parse(b"\x81\0\0\0\x07\x20\0\x01x"), None, "a refusal with a body");
        assert_eq!(Response::parse(b"\x81\0\0\0\x07\x20\0\0").map(|refusal| refusal.code), Some(32));
    }
}
