//! The engine at speed: the blocks of the literal list, found through an index beside the heap.
//!
//! Every address, every system call and every heap byte is what [`List`] makes of the same calls,
//! stale headers of merged blocks included; a call costs amortised O(log n) instead of a walk.
//! How:
//!
//! - A block that is freed is noted as pending. Before a search (C2) the free run around each
//!   pending block is merged from its start rightwards, with the header writes of the literal
//!   walk in their order. Every run of several free blocks contains a pending one, and different
//!   runs write different fields, so the order of the runs does not show.
//! - Settled free blocks are in bins of one size each, lowest address first; the first one of the
//!   first valid bin is the best fit (C4). The most recent ones stay in hand and reach a bin only
//!   when others displace them; the last block, when free, is in no bin.
//! - Whatever has been merged, handed out or resized since leaves its entry behind; an entry
//!   counts only while the state map and the header still agree with it.
//!
//! The index lies in memory that the caller gives, so that no call makes a system call of its
//! own and no byte of the heap changes. That memory is for a heap of a stated length. When the
//! heap outgrows it, the engine walks the list from then on, for good: slower, and still the
//! same.
//!
//! Refuses to free what it does not know as allocated: a stale pointer, whose block was merged
//! away, is ignored where the literal list would believe the bytes found there.
//! It gives no bound for a single call: a search after k frees settles k blocks.

mod bins;
mod bitmap;
mod hand;
mod key;
mod large;
mod min_heap;
mod pending;
mod pool;
mod room;
mod states;

use core::ptr::NonNull;

use crate::block::{Block, STATUS_ALLOC, STATUS_FREE};
use crate::engine::{BlockList, Engine};
use crate::list::List;

use bins::Bins;
use hand::Hand;
use key::{Key, Number};
use large::Large;
use pending::Pending;
use room::Room;
use states::{State, States};

/// No room for an entry: the index is of no use any more.
#[derive(Debug)]
struct Full;

/// The engine with an index in memory that it borrows.
///
/// ```
/// use osmem::source::Arena;
/// use osmem::{Config, Heap, Indexed};
///
/// let mut memory = vec![0; Indexed::words(1 << 20)];
/// // SAFETY: the memory is zero.
/// let engine = unsafe { Indexed::new(&mut memory) };
/// let mut heap = Heap::with_engine(Arena::new(1 << 20), Config::DEFAULT, engine);
/// assert!(heap.malloc(1000).is_some());
/// assert_eq!(heap.listing().to_string(), "1000u 130008f");
/// ```
#[derive(Debug)]
pub struct Indexed<'m> {
    list: List,
    /// Where the heap starts: number 0. Dangling as long as there is no block.
    start: NonNull<u8>,
    states: States<'m>,
    pending: Pending<'m>,
    hand: Hand,
    bins: Bins<'m>,
    large: Large<'m>,
    /// The index is given up; the list alone counts.
    walks: bool,
}

impl<'m> Indexed<'m> {
    /// How much memory, in words of 8 bytes, indexes a heap of `limit` bytes: about 17 % of it,
    /// and 256 KiB. It is touched as the heap grows.
    #[must_use]
    pub const fn words(limit: usize) -> usize {
        room::words(limit)
    }

