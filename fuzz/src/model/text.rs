//! `SPEC.md`, section 7: tokens as text, read digit by digit.

/// The bytes of a text, for a buffer of `room` bytes.
pub(crate) fn decode(text: &str, room: usize) -> Result<Vec<u8>, u8> {
    if text.len() > 131_842 {
        return Err(2);
    }
    let bytes = bytes_of(text).ok_or(19)?;
    if bytes.len() > room { Err(24) } else { Ok(bytes) }
}

fn bytes_of(text: &str) -> Option<Vec<u8>> {
    if text.starts_with("a9") || text.starts_with("A9") {
        return hexadecimal(text);
    }
    let padding = text.bytes().rev().take_while(|byte| *byte == b'=').count();
    if padding > 2 || (padding > 0 && !text.len().is_multiple_of(4)) {
        return None;
    }
    let digits = &text[..text.len() - padding];
    let last = if digits.contains(['+', '/']) { b"+/" } else { b"-_" };
    let mut bits = Vec::new();
    for digit in digits.bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            other => 62 + u8::try_from(last.iter().position(|last| *last == other)?).ok()?,
        };
        bits.extend((0..6).rev().map(|bit| value >> bit & 1));
    }
    let whole = bits.len() / 8 * 8;
    if digits.len() % 4 == 1 || bits[whole..].contains(&1) {
        return None;
    }
    Some(bits[..whole].chunks(8).map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | bit)).collect())
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits = text.chars().map(|digit| digit.to_digit(16)).collect::<Option<Vec<u32>>>()?;
    let pairs = digits.chunks(2);
    pairs.map(|pair| u8::try_from(pair[0] << 4 | pair.get(1)?).ok()).collect()
}

/// Bytes as base64url without padding.
pub(crate) fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let digit = |bits: &[u8]| (0..6).fold(0, |value, bit| value << 1 | usize::from(bits.get(bit) == Some(&1)));
    bits.chunks(6).map(|bits| char::from(DIGITS[digit(bits)])).collect()
}

/// The text in the value of an `Authorization` header, or 61, 62 or 19.
pub(crate) fn authorization(value: &str) -> Result<&str, u8> {
    let Some(first) = value.split(' ').next().filter(|_| !value.is_empty()) else { return Err(61) };
    if !["agentid", "bearer"].contains(&first.to_ascii_lowercase().as_str()) {
        return Err(62);
    }
    let word = value[first.len()..].trim_start_matches(' ');
    if word.is_empty() || word.chars().any(char::is_whitespace) { Err(19) } else { Ok(word) }
}
