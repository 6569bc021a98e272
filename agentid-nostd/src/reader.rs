//! A cursor over bytes that somebody else chose. It never reads past them and never panics.

/// What is left to read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The bytes not read yet.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next `N` bytes, or `None` where fewer are left.
    pub(crate) fn array<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (array, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(array)
    }

    /// The next byte.
    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.array::<1>().map(|&[byte]| byte)
    }

    /// The next `len` bytes, or `None` where fewer are left.
    pub(crate) fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(bytes)
    }

    /// The next length-prefixed string: one byte that says how many bytes follow, then these.
    pub(crate) fn prefixed(&mut self) -> Option<&'a [u8]> {
        let (&len, rest) = self.rest.split_first()?;
        let (string, rest) = rest.split_at_checked(usize::from(len))?;
        self.rest = rest;
        Some(string)
    }
}

#[cfg(test)]
mod tests {
    use super::Reader;

    #[test]
    fn reading_stops_at_the_end_and_consumes_nothing_there() {
        let mut reader = Reader::new(&[2, b'a', b'b', 3, b'c']);
        assert_eq!(reader.prefixed(), Some(b"ab".as_slice()));
        assert_eq!(reader.prefixed(), None);
        assert_eq!(reader.array::<3>(), None);
        assert_eq!(reader.byte(), Some(3));
        assert_eq!(reader.array(), Some(b"c"));
        assert_eq!(reader.byte(), None);
        assert!(reader.rest().is_empty());
    }
}
