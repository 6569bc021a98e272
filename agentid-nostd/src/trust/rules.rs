//! What an issuer's tokens must have, and how often they may be used: the last fields of a record.

use core::num::NonZeroU32;

/// The most grants that may stand between an issuer and a token.
const MAX_DEPTH: u8 = 4;
/// The longest window of a quota, in seconds: one day.
const MAX_QUOTA_SECONDS: u32 = 86_400;

const AUDIENCE_REQUIRED: u8 = 1;
const LEAF_BINDING_SHIFT: u8 = 1;
const DEPTH_SHIFT: u8 = 3;

/// What the tokens of an issuer must have. Nothing is required unless told otherwise, and no grants
/// are allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Whether a token must name its audience. Tokens of version 1 have none, and are refused with
    /// [`Error::AudienceRequired`](crate::Error::AudienceRequired).
    pub audience_required: bool,
    /// What a token must be bound to. Tokens of version 1 are bound to nothing, and are refused
    /// with [`Error::BindingRequired`](crate::Error::BindingRequired) if there is anything.
    pub leaf_binding: LeafBinding,
    /// How many grants may stand between the issuer and a token: 0 to 4.
    pub depth: u8,
}

/// What a token must be bound to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LeafBinding {
    /// Nothing.
    #[default]
    None,
    /// A request, a message or a challenge.
    Any,
    /// A payload that the verifier itself has hashed.
    Payload,
    /// A challenge of the verifier.
    Challenge,
}

impl Rules {
    /// Reads the byte of a record; `None` if a reserved bit is set or the depth is above 4.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        let depth = byte >> DEPTH_SHIFT;
        if depth > MAX_DEPTH {
            return None;
        }
        let leaf_binding = match (byte >> LEAF_BINDING_SHIFT) & 3 {
            0 => LeafBinding::None,
            1 => LeafBinding::Any,
            2 => LeafBinding::Payload,
            _ => LeafBinding::Challenge,
        };
        Some(Self { audience_required: byte & AUDIENCE_REQUIRED != 0, leaf_binding, depth })
    }

    /// The byte of a record. A depth above 4 makes a byte that [`from_byte`](Self::from_byte)
    /// refuses.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        let audience = if self.audience_required { AUDIENCE_REQUIRED } else { 0 };
        let leaf_binding = match self.leaf_binding {
            LeafBinding::None => 0,
            LeafBinding::Any => 1,
            LeafBinding::Payload => 2,
            LeafBinding::Challenge => 3,
        };
        let depth = if self.depth > MAX_DEPTH { u8::MAX } else { self.depth };
        audience | (leaf_binding << LEAF_BINDING_SHIFT) | (depth << DEPTH_SHIFT)
    }

    /// Whether a bundle can say these rules.
    pub(super) const fn is_valid(self) -> bool {
        self.depth <= MAX_DEPTH
    }
}

/// How many calls of an issuer are admitted in each window of time, whatever its tokens allow. The
/// windows begin at the multiples of `seconds` in Unix time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// The number of calls in a window.
    pub calls: NonZeroU32,
    /// The length of a window in seconds: 1 to 86,400.
    pub seconds: NonZeroU32,
}

impl Quota {
    /// The two numbers of a record, both 0 without a quota. `None` if no quota has these numbers.
    pub(super) fn from_fields(calls: u32, seconds: u32) -> Option<Option<Self>> {
        match (NonZeroU32::new(calls), NonZeroU32::new(seconds)) {
            (None, None) => Some(None),
            (Some(calls), Some(seconds)) => {
                let quota = Self { calls, seconds };
                quota.is_valid().then_some(Some(quota))
            }
            _ => None,
        }
    }

    /// Whether a bundle can say this quota.
    pub(super) const fn is_valid(self) -> bool {
        self.seconds.get() <= MAX_QUOTA_SECONDS
    }

    /// The window in which a time lies, in Unix seconds: its number, and the first second after it.
    pub(crate) fn window(self, now: i64) -> (i64, i64) {
        let seconds = i64::from(self.seconds.get());
        // The divisor is never 0 or -1.
        let number = now.checked_div_euclid(seconds).unwrap_or_default();
        let past = now.checked_rem_euclid(seconds).unwrap_or_default();
        (number, now.saturating_add(seconds.saturating_sub(past)))
    }
}

#[cfg(test)]
mod tests {
    use core::num::NonZeroU32;

    use super::{LeafBinding, Quota, Rules};

    #[test]
    fn every_byte_is_read_as_written_or_refused() {
        for byte in 0..=u8::MAX {
            let depth = byte >> 3;
            match Rules::from_byte(byte) {
                Some(rules) => {
                    assert!(depth <= 4, "{byte}");
                    assert_eq!((rules.to_byte(), rules.depth), (byte, depth));
                }
                None => assert!(depth > 4, "{byte}"),
            }
        }
        let rules = Rules { audience_required: true, leaf_binding: LeafBinding::Payload, depth: 3 };
        assert_eq!(rules.to_byte(), 0b0001_1101);
        assert_eq!(Rules::from_byte(0), Some(Rules::default()));
    }

    #[test]
    fn a_depth_that_no_bundle_can_say_is_read_by_nobody() {
        for depth in 5..=u8::MAX {
            let rules = Rules { depth, ..Rules::default() };
            assert!(!rules.is_valid());
            assert_eq!(Rules::from_byte(rules.to_byte()), None, "{depth}");
        }
    }

    #[test]
    fn a_quota_has_both_numbers_and_a_day_at_most() {
        assert_eq!(Quota::from_fields(0, 0), Some(None));
        assert!(Quota::from_fields(u32::MAX, 86_400).is_some_and(|quota| quota.is_some()));
        for (calls, seconds) in [(0, 1), (1, 0), (1, 86_401), (u32::MAX, u32::MAX)] {
            assert_eq!(Quota::from_fields(calls, seconds), None, "{calls} in {seconds}");
        }
    }

    #[test]
    fn windows_are_rounded_down_on_both_sides_of_1970() {
        let quota = |seconds| Quota { calls: NonZeroU32::MIN, seconds: NonZeroU32::new(seconds).expect("not 0") };
        for (now, window) in
            [(0, (0, 10)), (9, (0, 10)), (10, (1, 20)), (-1, (-1, 0)), (-10, (-1, 0)), (-11, (-2, -10))]
        {
            assert_eq!(quota(10).window(now), window, "{now}");
        }
        assert_eq!(quota(1).window(i64::MAX), (i64::MAX, i64::MAX));
        assert_eq!(quota(1).window(i64::MIN), (i64::MIN, i64::MIN + 1));
    }
}
