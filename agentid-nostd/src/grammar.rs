//! The grammar of scopes, names and projects, and which scope covers which.

#[cfg(not(target_os = "none"))]
use crate::automaton;
use crate::error::Error;
use crate::layout::MAX_STRING_LEN;

/// The scope that covers every scope; as a segment it covers every segment.
const WILDCARD: &[u8] = b"*";

/// Whether `scope` is well formed: 1 to 255 bytes, no NUL, no empty segment between colons.
///
/// ```
/// use agentid_nostd::is_valid_scope;
/// assert!(is_valid_scope("read:arxiv"));
/// assert!(!is_valid_scope("read::arxiv"));
/// ```
#[must_use]
pub fn is_valid_scope(scope: &str) -> bool {
    let mut previous = b':';
    for byte in scope.bytes() {
        if byte == 0 || (byte == b':' && previous == b':') {
            return false;
        }
        previous = byte;
    }
    // An empty scope and a trailing colon both end here with a colon.
    previous != b':' && scope.len() <= MAX_STRING_LEN
}

/// [`is_valid_scope`] of at most 255 bytes that need not be UTF-8.
#[cfg(target_os = "none")]
pub(crate) fn is_valid_scope_bytes(bytes: &[u8]) -> bool {
    core::str::from_utf8(bytes).is_ok_and(is_valid_scope)
}

/// [`is_valid_scope`] of at most 255 bytes that need not be UTF-8.
///
/// A stranger can make a server read thousands of bytes before the signature, so each takes four
/// instructions. A device has no room for the table, and does without it.
#[cfg(not(target_os = "none"))]
pub(crate) fn is_valid_scope_bytes(bytes: &[u8]) -> bool {
    automaton::accepts::<b':'>(bytes)
}

/// Returns whether bytes are UTF-8, not empty and without NUL.
#[cfg(target_os = "none")]
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    !bytes.is_empty() && !bytes.contains(&0) && core::str::from_utf8(bytes).is_ok()
}

/// Returns whether bytes are UTF-8, not empty and without NUL. A colon counts as a letter.
#[cfg(not(target_os = "none"))]
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    automaton::accepts::<b'a'>(bytes)
}

/// Whether a granted scope covers a required one. Says nothing about who granted it: that is
/// [`Claims::permits`](crate::Claims::permits).
///
/// The bare scope `*` covers everything; otherwise both have the same number of segments, and each
/// granted segment is `*` or equal to the required one. A malformed scope covers nothing and is
/// covered by nothing.
///
/// ```
/// use agentid_nostd::scope_covers;
/// assert!(scope_covers("read:*", "read:arxiv"));
/// assert!(!scope_covers("read:*", "read:arxiv:2024"));
/// assert!(!scope_covers("*", ""));
/// ```
#[must_use]
pub fn scope_covers(granted: &str, required: &str) -> bool {
    is_valid_scope(granted) && is_valid_scope(required) && covers(granted.as_bytes(), required.as_bytes())
}

/// Returns whether requested scopes and an issuer's ceiling together permit `required`: one of the
/// requested scopes covers it, and one of the ceiling does if there is a ceiling. An empty ceiling
/// permits nothing.
///
/// For programs that keep the two lists of [`Claims`](crate::Claims) elsewhere. It does not check
/// where they come from: that is [`Claims::permits`](crate::Claims::permits), which decides alike.
///
/// ```
/// use agentid_nostd::scopes_permit;
/// let ceiling = ["read:arxiv"];
/// assert!(scopes_permit(["read:*"], Some(ceiling), "read:arxiv"));
/// assert!(!scopes_permit(["read:*"], Some(ceiling), "read:notes"));
/// assert!(scopes_permit(["read:*"], None::<[&str; 0]>, "read:notes"));
/// ```
#[must_use]
pub fn scopes_permit<'s>(
    requested: impl IntoIterator<Item = &'s str>,
    ceiling: Option<impl IntoIterator<Item = &'s str>>,
    required: &str,
) -> bool {
    permit(
        required,
        || requested.into_iter().any(|granted| scope_covers(granted, required)),
        ceiling.map(|ceiling| || ceiling.into_iter().any(|granted| scope_covers(granted, required))),
    )
}

/// The rule of [`scopes_permit`], over lists that say themselves whether they cover a well-formed
/// `required`.
pub(crate) fn permit(
    required: &str,
    requested_covers: impl FnOnce() -> bool,
    ceiling_covers: Option<impl FnOnce() -> bool>,
) -> bool {
    is_valid_scope(required) && requested_covers() && ceiling_covers.is_none_or(|covers| covers())
}

