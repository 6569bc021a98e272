//! `SPEC.md`, sections 1 and 2: well-formed strings, and which scope covers which.

pub(crate) fn is_agent_string(bytes: &[u8]) -> bool {
    (1..=255).contains(&bytes.len()) && !bytes.contains(&0) && str::from_utf8(bytes).is_ok()
}

pub(crate) fn is_scope(bytes: &[u8]) -> bool {
    is_agent_string(bytes) && segments(bytes).iter().all(|segment| !segment.is_empty())
}

pub(crate) fn covers(granted: &str, required: &str) -> bool {
    if !is_scope(granted.as_bytes()) || !is_scope(required.as_bytes()) {
        return false;
    }
    let (granted, required) = (segments(granted.as_bytes()), segments(required.as_bytes()));
    let each = || granted.iter().zip(&required).all(|(granted, required)| *granted == b"*" || granted == required);
    granted == [b"*"] || (granted.len() == required.len() && each())
}

pub(crate) fn any_covers<S: AsRef<str>>(granted: &[S], required: &str) -> bool {
    granted.iter().any(|granted| covers(granted.as_ref(), required))
}

fn segments(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split(|byte| *byte == b':').collect()
}
