//! The lists of a bundle: entries of one length, in ascending order of the keys that they begin
//! with, searched where they lie.

use crate::reader::Reader;

/// Entries of `LEN` bytes, of which the first `KEY` are the key.
#[derive(Clone, Copy)]
pub(super) struct Entries<'k, const LEN: usize, const KEY: usize = LEN>(&'k [[u8; LEN]]);

impl<'k, const LEN: usize, const KEY: usize> Entries<'k, LEN, KEY> {
    /// Reads so many entries, or `None` if there are fewer bytes. It does not look at their order.
    pub(super) fn read(reader: &mut Reader<'k>, count: usize) -> Option<Self> {
        // Stated first, so that the compiler knows the number of chunks: it would divide, which is
        // 0.4 KB on Cortex-M0.
        if count > usize::MAX.checked_div(LEN)? {
            return None;
        }
        let (entries, _) = reader.take(count.checked_mul(LEN)?)?.as_chunks();
        Some(Self(entries))
    }

    /// The entries, in the order in which they lie.
    pub(super) const fn as_slice(&self) -> &'k [[u8; LEN]] {
        self.0
    }

    /// Whether every key is greater than the one before it.
    pub(super) fn is_ascending(&self) -> bool {
        is_ascending(self.0.as_flattened(), LEN, KEY)
    }

    /// The entry with this key. The first 8 bytes nearly always decide.
    pub(super) fn find(&self, key: &[u8; KEY]) -> Option<&'k [u8; LEN]> {
        let head = |bytes: &[u8]| bytes.first_chunk().map(|head| u64::from_be_bytes(*head));
        let wanted = head(key);
        let order =
            |entry: &[u8; LEN]| head(entry).cmp(&wanted).then_with(|| entry.get(..KEY).cmp(&Some(key.as_slice())));
        self.0.get(self.0.binary_search_by(order).ok()?)
    }
}

// Not inlined: lists of all lengths share it.
#[inline(never)]
fn is_ascending(entries: &[u8], len: usize, key_len: usize) -> bool {
    let mut rest = entries;
    while let Some((entry, after)) = rest.split_at_checked(len).filter(|(_, after)| !after.is_empty()) {
        if entry.get(..key_len) >= after.get(..key_len) {
            return false;
        }
        rest = after;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::Entries;
    use crate::reader::Reader;

    /// The longest list that is tried.
    const MOST: u8 = 20;

    /// Entries of 5 bytes with a key of 4: the even numbers from 2 on, and after each its place.
    fn even_numbers() -> [u8; 100] {
        let mut bytes = [0; 100];
        for ((entry, number), at) in bytes.as_chunks_mut::<5>().0.iter_mut().zip((2..).step_by(2)).zip(0..) {
            *entry = [0, 0, 1, number, at];
        }
        bytes
    }

    fn read(bytes: &[u8], count: u8) -> Entries<'_, 5, 4> {
        Entries::read(&mut Reader::new(bytes), count.into()).expect("there are as many")
    }

    #[test]
    fn each_entry_is_found_by_its_key_and_nothing_between_them() {
        let bytes = even_numbers();
        for count in 0..=MOST {
            let entries = read(&bytes, count);
            assert_eq!(entries.as_slice().len(), usize::from(count));
            assert!(entries.is_ascending());
            for number in 0..=2 * count + 3 {
                let place = entries.find(&[0, 0, 1, number]).map(|entry| entry[4]);
                let is_there = number % 2 == 0 && (2..=2 * count).contains(&number);
                assert_eq!(place, is_there.then(|| number / 2 - 1), "{number} of {count}");
            }
            assert_eq!(entries.find(&[0, 0, 0, 2]), None);
            assert_eq!(entries.find(&[1, 0, 1, 2]), None);
        }
    }

    #[test]
    fn keys_must_ascend_wherever_they_stand() {
        for at in 0..6 {
            let mut twice = even_numbers();
            twice.copy_within(5 * at..5 * at + 4, 5 * (at + 1));
            assert!(!read(&twice, 7).is_ascending(), "entry {at} twice");
            let mut descending = even_numbers();
            descending[5 * at + 3] += 3;
            assert!(!read(&descending, 7).is_ascending(), "entry {at} above the next");
        }
    }

    #[test]
    fn fewer_bytes_than_the_entries_take_are_no_list() {
        let bytes = even_numbers();
        let most = usize::from(MOST);
        assert!(Entries::<5, 4>::read(&mut Reader::new(&bytes), most).is_some());
        for count in [most + 1, usize::MAX / 5 + 1, usize::MAX] {
            assert!(Entries::<5, 4>::read(&mut Reader::new(&bytes), count).is_none());
        }
    }
}
