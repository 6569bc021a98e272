//! Sorting in place. The sort of `core` panics where an order contradicts itself. Ours never do,
//! but the optimiser does not see that, and that no panic is left in the core is checked in the
//! linked image.

use core::cmp::Ordering;

/// Sorts in ascending order, equal items in any: heapsort (Williams, 1964), O(n log n) whatever the
/// input.
pub(super) fn heap_sort<T>(items: &mut [T], order: impl Fn(&T, &T) -> Ordering) {
    for root in (0..items.len() / 2).rev() {
        sift_down(items, root, &order);
    }
    let mut heap = items;
    // The root is the largest: it goes to the end, and what stood there sinks to its place.
    while let [root, .., last] = heap {
        core::mem::swap(root, last);
        let Some((_, shorter)) = heap.split_last_mut() else { return };
        sift_down(shorter, 0, &order);
        heap = shorter;
    }
}

/// Lets an item sink until neither of its children is larger.
fn sift_down<T>(heap: &mut [T], mut at: usize, order: &impl Fn(&T, &T) -> Ordering) {
    loop {
        let left = at.saturating_mul(2).saturating_add(1);
        let right = left.saturating_add(1);
        let larger = match (heap.get(left), heap.get(right)) {
            (Some(a), Some(b)) if order(a, b).is_lt() => right,
            _ => left,
        };
        let Ok([parent, child]) = heap.get_disjoint_mut([at, larger]) else { return };
        if order(parent, child).is_ge() {
            return;
        }
        core::mem::swap(parent, child);
        at = larger;
    }
}

#[cfg(test)]
mod tests {
    use super::heap_sort;

    #[test]
    fn every_sequence_of_up_to_seven_items_is_sorted() {
        // Miri is a thousand times slower.
        let longest: usize = if cfg!(miri) { 4 } else { 7 };
        for len in 0..=longest {
            for code in 0..len.pow(u32::try_from(len).expect("small")) {
                let mut items = [0; 7];
                let mut rest = code;
                let items = &mut items[..len];
                for item in &mut *items {
                    *item = rest % len;
                    rest /= len;
                }
                let mut expected = [0; 7];
                let expected = &mut expected[..len];
                expected.copy_from_slice(items);
                expected.sort_unstable();
                heap_sort(items, usize::cmp);
                assert_eq!(items, expected);
            }
        }
    }
}
