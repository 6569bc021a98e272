//! The codes of requests that are refused before or after the core decides.

/// A refusal of the line, with a stable code. The core's codes end below 64; those of lines begin
/// at 240.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum LineError {
    /// The frame is longer than the device's buffer.
    FrameTooLong = 240,
    /// The frame is cut off, badly stuffed, or its checksum is wrong.
    FrameCorrupt = 241,
    /// The frame came through whole and is no request: a length does not fit, or the scope is not
    /// UTF-8.
    MalformedRequest = 242,
    /// The device does nothing of this kind or for this scope. No use of the token was counted.
    NotOffered = 243,
    /// The call was admitted and counted, but the action failed.
    ActionFailed = 244,
}

impl LineError {
    /// The stable number.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }
}
