//! A cursor that fills the caller's buffer. It never writes past it and never panics.

/// What is left to fill.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    rest: &'a mut [u8],
}

impl<'a> Writer<'a> {
    pub(crate) const fn new(buf: &'a mut [u8]) -> Self {
        Self { rest: buf }
    }

    /// How many bytes still fit.
    pub(crate) const fn room(&self) -> usize {
        self.rest.len()
    }

    /// Writes `bytes`, or nothing and `None` where they do not fit.
    pub(crate) fn put(&mut self, bytes: &[u8]) -> Option<()> {
        let place = self.rest.split_off_mut(..bytes.len())?;
        place.copy_from_slice(bytes);
        Some(())
    }

    /// Writes a length-prefixed string; `None` where it is longer than 255 bytes or does not fit.
    pub(crate) fn put_prefixed(&mut self, string: &str) -> Option<()> {
        let len = u8::try_from(string.len()).ok()?;
        self.put(&[len])?;
        self.put(string.as_bytes())
    }
}
