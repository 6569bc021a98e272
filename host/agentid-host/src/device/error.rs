//! Why a device did not do what was asked of it.

use std::io;
use std::time::Duration;

use agentid_nostd::Error;

/// The reason why a device did not do what was asked of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// The device refuses.
    #[error("{}: {}", .0.name(), .0.reason())]
    Refused(DeviceRefusal),
    /// No response came in time. **It is not known if the device carried out the request.**
    #[error("the device did not answer within {} s", .0.as_secs_f32())]
    NoAnswer(Duration),
    /// Bytes came, and no response to the request. It is not known if the device carried it out.
    #[error("the device sent {0} frames in time, and none of them is a response to the request")]
    NoResponse(u32),
    /// The response has a body that does not fit the request. It is not known if the device carried it
    /// out.
    #[error("the response does not fit the request")]
    MalformedResponse,
    /// A part of the request is longer than a frame can say.
    #[error("the request has a part of more than 65,535 bytes")]
    TooLong,
    /// The line fails.
    #[error("the line fails: {0}")]
    Line(#[from] io::Error),
}

impl DeviceError {
    /// Returns the name of the reason, in kebab-case. A name is never changed.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.name(),
            Self::NoAnswer(_) => "no-answer",
            Self::NoResponse(_) => "no-response",
            Self::MalformedResponse => "malformed-response",
            Self::TooLong => "too-long",
            Self::Line(_) => "line",
        }
    }
}

/// The code with which a device refuses, 1 to 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceRefusal(pub(super) u8);

/// The codes of a line: number, name, reason.
const LINE: [(u8, &str, &str); 5] = [
    (240, "frame-too-long", "the request is longer than the buffer of the device"),
    (241, "frame-corrupt", "the request did not come through whole"),
    (242, "malformed-request", "the device cannot read the request"),
    (243, "not-offered", "the device does nothing of this kind, or has no action for this scope"),
    (244, "action-failed", "the call was admitted and counted, and the action failed"),
];

impl DeviceRefusal {
    /// Returns the code: of `SPEC.md`, or of a line, 240 to 244.
    #[must_use]
    pub const fn code(self) -> u8 {
        self.0
    }

    /// Returns the name of the code; `unknown-code` if it is newer than this program.
    #[must_use]
    pub fn name(self) -> &'static str {
        let line = LINE.iter().find(|(code, ..)| *code == self.0).map(|(_, name, _)| *name);
        line.or(self.core().map(Error::name)).unwrap_or("unknown-code")
    }

    /// Returns the reason in a sentence.
    #[must_use]
    pub fn reason(self) -> &'static str {
        let line = LINE.iter().find(|(code, ..)| *code == self.0).map(|(.., reason)| *reason);
        line.or(self.core().map(Error::message)).unwrap_or("the device gives a code that this program does not know")
    }

    fn core(self) -> Option<Error> {
        Error::ALL.iter().copied().find(|error| error.code() == self.0)
    }
}
