//! Entries of which the smallest goes first, in an array of the pool: some are sorted, all larger
//! ones are a binary heap after them.
//!
//! Where memory is used densely, the smallest entry is mostly one that has just come: in a heap it
//! travels all the way up and down, at the end of what is sorted it is written and read.
//!
//! Refuses to know what an entry is, and whether it is stale.

use super::pool::{Pool, SHORTEST, Start};
use super::{Full, min_heap};

/// Most sorted entries. A shorter array has no others; in a longer one these places are theirs.
/// Half or twice as many take a little longer on the traces of the benchmark.
const SORTED: usize = 64;

/// How an array is filled. All-zero bytes are an empty queue without an array.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(super) struct Queue {
    array: Start,
    /// Entries of the heap, from place [`SORTED`] on.
    heaped: u32,
    /// Sorted entries, from place 0 on, the smallest last; none is larger than one of the heap.
    sorted: u16,
    /// How often the array was doubled, the first one counted too; 0 when there is none.
    doubled: u16,
}

impl Queue {
    pub(super) const EMPTY: Queue = Queue {
        array: Start(0),
        heaped: 0,
        sorted: 0,
        doubled: 0,
    };

    /// Places of the array.
    pub(super) fn room(&self) -> u32 {
        ((1 << self.doubled) >> 1) * SHORTEST
    }

    /// Whether there is no place for another entry.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        let used = match self.heaped {
            0 => u32::from(self.sorted),
            heaped => SORTED as u32 + heaped,
        };
        used >= self.room()
    }

    /// Adds an entry, for which there is a place.
    #[inline]
    pub(super) fn push(&mut self, pool: &mut Pool<'_>, entry: u32) {
        if self.heaped > 0 || usize::from(self.sorted) == SORTED {
            return self.push_many(pool, entry);
        }
        self.push_sorted(pool, entry);
    }

    /// Takes the smallest entry out.
    #[inline]
    pub(super) fn pop(&mut self, pool: &mut Pool<'_>) -> Option<u32> {
        if let Some(rest) = self.sorted.checked_sub(1) {
            let smallest = self.sorted(pool).last().copied();
            self.sorted = rest;
            return smallest;
        }
        let rest = self.heaped.checked_sub(1)?;
        let smallest = min_heap::pop(self.heap(pool));
        self.heaped = rest;
        smallest
    }

    /// All entries, in no order and side by side: some of them may be replaced, before
    /// [`Queue::arrange`] says how many are left.
    pub(super) fn gather<'p>(&mut self, pool: &'p mut Pool<'_>) -> &'p mut [u32] {
        let sorted = u32::from(self.sorted);
        if self.heaped > 0 {
            let array = pool.array(self.array, SORTED as u32 + self.heaped);
            array.copy_within(SORTED.., sorted as usize);
        }
        pool.array(self.array, sorted + self.heaped)
    }

    /// Puts the first `count` places in order, all that were gathered or some of them.
    pub(super) fn arrange(&mut self, pool: &mut Pool<'_>, count: usize) {
        let entries = pool.array(self.array, count as u32);
        entries.sort_unstable();
        // What is in order is a heap, too.
        let sorted = count.min(SORTED);
        entries[..sorted].reverse();
        self.sorted = sorted as u16;
        self.heaped = (count - sorted) as u32;
    }

    /// An array of twice the length, with the first `count` places of this one.
    pub(super) fn double(&mut self, pool: &mut Pool<'_>, count: usize) -> Result<(), Full> {
        let room = self.room();
        let longer = pool.take((room * 2).max(SHORTEST))?;
        pool.copy(self.array, longer, count as u32);
        pool.give_back(self.array, room);
        self.array = longer;
        self.doubled += 1;
        Ok(())
    }

    /// Adds an entry where there are others than the sorted ones, or will be. Kept apart, so that
    /// the usual way stays short.
    #[inline(never)]
    fn push_many(&mut self, pool: &mut Pool<'_>, entry: u32) {
        let nearest = match self.sorted(pool).first() {
            Some(&largest) => Some(largest),
            None => self.heap(pool).first().copied(),
        };
        if nearest.is_some_and(|nearest| entry > nearest) {
            return self.push_heap(pool, entry);
        }
        if usize::from(self.sorted) == SORTED {
            self.move_largest(pool);
        }
        self.push_sorted(pool, entry);
    }

    #[inline]
    fn push_sorted(&mut self, pool: &mut Pool<'_>, entry: u32) {
        self.sorted += 1;
        insert(self.sorted(pool), entry);
    }

    #[inline]
    fn sorted<'p>(&self, pool: &'p mut Pool<'_>) -> &'p mut [u32] {
        pool.array(self.array, u32::from(self.sorted))
    }

    /// Only where the array is long enough for one.
    #[inline]
    fn heap<'p>(&self, pool: &'p mut Pool<'_>) -> &'p mut [u32] {
        let places = SORTED as u32 + self.heaped;
        &mut pool.array(self.array, places)[SORTED..]
    }

    fn push_heap(&mut self, pool: &mut Pool<'_>, entry: u32) {
        self.heaped += 1;
        let heap = self.heap(pool);
        if let Some(last) = heap.last_mut() {
            *last = entry;
        }
        min_heap::push(heap);
    }

    /// Makes place for a sorted entry.
    #[cold]
    fn move_largest(&mut self, pool: &mut Pool<'_>) {
        let sorted = self.sorted(pool);
        let largest = sorted[0];
        sorted.copy_within(1.., 0);
        self.sorted -= 1;
        self.push_heap(pool, largest);
    }
}

