//! Free blocks below 128 KiB: a bin for each size, the lowest address of each first.
//!
//! Refuses to look for entries that went stale: they are dropped when they come up first, or
//! when their bin is about to grow.

use core::ptr::NonNull;

use super::bitmap::{self, Bitmap};
use super::key::{Key, Number};
use super::pool::Pool;
use super::queue::Queue;
use super::states::States;
use super::{Full, is_valid};
use crate::literal::align::ALIGNMENT;

/// Entries of one size. It has some when its bit in the bitmap is set.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(super) struct Bin {
    /// The smallest number.
    first: u32,
    /// All others.
    others: Queue,
}

impl Bin {
    const EMPTY: Bin = Bin {
        first: 0,
        others: Queue::EMPTY,
    };
}

#[derive(Debug)]
pub(super) struct Bins<'m> {
    bins: &'m mut [Bin; bitmap::BITS],
    filled: Bitmap<'m>,
    pool: Pool<'m>,
}

impl<'m> Bins<'m> {
    /// Bins, a bitmap and a pool that are all zero.
    pub(super) const fn over(
        bins: &'m mut [Bin; bitmap::BITS],
        filled: Bitmap<'m>,
        pool: Pool<'m>,
    ) -> Bins<'m> {
        Bins { bins, filled, pool }
    }

    /// Whether there is a bin for this size.
    #[inline]
    pub(super) fn hold(size: usize) -> bool {
        size / ALIGNMENT < bitmap::BITS
    }

    /// Adds an entry. Where the pool has no room for it, nothing here counts until all is cleared.
    #[inline]
    pub(super) fn insert(
        &mut self,
        key: Key,
        states: &mut States<'_>,
        start: NonNull<u8>,
    ) -> Result<(), Full> {
        let at = which(key.size());
        let Number(number) = key.number();
        if !self.filled.has(at) {
            self.bins[at].first = number;
            self.filled.set(at);
            return Ok(());
        }
        if self.bins[at].others.is_full() {
            self.make_room(key.size(), states, start)?;
        }
        let bin = &mut self.bins[at];
        let later = bin.first.max(number);
        bin.first = bin.first.min(number);
        bin.others.push(&mut self.pool, later);
        Ok(())
    }

    /// Drops all entries and gives all arrays back.
    pub(super) fn clear(&mut self) {
        self.bins.fill(Bin::EMPTY);
        self.filled.clear_all();
        self.pool.clear();
    }

    /// The smallest valid entry of at least `size` bytes that is below `bound`, or else `bound`.
    #[inline(always)]
    pub(super) fn smallest(&mut self, size: usize, bound: Key, valid: impl Fn(Key) -> bool) -> Key {
        let mut from = size / ALIGNMENT;
        while let Some(at) = self.filled.first_from(from) {
            // One look tells about all bins before this one.
            if Key::new(at * ALIGNMENT, Number(0)) > bound {
                break;
            }
            let key = Key::new(at * ALIGNMENT, Number(self.bins[at].first));
            if valid(key) {
                return key.min(bound);
            }
            self.drop_first(at);
            from = at;
        }
        bound
    }

    /// Drops this entry if it is the first of its bin.
    #[inline]
    pub(super) fn remove(&mut self, key: Key) {
        let at = which(key.size());
        if self.bins[at].first == key.number().0 && self.filled.has(at) {
            self.drop_first(at);
        }
    }

    #[inline]
    fn drop_first(&mut self, at: usize) {
        let bin = &mut self.bins[at];
        match bin.others.pop(&mut self.pool) {
            Some(next) => bin.first = next,
            None => self.filled.clear(at),
        }
    }

    /// Drops what is stale or there twice, or else doubles the array.
    #[cold]
    fn make_room(
        &mut self,
        size: usize,
        states: &mut States<'_>,
        start: NonNull<u8>,
    ) -> Result<(), Full> {
        let Bin { first, others } = &mut self.bins[which(size)];
        let entries = others.gather(&mut self.pool);
        let kept = keep_valid(size, *first, entries, states, start);
        if kept as u32 >= others.room() / 2 {
            others.double(&mut self.pool, kept)?;
        }
        others.arrange(&mut self.pool, kept);
        Ok(())
    }
}

