//! The token in the value of an `Authorization` header.

use agentid_nostd::{Error, MAX_TEXT_LEN, authorization_text, decode_text};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Returns the bytes of the token, or the core's refusal of the text.
pub(crate) fn token_of(authorization: &str) -> Result<Vec<u8>, Error> {
    if let Some(token) = usual_token_of(authorization) {
        return Ok(token);
    }
    let text = authorization_text(authorization)?;
    let mut token = vec![0; text.len().min(MAX_TEXT_LEN)];
    let len = decode_text(text, &mut token)?.len();
    token.truncate(len);
    Ok(token)
}

/// The same in a fifth of the time, for the form that minting writes: base64url without padding. It
/// knows no refusal: every other value is left to the core. The core decodes in a time that does
/// not depend on the token, which a device in the hands of an attacker needs.
fn usual_token_of(authorization: &str) -> Option<Vec<u8>> {
    let text = authorization.strip_prefix("AgentID ").or_else(|| authorization.strip_prefix("Bearer "))?;
    // A text that begins like this is hexadecimal.
    let is_hexadecimal = matches!(text.as_bytes(), [b'a' | b'A', b'9', ..]);
    if text.is_empty() || text.len() > MAX_TEXT_LEN || is_hexadecimal {
        return None;
    }
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use agentid_nostd::{MAX_TEXT_LEN, authorization_text, decode_text};
    use proptest::prelude::*;

    use super::{token_of, usual_token_of};

    fn by_the_core(authorization: &str) -> Result<Vec<u8>, agentid_nostd::Error> {
        let text = authorization_text(authorization)?;
        decode_text(text, &mut vec![0; MAX_TEXT_LEN]).map(<[u8]>::to_vec)
    }

    #[test]
    fn the_usual_form_is_read_the_short_way_and_others_are_not() {
        for scheme in ["AgentID", "Bearer"] {
            assert_eq!(usual_token_of(&format!("{scheme} qR0B")), Some(vec![0xa9, 0x1d, 1]));
        }
        for other in ["agentid qR0B", "AgentID  qR0B", "AgentID a91D01", "AgentID qR0BAA==", "AgentID ", "qR0B"] {
            assert_eq!(usual_token_of(other), None, "{other}");
        }
        let longest = format!("AgentID {}", "A".repeat(MAX_TEXT_LEN + 1));
        assert_eq!(token_of(&longest), by_the_core(&longest));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]
        #[test]
        fn every_value_is_read_as_the_core_reads_it(
            scheme in "(AgentID|Bearer|agentid|Basic|) {0,2}",
            text in "(qR0B|a9|A9|)[-_A-Za-z0-9]{0,40}[-_A-Za-z0-9+/= \t\u{a0}]{0,3}",
        ) {
            let value = format!("{scheme}{text}");
            prop_assert_eq!(token_of(&value), by_the_core(&value));
        }
    }
}
