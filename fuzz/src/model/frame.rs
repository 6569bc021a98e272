//! The serial line as `targets/firmware/README.md` describes it: COBS, CRC-32, and what stands in a
//! frame.

/// A frame with this content, delimited on both sides.
pub(crate) fn framed(content: &[u8]) -> Vec<u8> {
    let content = [content, &crc32(content).to_be_bytes()].concat();
    let mut line = vec![0];
    // A run of 254 bytes ends without a zero; where nothing follows it, no further group does.
    let mut rest = content.as_slice();
    loop {
        let run = rest.iter().take(254).take_while(|byte| **byte != 0).count();
        line.push(u8::try_from(run + 1).expect("at most 255"));
        line.extend(&rest[..run]);
        rest = &rest[run..];
        match (run, rest) {
            (254, []) | (_, []) => break,
            (254, _) => {}
            (_, [_, behind @ ..]) => rest = behind,
        }
    }
    line.push(0);
    line
}

/// The content of what stood between two zeros, or 240 or 241, for a buffer of `room` bytes.
pub(crate) fn content(stuffed: &[u8], room: usize, spoilt: bool) -> Result<Vec<u8>, u8> {
    let (frame, whole) = unstuff(stuffed);
    if frame.len() > room {
        return Err(240);
    }
    let (content, checksum) = frame.split_last_chunk::<4>().filter(|_| whole && !spoilt).ok_or(241)?;
    if *checksum == crc32(content).to_be_bytes() { Ok(content.to_vec()) } else { Err(241) }
}

/// The bytes, and whether the last group was complete.
fn unstuff(stuffed: &[u8]) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    let mut at = 0;
    while at < stuffed.len() {
        let end = at + usize::from(stuffed[at]);
        bytes.extend(&stuffed[at + 1..end.min(stuffed.len())]);
        if end > stuffed.len() {
            return (bytes, false);
        }
        if stuffed[at] != 255 && end < stuffed.len() {
            bytes.push(0);
        }
        at = end;
    }
    (bytes, true)
}

/// CRC-32 as in Ethernet and zip, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 })
    })
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Call { token: Vec<u8>, scope: String },
    Bundle(Vec<u8>),
    Token,
}

/// Kind and id as the response names them, and the request or 242 or 243. `None`: a response.
pub(crate) fn request(content: &[u8]) -> Option<(u8, u32, Result<Request, u8>)> {
    if let [0x80..=0xFF, ..] = content {
        return None;
    }
    let Some((&[kind, a, b, c, d], rest)) = content.split_first_chunk() else { return Some((0, 0, Err(242))) };
    let request = match (kind, parts(rest).as_deref()) {
        (0 | 4.., _) => Err(243),
        (1, Some([token, scope])) => match String::from_utf8(scope.clone()) {
            Ok(scope) => Ok(Request::Call { token: token.clone(), scope }),
            Err(_) => Err(242),
        },
        (2, Some([bundle])) => Ok(Request::Bundle(bundle.clone())),
        (3, Some([])) => Ok(Request::Token),
        _ => Err(242),
    };
    Some((kind, u32::from_be_bytes([a, b, c, d]), request))
}

fn parts(mut bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut parts = Vec::new();
    while let Some((len, rest)) = bytes.split_first_chunk() {
        let (part, rest) = rest.split_at_checked(u16::from_be_bytes(*len).into())?;
        parts.push(part.to_vec());
        bytes = rest;
    }
    bytes.is_empty().then_some(parts)
}

/// The content of a request.
pub(crate) fn request_content(kind: u8, id: u32, parts: &[&[u8]]) -> Vec<u8> {
    let mut content = vec![kind];
    content.extend(id.to_be_bytes());
    for part in parts {
        content.extend(u16::try_from(part.len()).unwrap_or(u16::MAX).to_be_bytes());
        content.extend(*part);
    }
    content
}
