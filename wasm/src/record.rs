//! What crosses to and from JavaScript in one piece; `js/record.js` is the other half.
//!
//! A number takes 8 bytes, little-endian; bytes, texts and lists have a number before them that says how many there are;
//! what may be missing has one that is 0 or 1. One call with a record is a fraction of the code of one call per field.

use alloc::vec::Vec;

use crate::trap;

/// Writes the parts one behind the other.
#[derive(Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn number(&mut self, value: u64) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    /// Unix seconds.
    pub(crate) fn time(&mut self, value: i64) -> &mut Self {
        self.number(value.cast_unsigned())
    }

    pub(crate) fn optional(&mut self, value: Option<impl Into<u32>>) -> &mut Self {
        match value {
            Some(value) => self.number(1).number(value.into().into()),
            None => self.number(0),
        }
    }

    pub(crate) fn len(&mut self, len: usize) -> &mut Self {
        self.number(u64::try_from(len).unwrap_or(u64::MAX))
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.len(bytes.len()).0.extend_from_slice(bytes);
        self
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    /// A list, whose length stands in front of it.
    pub(crate) fn texts<'t>(&mut self, texts: impl Iterator<Item = &'t str>) -> &mut Self {
        let at = self.0.len();
        self.number(0);
        let mut count = 0_u64;
        for text in texts {
            self.text(text);
            count += 1;
        }
        if let Some(len) = self.0.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
            *len = count.to_le_bytes();
        }
        self
    }

    pub(crate) fn finish(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.0)
    }
}

/// Reads the parts in the order in which they were written. What does not fit traps: `js/` checks its arguments.
pub(crate) struct Reader<'r>(&'r [u8]);

impl<'r> Reader<'r> {
    pub(crate) const fn new(record: &'r [u8]) -> Self {
        Self(record)
    }

    pub(crate) fn number(&mut self) -> u64 {
        let Some((number, rest)) = self.0.split_first_chunk() else { trap() };
        self.0 = rest;
        u64::from_le_bytes(*number)
    }

    /// Unix seconds.
    pub(crate) fn time(&mut self) -> i64 {
        self.number().cast_signed()
    }

    pub(crate) fn small(&mut self) -> u32 {
        u32::try_from(self.number()).unwrap_or_else(|_| trap())
    }

    pub(crate) fn is_present(&mut self) -> bool {
        self.number() != 0
    }

    pub(crate) fn optional(&mut self) -> Option<u64> {
        self.is_present().then(|| self.number())
    }

    pub(crate) fn optional_small(&mut self) -> Option<u32> {
        self.is_present().then(|| self.small())
    }

    pub(crate) fn len(&mut self) -> usize {
        usize::try_from(self.number()).unwrap_or_else(|_| trap())
    }

    pub(crate) fn bytes(&mut self) -> &'r [u8] {
        let len = self.len();
        let Some((bytes, rest)) = self.0.split_at_checked(len) else { trap() };
        self.0 = rest;
        bytes
    }

    pub(crate) fn text(&mut self) -> &'r str {
        core::str::from_utf8(self.bytes()).unwrap_or_else(|_| trap())
    }

    /// Passes over a list of texts, which can be read at any time.
    pub(crate) fn list(&mut self) -> impl Iterator<Item = &'r str> + use<'r> {
        let len = self.len();
        let mut list = Self(self.0);
        for _ in 0..len {
            self.bytes();
        }
        (0..len).map(move |_| list.text())
    }

    #[cfg(feature = "mint")]
    pub(crate) fn texts(&mut self) -> Vec<&'r str> {
        (0..self.len()).map(|_| self.text()).collect()
    }
}
