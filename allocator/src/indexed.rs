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
//!   first valid bin is the best fit (C4). The one settled last is offered to the request at once;
//!   the most recent ones stay in hand and reach a bin only when others displace them; the last
//!   block, when free, is in no bin.
//! - A block that was merged, returned or resized since keeps an old entry; an entry
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
mod queue;
mod room;
mod states;

use core::ptr::NonNull;

use crate::literal::block::{Block, STATUS_ALLOC, STATUS_FREE};
use crate::literal::engine::{BlockList, Engine};
use crate::literal::list::List;

use bins::Bins;
use hand::Hand;
use key::{Key, Number};
use large::Large;
use pending::Pending;
use room::Room;
use states::{Free, State, States};

/// No room for an entry: the index is of no use any more.
#[derive(Debug)]
struct Full;

/// The engine with an index in memory that it borrows.
///
/// ```
/// use osmem::arena::Arena;
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

    /// How far this address is from the heap's start, when it is in the heap.
    #[inline]
    fn offset(&self, address: NonNull<u8>) -> usize {
        address.addr().get().wrapping_sub(self.start.addr().get())
    }

    /// The number of a block of the heap.
    #[inline]
    fn number(&self, block: Block) -> Number {
        Number::inside(self.offset(block.start()))
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
        // A free last block was in no bin; before a gap (E5) it is a free block like any other.
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

    #[inline(always)]
    fn take_best_fit(&mut self, size: usize) -> Option<Block> {
        let loose = self.coalesce();
        if self.walks {
            return self.list.take_best_fit(size);
        }
        let at_hand = self
            .hand
            .smallest(size, self.free_last(size))
            .min(loose.fitting(size));
        let best = self.smallest(size, at_hand);
        if best == Key::NONE {
            self.hold(loose);
            return None;
        }
        let block = block_at(self.start, best.number());
        let tail = self.hand_out(block, best.number(), size);
        if best == loose {
            self.hold(tail);
            return Some(block);
        }
        if best == at_hand {
            // The last block is not there, and what is left of it is the last one.
            if tail != Key::NONE {
                self.states.set(tail.number(), State::Held);
            }
            self.hand.replace(best, tail);
        } else {
            self.unstore(best);
            self.hold(tail);
        }
        self.hold(loose);
        Some(block)
    }

    fn take(&mut self, block: Block, size: usize) {
        if self.walks {
            return self.list.take(block, size);
        }
        let tail = self.hand_out(block, self.number(block), size);
        self.hold(tail);
    }

    #[inline]
    fn give_back(&mut self, block: Block) {
        // The caller may be wrong about the block: it need not be in the heap.
        let number = Number::at_offset(self.offset(block.start()));
        if self.states.is(number, State::Allocated) {
            block.set_status(STATUS_FREE);
            self.states.set(number, State::Pending);
            self.pending.push(number);
        } else if self.walks {
            self.list.give_back(block);
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
        let number = self.number(block);
        while block.size() < size && self.absorb_next(block, number) {}
    }
}

/// Free blocks.
impl Indexed<'_> {
    /// Hands a block out; returns what is left of it, which is loose.
    #[inline(always)]
    fn hand_out(&mut self, block: Block, number: Number, size: usize) -> Key {
        block.set_status(STATUS_ALLOC);
        self.states.set(number, State::Allocated);
        match self.list.cut(block, size) {
            // Coalesced already: no free block follows it.
            Some(tail) => self.loosen(tail, number.after(size)),
            None => Key::NONE,
        }
    }

    /// Leaves a free block to the next search.
    #[inline]
    fn postpone(&mut self, block: Block) {
        if !self.walks {
            let number = self.number(block);
            self.states.set(number, State::Pending);
            self.pending.push(number);
        }
    }

    /// Merges all free runs; returns the one settled last, which is loose: the next request often
    /// takes it.
    #[inline(always)]
    fn coalesce(&mut self) -> Key {
        let mut loose = Key::NONE;
        while let Some(number) = self.pending.pop() {
            // The same number may be there twice: while it is held, it does not become pending
            // again.
            self.hold(loose);
            loose = match self.states.is(number, State::Pending) {
                true => self.settle(number),
                false => Key::NONE,
            };
        }
        if !self.pending.is_empty() {
            self.settle_all();
        }
        loose
    }

    /// Settles every pending block, found by a walk.
    #[cold]
    fn settle_all(&mut self) {
        self.pending.clear();
        let mut cursor = self.list.first();
        while let Some(block) = cursor.filter(|_| !self.walks) {
            let number = self.number(block);
            if self.states.is(number, State::Pending) {
                let loose = self.settle(number);
                self.hold(loose);
            }
            // When the block has been merged away, its header still links to where it did, and
            // all blocks up to there belong to the same run.
            cursor = block.next();
        }
    }

    /// Merges the free run around a pending block into its first block (C3), which is loose then,
    /// unless it was in the hand and stays there.
    #[inline(always)]
    fn settle(&mut self, pending: Number) -> Key {
        let (first, number, state) = self.run_start(pending);
        let held = state.is_in_hand().then(|| Key::new(first.size(), number));
        while self.absorb_next(first, number) {}
        let key = self.loosen(first, number);
        match held {
            Some(held) => {
                self.hand.replace(held, key);
                Key::NONE
            }
            None => key,
        }
    }

    /// The first block of the free run that this pending block is in.
    #[inline(always)]
    fn run_start(&self, pending: Number) -> (Block, Number, Free) {
        let mut run = (block_at(self.start, pending), pending, Free::PENDING);
        while let Some(prev) = run.0.prev() {
            let number = self.number(prev);
            // The state map is smaller than the heap, so it is asked first. The end tells a gap.
            match self.states.free_header(number) {
                Some(state) if number.after(prev.size()) == run.1 => run = (prev, number, state),
                _ => break,
            }
        }
        run
    }

    /// Merges the next block into this one, if it is free and no gap lies between (C3, E5).
    #[inline(always)]
    fn absorb_next(&mut self, block: Block, number: Number) -> bool {
        let number = number.after(block.size());
        // A header that starts where the block ends is that of the next block.
        let Some(state) = self.states.free(number) else {
            return false;
        };
        let next = block_at(self.start, number);
        if state.is_in_hand() {
            self.hand.remove(Key::new(next.size(), number));
        }
        self.list.absorb(block, next);
        self.states.clear(number);
        true
    }

    /// The key of a settled block that is neither in the hand nor in a bin yet; the last block
    /// needs neither, and gets none.
    #[inline]
    fn loosen(&mut self, block: Block, number: Number) -> Key {
        if self.list.last() == Some(block) {
            self.states.set(number, State::Settled);
            return Key::NONE;
        }
        Key::new(block.size(), number)
    }

    /// Takes a loose block into the hand.
    #[inline]
    fn hold(&mut self, loose: Key) {
        if loose == Key::NONE {
            return;
        }
        self.states.set(loose.number(), State::Held);
        let displaced = self.hand.put(loose);
        if displaced != Key::NONE {
            self.states.set(displaced.number(), State::Settled);
            self.store(displaced);
        }
    }

    #[inline]
    fn store(&mut self, key: Key) {
        if self.try_store(key).is_err() {
            self.make_room(key);
        }
    }

    #[inline]
    fn try_store(&mut self, key: Key) -> Result<(), Full> {
        let (states, start) = (&mut self.states, self.start);
        if Bins::hold(key.size()) {
            self.bins.insert(key, states, start)
        } else {
            self.large.insert(key, states, start)
        }
    }

    /// Fills the bins again, this key among the others: what many bins once needed and do not any
    /// more is free again.
    #[cold]
    fn make_room(&mut self, key: Key) {
        if !Bins::hold(key.size()) {
            self.give_up();
            return;
        }
        self.bins.clear();
        let mut cursor = self.list.first();
        while let Some(block) = cursor {
            let key = Key::new(block.size(), self.number(block));
            let stored = Bins::hold(key.size())
                && self.states.is(key.number(), State::Settled)
                && self.list.last() != cursor;
            if stored && self.try_store(key).is_err() {
                self.give_up();
            }
            cursor = block.next();
        }
    }

    /// The smallest key of a stored block of at least `size` bytes, if it is below `bound`.
    #[inline(always)]
    fn smallest(&mut self, size: usize, bound: Key) -> Key {
        let (states, start) = (&self.states, self.start);
        let valid = |key| is_valid(states, start, key);
        let best = self.bins.smallest(size, bound, valid);
        if !Bins::hold(best.size()) && !self.large.is_empty() {
            return best.min(self.large.smallest(size, valid));
        }
        best
    }

    #[inline]
    fn unstore(&mut self, key: Key) {
        if Bins::hold(key.size()) {
            self.bins.remove(key);
        } else {
            self.large.remove(key);
        }
    }

    /// The last block, when it is free and large enough.
    #[inline]
    fn free_last(&self, size: usize) -> Key {
        match self.list.last() {
            Some(last) if last.is_free() && last.size() >= size => {
                Key::new(last.size(), self.number(last))
            }
            _ => Key::NONE,
        }
    }

    /// Whether the index reaches to the block's end; when not, it is given up.
    fn covers(&mut self, block: Block) -> bool {
        let end = block.end().addr().get() - self.start.addr().get();
        if end > self.states.limit() {
            self.give_up();
        }
        !self.walks
    }

    /// Does without the index, for good: nothing is noted in it any more, and nothing found.
    #[cold]
    fn give_up(&mut self) {
        self.walks = true;
        self.pending.clear();
        self.states.clear_all();
    }
}

/// Whether an entry still names a settled free block of its size that is not in the hand.
#[inline]
fn is_valid(states: &States<'_>, start: NonNull<u8>, key: Key) -> bool {
    states.is(key.number(), State::Settled) && block_at(start, key.number()).size() == key.size()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::literal::block::META;

    #[test]
    fn the_index_is_given_up_where_it_ends() {
        const LIMIT: usize = 4096;
        let mut heap = vec![0_u64; 2 * LIMIT / 8];
        let start = NonNull::from(&mut heap[..]).cast::<u8>();
        let mut memory = vec![0; Indexed::words(LIMIT)];
        // SAFETY: the memory is zero.
        let mut engine = unsafe { Indexed::new(&mut memory) };
        // SAFETY: the heap has the room.
        let block = unsafe { Block::create(start, LIMIT - META - 8, STATUS_FREE) };
        engine.append(block);
        assert!(!engine.walks);
        engine.extend_last(block, 8);
        assert!(!engine.walks, "the last byte is covered");
        engine.extend_last(block, 8);
        assert!(engine.walks);
    }
}