/// [`scope_covers`] for two scopes that are known to be well formed.
///
/// Bytes rather than text: a token's scopes are checked once and compared as they lie, and
/// splitting text at a character adds a panic branch that is never taken.
pub(crate) fn covers(granted: &[u8], required: &[u8]) -> bool {
    if granted == WILDCARD {
        return true;
    }
    let (mut granted, mut required) = (granted, required);
    let mut segment_begins = true;
    loop {
        if segment_begins
            && let [b'*', rest @ ..] = granted
            && matches!(rest, [] | [b':', ..])
        {
            granted = rest;
            while let [other, rest @ ..] = required
                && *other != b':'
            {
                required = rest;
            }
        }
        match (granted, required) {
            ([g, other_granted @ ..], [r, other_required @ ..]) if g == r => {
                (granted, required) = (other_granted, other_required);
                segment_begins = *g == b':';
            }
            (granted, required) => return granted.is_empty() && required.is_empty(),
        }
    }
}

/// Returns whether a string can be a name or a project: 1 to 255 bytes, no NUL.
fn is_valid_agent_string(string: &str) -> bool {
    !string.is_empty() && string.len() <= MAX_STRING_LEN && !string.as_bytes().contains(&0)
}

/// Checks the strings that name an agent, the name first.
pub(crate) fn check_strings(name: &str, project: &str) -> Result<(), Error> {
    if !is_valid_agent_string(name) {
        return Err(Error::InvalidName);
    }
    if !is_valid_agent_string(project) {
        return Err(Error::InvalidProject);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{is_valid_scope, scope_covers, scopes_permit};

    #[test]
    fn malformed_scopes_are_recognised() {
        for scope in ["", ":", "a:", ":a", "a::b", "a\0b", "a:\0"] {
            assert!(!is_valid_scope(scope), "{scope:?}");
        }
        for scope in ["a", "*", "a:b", "a:*:c", "é:ü", " ", "a.b/c"] {
            assert!(is_valid_scope(scope), "{scope:?}");
        }
        let longest = [b'a'; 256];
        let longest = core::str::from_utf8(&longest).expect("ASCII");
        assert!(!is_valid_scope(longest));
        assert!(is_valid_scope(longest.split_at(255).0));
    }

    #[test]
    fn wildcards_cover_one_segment_or_everything() {
        let covered = [
            ("*", "read"),
            ("*", "read:arxiv:2024"),
            ("read:*", "read:arxiv"),
            ("*:arxiv", "read:arxiv"),
            ("*:*", "read:arxiv"),
            ("read:arxiv", "read:arxiv"),
            ("read:*", "read:*"),
        ];
        for (granted, required) in covered {
            assert!(scope_covers(granted, required), "{granted} {required}");
        }
        let not_covered = [
            ("read", "read:arxiv"),
            ("read:arxiv", "read"),
            ("read:arxiv", "read:*"),
            ("read:arxiv", "*"),
            ("*:*", "read"),
            ("*:*", "*"),
            ("read:*", "write:arxiv"),
            ("Read", "read"),
            ("read:ar*", "read:arxiv"),
            ("*", ""),
            ("*", "read::arxiv"),
            ("", "read"),
            ("read:", "read:"),
        ];
        for (granted, required) in not_covered {
            assert!(!scope_covers(granted, required), "{granted} {required}");
        }
    }

    #[test]
    fn a_scope_is_permitted_by_requested_scopes_and_ceiling_together() {
        let none = None::<[&str; 0]>;
        let cases = [
            (["list", "read:*"], None, "read:arxiv", true),
            (["list", "read:*"], None, "write:arxiv", false),
            (["list", "read:*"], Some(["write:*", "*:arxiv"]), "read:arxiv", true),
            (["list", "read:*"], Some(["write:*", "*:arxiv"]), "read:notes", false),
            (["list", "read:*"], Some(["write:*", "*:arxiv"]), "write:arxiv", false),
            (["*", "*"], Some(["*", "*"]), "read:", false),
            (["*", "read::*"], Some(["a::b", "*:"]), "a:b", false),
        ];
        for (requested, ceiling, required, expected) in cases {
            assert_eq!(scopes_permit(requested, ceiling, required), expected, "{requested:?} {ceiling:?} {required}");
        }
        assert!(!scopes_permit(["*"], Some([]), "read"), "an empty ceiling");
        assert!(!scopes_permit([], none, "read") && scopes_permit(["read"], none, "read"));
    }
}
