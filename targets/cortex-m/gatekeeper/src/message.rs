//! What stands in a frame: requests and responses, big-endian, every part with its length before it.

use crate::code::LineError;

/// A request, in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    /// Kind 1: do what this scope stands for.
    Call {
        /// Chosen by the caller, repeated in the response.
        id: u32,
        /// The token, whatever it is.
        token: &'a [u8],
        /// The scope that the call needs; it names the action.
        scope: &'a str,
    },
    /// Kind 2: the next trust bundle.
    Bundle {
        /// Chosen by the caller, repeated in the response.
        id: u32,
        /// The bundle, whatever it is.
        bundle: &'a [u8],
    },
    /// Kind 3: who are you?
    Passport {
        /// Chosen by the caller, repeated in the response.
        id: u32,
    },
}

impl<'a> Request<'a> {
    /// Reads the content of a frame.
    ///
    /// # Errors
    /// With the id, which is 0 where there is none: [`LineError::MalformedRequest`], or [`LineError::NotOffered`] for
    /// a kind that does not exist.
    pub fn parse(content: &'a [u8]) -> Result<Self, (u32, LineError)> {
        let Some((&[kind, id @ ..], parts)) = content.split_first_chunk::<5>() else {
            return Err((0, LineError::MalformedRequest));
        };
        let id = u32::from_be_bytes(id);
        let request = match kind {
            1 => two_parts(parts).and_then(|(token, scope)| {
                let scope = core::str::from_utf8(scope).ok()?;
                Some(Self::Call { id, token, scope })
            }),
            2 => last_part(parts).map(|bundle| Self::Bundle { id, bundle }),
            3 => parts.is_empty().then_some(Self::Passport { id }),
            _ => return Err((id, LineError::NotOffered)),
        };
        request.ok_or((id, LineError::MalformedRequest))
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

/// A response: which request it answers, the verdict, and what comes with a good one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Response<'a> {
    /// The id of the request; 0 where it could not be read.
    pub id: u32,
    /// 0, a code of the core, or one of [`LineError`].
    pub code: u8,
    /// What comes with code 0: four bytes of calls left, a passport, or nothing.
    pub body: &'a [u8],
}

/// The calls left of a token without a budget.
const UNLIMITED: u32 = u32::MAX;

/// Id, code, and the length of the body.
pub(crate) const HEAD_LEN: usize = 7;

impl Response<'_> {
    /// What stands before the body in the content of a frame; `None` where the body is longer than its length can say.
    #[must_use]
    pub fn head(&self) -> Option<[u8; HEAD_LEN]> {
        let [i0, i1, i2, i3] = self.id.to_be_bytes();
        let [l0, l1] = u16::try_from(self.body.len()).ok()?.to_be_bytes();
        Some([i0, i1, i2, i3, self.code, l0, l1])
    }
}

/// The body of an admitted call. No token has more than `u32::MAX - 1` calls left after one.
pub(crate) fn calls_left_body(calls_left: Option<u32>) -> [u8; 4] {
    calls_left.unwrap_or(UNLIMITED).to_be_bytes()
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::{Request, Response};
    use crate::code::LineError;

    const CALL: &[u8] = b"\x01\0\0\0\x07\0\x03abc\0\x04door";

    #[test]
    fn requests_are_read_in_place() {
        let call = Request::Call { id: 7, token: b"abc", scope: "door" };
        assert_eq!(Request::parse(CALL), Ok(call));
        let bundle = Request::Bundle { id: 0x0102_0304, bundle: b"xyz" };
        assert_eq!(Request::parse(b"\x02\x01\x02\x03\x04\0\x03xyz"), Ok(bundle));
        assert_eq!(Request::parse(b"\x03\0\0\0\x09"), Ok(Request::Passport { id: 9 }));
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_id_if_it_has_one() {
        for len in 0..CALL.len() {
            let id = if len < 5 { 0 } else { 7 };
            assert_eq!(Request::parse(&CALL[..len]), Err((id, LineError::MalformedRequest)), "{len}");
        }
        let longer = [CALL, b"x"].concat();
        assert_eq!(Request::parse(&longer), Err((7, LineError::MalformedRequest)));
        assert_eq!(Request::parse(b"\x01\0\0\0\x07\0\0\0\x01\xff"), Err((7, LineError::MalformedRequest)));
        assert_eq!(Request::parse(b"\x03\0\0\0\x09x"), Err((9, LineError::MalformedRequest)));
        for kind in [0, 4, 0x80, 0xFF] {
            assert_eq!(Request::parse(&[kind, 0, 0, 0, 5]), Err((5, LineError::NotOffered)));
        }
    }

    #[test]
    fn a_response_has_id_code_and_length_before_its_body() {
        let response = Response { id: 0x0102_0304, code: 27, body: &[0; 0x0506] };
        assert_eq!(response.head(), Some([1, 2, 3, 4, 27, 5, 6]));
        assert_eq!(Response { body: &[0; 0x1_0000], ..response }.head(), None);
    }
}