    /// An engine without blocks.
    ///
    /// # Safety
    ///
    /// The memory is all zero. (It is not read here: a megabyte that is never needed is never
    /// touched.)
    pub const unsafe fn new(memory: &'m mut [u64]) -> Indexed<'m> {
        let room = Room::carve(memory);
        Indexed {
            list: List::new(),
            start: NonNull::dangling(),
            states: States::over(room.states),
            pending: Pending::over(room.pending),
            hand: Hand::EMPTY,
            bins: Bins::over(room.bins, room.bitmap, room.pool),
            large: Large::over(room.large),
            walks: false,
        }
    }

    /// The number of the block at this address, which is in the heap.
    #[inline]
    fn number_at(&self, address: NonNull<u8>) -> Number {
        let start = self.start.addr().get();
        Number::at_offset(address.addr().get().wrapping_sub(start))
    }

    #[inline]
    fn number(&self, block: Block) -> Number {
        self.number_at(block.start())
    }
}

/// A block of which the state map knows that its header is there.
#[inline]
fn block_at(start: NonNull<u8>, number: Number) -> Block {
    // SAFETY: the state map has the number, so it comes from a block of this heap, and the
    // offset is inside it.
    let header = unsafe { start.add(number.offset()) };
    // SAFETY: a header stands there, says the state map.
    unsafe { Block::at(header) }
}

impl BlockList for Indexed<'_> {}

impl Engine for Indexed<'_> {
    #[inline]
    fn list(&self) -> &List {
        &self.list
    }

    fn append(&mut self, block: Block) {
        // A free last block was in no bin; behind a gap (E5) it is a free block as any other.
        if let Some(last) = self.list.last().filter(|last| last.is_free()) {
            self.postpone(last);
        }
        if self.list.first().is_none() {
            self.start = block.start();
        }
        self.list.append(block);
        if self.covers(block) {
            self.states.set(self.number(block), State::Settled);
        }
    }

    fn extend_last(&mut self, last: Block, bytes: usize) {
        self.list.extend_last(last, bytes);
        self.covers(last);
    }

    #[inline]
    fn coalesce(&mut self) {
        if self.walks {
            return self.list.coalesce();
        }
        while let Some(number) = self.pending.pop() {
            if self.states.is(number, State::Pending) {
                self.settle(number);
            }
        }
        if self.pending.overflowed() {
            self.settle_all();
        }
    }

    #[inline]
    fn take_best_fit(&mut self, size: usize) -> Option<Block> {
        if self.walks {
            return self.list.take_best_fit(size);
        }
        let key = self.take_smallest(size)?;
        let block = block_at(self.start, key.number());
        self.take(block, size);
        Some(block)
    }

    #[inline]
    fn take(&mut self, block: Block, size: usize) {
        block.set_status(STATUS_ALLOC);
        let tail = self.list.cut(block, size);
        if self.walks {
            return;
        }
        self.states.set(self.number(block), State::Allocated);
        if let Some(tail) = tail {
            // Coalesced already: no free block follows it.
            self.shelve(tail, None);
        }
    }

    #[inline]
    fn give_back(&mut self, block: Block) {
        if self.walks {
            return self.list.give_back(block);
        }
        let number = self.number(block);
        if self.states.is(number, State::Allocated) {
            block.set_status(STATUS_FREE);
            self.states.set(number, State::Pending);
            self.pending.push(number);
        }
    }

    fn split(&mut self, block: Block, size: usize) {
        if let Some(tail) = self.list.cut(block, size) {
            self.postpone(tail);
        }
    }

    fn absorb_until(&mut self, block: Block, size: usize) {
        if self.walks {
            return self.list.absorb_until(block, size);
        }
        while block.size() < size && self.absorb_next(block) {}
    }
}