/// Moves the entry to its place among sorted ones, of which the last place is free.
#[inline]
fn insert(sorted: &mut [u32], entry: u32) {
    let Some(mut at) = sorted.len().checked_sub(1) else {
        return;
    };
    while at > 0 && sorted[at - 1] < entry {
        sorted[at] = sorted[at - 1];
        at -= 1;
    }
    sorted[at] = entry;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A queue beside a sorted vector, through the same pushes and pops.
    fn compare(entries: impl Iterator<Item = u32>, pops: impl Fn(usize) -> bool) {
        let mut places = vec![0; 4096];
        let mut pool = Pool::over(&mut places);
        let mut queue = Queue::EMPTY;
        let mut model: Vec<u32> = Vec::new();
        for (at, entry) in entries.enumerate() {
            if queue.is_full() {
                let count = queue.gather(&mut pool).len();
                assert_eq!(count, model.len());
                queue.double(&mut pool, count).expect("room");
                queue.arrange(&mut pool, count);
            }
            queue.push(&mut pool, entry);
            model.push(entry);
            model.sort_unstable_by(|a, b| b.cmp(a));
            if pops(at) {
                assert_eq!(queue.pop(&mut pool), model.pop());
            }
        }
        while let Some(entry) = model.pop() {
            assert_eq!(queue.pop(&mut pool), Some(entry));
        }
        assert_eq!(queue.pop(&mut pool), None);
    }

    #[test]
    fn the_smallest_entry_comes_first() {
        let scattered = || (0..1500).map(|n| n * 7919 % 1009);
        compare(scattered(), |_| false);
        compare(scattered(), |at| at % 3 == 0);
        // Filled, then nearly emptied, so that the smallest are now in the heap, now sorted.
        compare(scattered(), |at| at % 500 > 260);
        compare(0..1000, |at| at % 5 == 0);
        compare((0..1000).rev(), |at| at % 5 == 0);
    }

    #[test]
    fn what_is_left_out_does_not_come() {
        let mut places = vec![0; 1024];
        let mut pool = Pool::over(&mut places);
        let mut queue = Queue::EMPTY;
        for count in 0..200_usize {
            if queue.is_full() {
                queue.double(&mut pool, count).expect("room");
            }
            queue.push(&mut pool, 1000 - count as u32);
        }
        let entries = queue.gather(&mut pool);
        entries.sort_unstable();
        entries[..2].copy_from_slice(&[3, 2]);
        queue.arrange(&mut pool, 2);
        assert_eq!(
            [(); 3].map(|()| queue.pop(&mut pool)),
            [Some(2), Some(3), None]
        );
    }
}
