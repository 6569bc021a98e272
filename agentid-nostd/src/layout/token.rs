//! Where every byte of a token lies, as in `SPEC.md`, "Layout".

use super::{Field, MAX_SCOPES, MAX_STRING_LEN, PUBLIC_KEY_LEN, SIGNATURE_LEN};

/// First bytes of every token.
pub(crate) const MAGIC_BYTES: [u8; 2] = [0xA9, 0x1D];
/// The only version there is.
pub(crate) const VERSION_1: u8 = 1;
/// The only value the reserved flags may have.
pub(crate) const NO_FLAGS: u8 = 0;

/// Length of the fixed part before the name, in bytes.
pub(crate) const HEADER_LEN: usize = 64;

/// Length of the shortest well-formed token, in bytes: one-byte name, one-byte project, no scope.
pub const MIN_TOKEN_LEN: usize = token_len("n", "p", &[]);
/// Length of the longest well-formed token, in bytes: every string 255 bytes, 255 scopes.
pub const MAX_TOKEN_LEN: usize =
    HEADER_LEN + 2 * (1 + MAX_STRING_LEN) + 1 + MAX_SCOPES * (1 + MAX_STRING_LEN) + SIGNATURE_LEN;

pub(crate) const MAGIC: Field<0, 2> = Field;
pub(crate) const VERSION: Field<2, 1> = Field;
pub(crate) const FLAGS: Field<3, 1> = Field;
pub(crate) const ISSUED_AT: Field<4, 8> = Field;
pub(crate) const EXPIRES_AT: Field<12, 8> = Field;
pub(crate) const MAX_CALLS: Field<20, 4> = Field;
pub(crate) const TOKEN_ID: Field<24, 8> = Field;
pub(crate) const ISSUER: Field<32, PUBLIC_KEY_LEN> = Field;

/// Exact length in bytes of the token with these strings, signature included.
///
/// Constant, so that a buffer can be sized at compile time. It does not check that the strings are
/// valid.
///
/// ```
/// use agentid_nostd::token_len;
/// const LEN: usize = token_len("research-bot", "phd-lab", &["read:arxiv", "write:notes"]);
/// assert_eq!(LEN, 173);
/// ```
#[must_use]
pub const fn token_len(name: &str, project: &str, scopes: &[&str]) -> usize {
    let mut len = HEADER_LEN
        .saturating_add(1 + SIGNATURE_LEN)
        .saturating_add(prefixed_len(name))
        .saturating_add(prefixed_len(project));
    let mut rest = scopes;
    while let [scope, tail @ ..] = rest {
        len = len.saturating_add(prefixed_len(scope));
        rest = tail;
    }
    len
}

const fn prefixed_len(string: &str) -> usize {
    string.len().saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::{HEADER_LEN, MAX_TOKEN_LEN, MIN_TOKEN_LEN};

    #[test]
    fn lengths_are_those_of_the_specification() {
        assert_eq!(HEADER_LEN, 64);
        assert_eq!(MIN_TOKEN_LEN, 133);
        assert_eq!(MAX_TOKEN_LEN, 65_921);
    }
}