/// Free blocks.
impl Indexed<'_> {
    /// Leaves a free block to the next search.
    #[inline]
    fn postpone(&mut self, block: Block) {
        if !self.walks {
            let number = self.number(block);
            self.states.set(number, State::Pending);
            self.pending.push(number);
        }
    }

    /// Settles every pending block, found by a walk.
    #[cold]
    fn settle_all(&mut self) {
        self.pending.clear();
        let mut cursor = self.list.first();
        while let Some(block) = cursor.filter(|_| !self.walks) {
            let number = self.number(block);
            if self.states.is(number, State::Pending) {
                self.settle(number);
            }
            // When the block has been merged away, its header still links to where it did, and
            // all blocks up to there belong to the same run.
            cursor = block.next();
        }
        if self.walks {
            self.list.coalesce();
        }
    }

    /// Merges the free run around a block into its first block (C3).
    #[inline]
    fn settle(&mut self, number: Number) {
        let first = self.run_start(block_at(self.start, number));
        let place = self.states.place_in_hand(self.number(first));
        while self.absorb_next(first) {}
        self.shelve(first, place);
    }

    /// The first block of the free run that this block is in.
    #[inline]
    fn run_start(&self, block: Block) -> Block {
        let mut first = block;
        while let Some(prev) = first.prev() {
            // The state map is smaller than the heap, so it is asked first. The end tells a gap.
            if !self.states.is_free(self.number(prev)) || prev.end() != first.start() {
                break;
            }
            first = prev;
        }
        first
    }

    /// Merges the next block into this one, if it is free and no gap lies between (C3, E5).
    #[inline]
    fn absorb_next(&mut self, block: Block) -> bool {
        let end = block.end();
        let number = self.number_at(end);
        // A header that starts where the block ends is that of the next block.
        if !self.states.is_free(number) {
            return false;
        }
        if let Some(place) = self.states.place_in_hand(number) {
            self.hand.remove(place);
        }
        self.list.absorb(block, block_at(self.start, number));
        self.states.clear(number);
        true
    }

    /// Makes a settled block known to searches; it may have a place in the hand already.
    #[inline]
    fn shelve(&mut self, block: Block, place: Option<usize>) {
        let number = self.number(block);
        if self.list.last() == Some(block) {
            if let Some(place) = place {
                self.hand.remove(place);
            }
            return self.states.set(number, State::Settled);
        }
        let key = Key::new(block.size(), number);
        if let Some(place) = place {
            return self.hand.change(place, key);
        }
        let (place, displaced) = self.hand.put(key);
        self.states.put_in_hand(number, place);
        if let Some(displaced) = displaced {
            self.states.set(displaced.number(), State::Settled);
            self.store(displaced);
        }
    }

    fn store(&mut self, key: Key) {
        let (states, start) = (&mut self.states, self.start);
        let stored = if Bins::hold(key.size()) {
            self.bins.insert(key, states, start)
        } else {
            self.large.insert(key, states, start)
        };
        if let Err(Full) = stored {
            self.walks = true;
        }
    }

    /// The smallest and lowest free block of at least `size` bytes, taken out of the index.
    #[inline]
    fn take_smallest(&mut self, size: usize) -> Option<Key> {
        let (states, start) = (&self.states, self.start);
        let valid = |key| is_valid(states, start, key);
        let stored = match self.bins.smallest(size, valid) {
            None => self.large.smallest(size, valid),
            found => found,
        };
        let stored = stored.unwrap_or(Key::NONE);
        let best = self.hand.smallest(size, stored);
        if let Some(last) = self.free_last(size).filter(|&last| last < best) {
            return Some(last);
        }
        if best == Key::NONE {
            return None;
        }
        if best == stored {
            self.unstore(stored);
        } else if let Some(place) = self.states.place_in_hand(best.number()) {
            self.hand.remove(place);
        }
        Some(best)
    }

    fn unstore(&mut self, key: Key) {
        if Bins::hold(key.size()) {
            self.bins.remove_first(key.size());
        } else {
            self.large.remove(key);
        }
    }

    /// The last block, when it is free and large enough.
    #[inline]
    fn free_last(&self, size: usize) -> Option<Key> {
        let last = self.list.last()?;
        let number = self.number(last);
        let fits = self.states.is_free(number) && last.size() >= size;
        fits.then(|| Key::new(last.size(), number))
    }

    /// Whether the index reaches to the block's end; when not, it is given up.
    fn covers(&mut self, block: Block) -> bool {
        let end = block.end().addr().get() - self.start.addr().get();
        self.walks |= end > self.states.limit();
        !self.walks
    }
}

/// Whether an entry still names a settled free block of its size that is not in the hand.
#[inline]
fn is_valid(states: &States<'_>, start: NonNull<u8>, key: Key) -> bool {
    states.is(key.number(), State::Settled) && block_at(start, key.number()).size() == key.size()
}
