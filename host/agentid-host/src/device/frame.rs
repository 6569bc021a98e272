//! Frames of the line to a device, as `targets/firmware/README.md` describes them: written without
//! the device's code.

use std::fmt;

use crc::{CRC_32_ISO_HDLC, Crc};

const CHECKSUM: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
/// Set in the kind of every response, and of no request.
const RESPONSE_BIT: u8 = 0x80;

/// The content of a request: a kind, an id that the response repeats, and its parts.
#[derive(Clone, Copy, Debug)]
pub enum Request<'a> {
    /// Do what the scope stands for.
    Call {
        /// The bytes of the token, at most 65,535.
        token: &'a [u8],
        /// The scope that the call needs, at most 65,535 bytes.
        scope: &'a str,
    },
    /// Take this trust bundle.
    Trust(&'a [u8]),
    /// What are you called?
    Token,
}

impl Request<'_> {
    /// Returns the content with this id; `None` if a part is longer than 65,535 bytes.
    #[must_use]
    pub fn content(&self, id: u32) -> Option<Vec<u8>> {
        let parts: &[&[u8]] = match self {
            Self::Call { token, scope } => &[token, scope.as_bytes()],
            Self::Trust(bundle) => &[bundle],
            Self::Token => &[],
        };
        let mut content = vec![self.kind()];
        content.extend(id.to_be_bytes());
        for part in parts {
            content.extend(u16::try_from(part.len()).ok()?.to_be_bytes());
            content.extend(*part);
        }
        Some(content)
    }

    /// Returns the kind of the response to this request.
    #[must_use]
    pub const fn response_kind(&self) -> u8 {
        self.kind() | RESPONSE_BIT
    }

    const fn kind(&self) -> u8 {
        match self {
            Self::Call { .. } => 1,
            Self::Trust(_) => 2,
            Self::Token => 3,
        }
    }
}

/// The answer of a device. `Debug` prints the length of the body, because it can be a token.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The kind of the request with the top bit set.
    pub kind: u8,
    /// The id of the request.
    pub id: u32,
    /// 0 or the reason of the refusal.
    pub code: u8,
    /// Calls left, a token, or nothing.
    pub body: Vec<u8>,
}

impl Response {
    /// The kind of a response to a frame that could not be read. Its id is 0.
    pub const UNREADABLE: u8 = RESPONSE_BIT;

    /// Reads the bytes between two zeros; `None` if they are no whole response.
    #[must_use]
    pub fn read(frame: &[u8]) -> Option<Self> {
        let content = cobs::decode_vec(frame).ok()?;
        let (content, checksum) = content.split_last_chunk::<4>()?;
        if CHECKSUM.checksum(content) != u32::from_be_bytes(*checksum) {
            return None;
        }
        let (&[kind, i0, i1, i2, i3, code, l0, l1], body) = content.split_first_chunk()?;
        let is_whole = usize::from(u16::from_be_bytes([l0, l1])) == body.len();
        let is_response = kind & RESPONSE_BIT != 0;
        (is_whole && is_response).then(|| Self {
            kind,
            id: u32::from_be_bytes([i0, i1, i2, i3]),
            code,
            body: body.to_vec(),
        })
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, id, code, body } = self;
        write!(f, "response {kind:02x} to {id}: code {code}, {} bytes", body.len())
    }
}

/// Returns a frame with this content. It begins with a zero too, so that noise before it is cut off.
#[must_use]
pub fn framed(content: &[u8]) -> Vec<u8> {
    let content = [content, &CHECKSUM.checksum(content).to_be_bytes()].concat();
    [&[0], &cobs::encode_vec(&content)[..], &[0]].concat()
}
