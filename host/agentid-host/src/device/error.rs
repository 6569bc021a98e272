//! Why a request to a device has no good answer.

use std::fmt;
use std::io;
use std::time::Duration;

use agentid_nostd::Error;

/// Why a request to a device has no good answer. Only [`Refused`](Self::Refused) is the device's
/// word. After any other error but [`TooLong`](Self::TooLong) and [`NotSent`](Self::NotSent) the
/// device may have acted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// The device refused.
    #[error("{0}")]
    Refused(#[from] DeviceRefusal),
    /// A token, scope or bundle is longer than a request can carry.
    #[error("a part of the request has {bytes} bytes; the protocol carries at most 65535")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// The line did not take the whole request in time.
    #[error("the line did not take the request within {} s", .0.as_secs_f32())]
    NotSent(Duration),
    /// The device did not answer this request in time.
    #[error("the device has not answered within {} s: {heard}", .waited.as_secs_f32())]
    NoAnswer {
        /// The time that the request had.
        waited: Duration,
        /// What came instead.
        heard: Heard,
    },
    /// The answer is to this request, and it is not what the protocol describes.
    #[error("the device's answer is not what the protocol describes")]
    MalformedAnswer,
    /// The other end closed the line.
    #[error("the line was closed before the answer came")]
    Closed,
    /// The line failed.
    #[error("the line failed: {0}")]
    Line(#[source] io::Error),
    /// The platform's source of randomness failed.
    #[error("the system's source of randomness failed")]
    NoEntropy,
}

impl DeviceError {
    /// A stable name, such as `no-answer`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.name(),
            Self::TooLong { .. } => "request-too-long",
            Self::NotSent(_) => "request-not-sent",
            Self::NoAnswer { heard: Heard::Nothing, .. } => "no-answer",
            Self::NoAnswer { heard: Heard::Noise, .. } => "garbled-answer",
            Self::NoAnswer { heard: Heard::Others, .. } => "foreign-answer",
            Self::NoAnswer { heard: Heard::Unreadable(_), .. } => "request-not-read",
            Self::MalformedAnswer => "malformed-answer",
            Self::Closed => "line-closed",
            Self::Line(_) => "line-failed",
            Self::NoEntropy => "no-entropy",
        }
    }

    /// Returns whether the device may have done what it was asked, although no good answer came.
    #[must_use]
    pub const fn may_have_acted(&self) -> bool {
        matches!(self, Self::NoAnswer { .. } | Self::MalformedAnswer | Self::Closed | Self::Line(_))
    }
}

/// What came over the line in place of an answer, the most telling of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Heard {
    /// No byte.
    Nothing,
    /// Bytes that are no frame.
    Noise,
    /// Frames that do not answer this request: answers to an older one, or an echo.
    Others,
    /// The device's word that it could not read a frame, which may have been the request.
    Unreadable(DeviceRefusal),
}

impl fmt::Display for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing came"),
            Self::Noise => f.write_str("only noise came"),
            Self::Others => f.write_str("only answers to other requests came"),
            Self::Unreadable(refusal) => write!(f, "it could not read a frame, {refusal}"),
        }
    }
}

/// A device's reason to refuse: a code of the core, or one of the line, from 240.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeviceRefusal(u8);

/// The codes that a line adds to those of the core: `targets/firmware/README.md`.
const OF_LINES: [(u8, &str, &str); 5] = [
    (240, "frame-too-long", "the frame is longer than the device's buffer"),
    (241, "frame-corrupt", "the frame is cut off, badly stuffed, or its checksum is wrong"),
    (242, "malformed-request", "the frame came through whole and is no request"),
    (243, "not-offered", "the device has no action for this; it did not look at the token"),
    (244, "action-failed", "the call was admitted and counted, but the action failed"),
];

impl DeviceRefusal {
    /// The refusal with this code; `None` for 0, which accepts.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        (code != 0).then_some(Self(code))
    }

    /// The stable number.
    #[must_use]
    pub const fn code(self) -> u8 {
        self.0
    }

    /// The stable name; `unknown-code` if this version does not know the code.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.known().map_or("unknown-code", |(name, _)| name)
    }

    /// The sentence that explains it, which may change.
    #[must_use]
    pub fn message(self) -> &'static str {
        self.known().map_or("the device refused with a code that this program does not know", |(_, message)| message)
    }

    fn known(self) -> Option<(&'static str, &'static str)> {
        let of_core =
            Error::ALL.iter().find(|error| error.code() == self.0).map(|error| (error.name(), error.message()));
        of_core
            .or_else(|| OF_LINES.iter().find(|(code, ..)| *code == self.0).map(|&(_, name, message)| (name, message)))
    }
}

impl fmt::Display for DeviceRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.code(), self.name(), self.message())
    }
}

impl std::error::Error for DeviceRefusal {}

#[cfg(test)]
mod tests {
    use super::DeviceRefusal;

    #[test]
    fn every_code_but_0_refuses_and_has_one_name() {
        assert_eq!(DeviceRefusal::from_code(0), None);
        let name = |code| DeviceRefusal::from_code(code).expect("a refusal").name();
        let known = [(1, "too-short"), (32, "scope-not-granted"), (240, "frame-too-long"), (241, "frame-corrupt")];
        for (code, expected) in known.into_iter().chain([
            (242, "malformed-request"),
            (243, "not-offered"),
            (244, "action-failed"),
            (200, "unknown-code"),
            (255, "unknown-code"),
        ]) {
            assert_eq!(name(code), expected);
        }
    }
}