/// Moves the valid entries to the front, each block once and `first` not at all; returns how many
/// they are.
fn keep_valid(
    size: usize,
    first: u32,
    others: &mut [u32],
    states: &mut States<'_>,
    start: NonNull<u8>,
) -> usize {
    let mut fresh = |number: u32| {
        let key = Key::new(size, Number(number));
        is_valid(states, start, key) && states.see(key.number())
    };
    let first_is_valid = fresh(first);
    let mut kept = 0;
    for at in 0..others.len() {
        if fresh(others[at]) {
            others[kept] = others[at];
            kept += 1;
        }
    }
    let first = first_is_valid.then_some(first);
    for number in others[..kept].iter().copied().chain(first) {
        states.forget(Number(number));
    }
    kept
}

#[inline]
fn which(size: usize) -> usize {
    size / ALIGNMENT % bitmap::BITS
}

#[cfg(test)]
mod tests {
    use super::super::room::{self, Room};
    use super::super::states::State;
    use super::*;
    use crate::literal::block::{Block, STATUS_FREE};

    const SIZE: usize = 64;

    /// A heap of free blocks of one size that are all settled, and bins without entries.
    fn with_bins(blocks: usize, test: impl FnOnce(&mut Bins<'_>, &mut States<'_>, NonNull<u8>)) {
        let mut heap = vec![0_u64; blocks * 12];
        let start = NonNull::from(&mut heap[..]).cast::<u8>();
        let mut memory = vec![0; room::words(heap.len() * 8)];
        let room = Room::carve(&mut memory);
        let mut states = States::over(room.states);
        for at in 0..blocks {
            // SAFETY: 96 bytes of the heap for each block.
            let header = unsafe { start.add(at * 96) };
            // SAFETY: as above.
            unsafe { Block::create(header, SIZE, STATUS_FREE) };
            states.set(key(at).number(), State::Settled);
        }
        let mut bins = Bins::over(room.bins, room.bitmap, room.pool);
        test(&mut bins, &mut states, start);
    }

    fn key(at: usize) -> Key {
        Key::new(SIZE, Number::at_offset(at * 96))
    }

    #[test]
    fn the_lowest_valid_address_comes_first() {
        with_bins(50, |bins, states, start| {
            for at in (0..50).map(|n| n * 27 % 50) {
                bins.insert(key(at), states, start).expect("room");
            }
            states.clear(key(0).number());
            for at in (1..50).step_by(2) {
                let valid = |key| is_valid(states, start, key);
                assert_eq!(bins.smallest(SIZE - 8, Key::NONE, valid), key(at));
                bins.remove(key(at));
                states.clear(key(at + 1).number());
            }
            assert_eq!(bins.smallest(8, Key::NONE, |_| true), Key::NONE);
        });
    }

    #[test]
    fn a_block_that_comes_again_and_again_takes_no_room() {
        with_bins(3, |bins, states, start| {
            for _ in 0..1000 {
                for at in 0..3 {
                    bins.insert(key(at), states, start).expect("room");
                }
            }
            assert!(bins.bins[SIZE / 8].others.room() <= 8);
            assert!((0..3).all(|at| states.is(key(at).number(), State::Settled)));
        });
    }

    #[test]
    fn sizes_below_128_kib_have_bins() {
        assert!(Bins::hold(8) && Bins::hold(128 * 1024 - 8));
        assert!(!Bins::hold(128 * 1024));
    }

    #[test]
    fn a_full_pool_is_reported() {
        with_bins(1, |bins, states, start| {
            let entries = (0..4000).map(|n| Key::new(8 * n + 8, Number(0)));
            let both = entries.flat_map(|key| [key, key]);
            let full = both
                .into_iter()
                .any(|key| bins.insert(key, states, start).is_err());
            assert!(full);
            bins.clear();
            assert_eq!(bins.smallest(8, Key::NONE, |_| true), Key::NONE);
            assert!(bins.insert(key(0), states, start).is_ok());
        });
    }
}
