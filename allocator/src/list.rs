//! The block list, the literal engine: find the best fit, split, coalesce, by walking.
//!
//! This is the small clear one, the one to read: it does what the clauses say, in their words,
//! and each search walks the whole heap. The indexed engine does the same to every byte, faster;
//! tests hold it to what this file does.
//!
//! Refuses to know about sizes of requests, thresholds or the system: it keeps blocks in order
//! and says which one fits.

use core::marker::PhantomData;

use crate::align::ALIGNMENT;
use crate::block::{Block, META, STATUS_ALLOC, STATUS_FREE};
use crate::engine::{BlockList, Engine};

/// Blocks linked through `prev` and `next`; those of the heap in address order (B2).
#[derive(Debug)]
pub struct List {
    first: Option<Block>,
    last: Option<Block>,
}

impl List {
    pub(crate) const fn new() -> List {
        List {
            first: None,
            last: None,
        }
    }

    #[inline]
    pub(crate) fn first(&self) -> Option<Block> {
        self.first
    }

    #[inline]
    pub(crate) fn last(&self) -> Option<Block> {
        self.last
    }

    pub(crate) fn iter(&self) -> Iter<'_> {
        Iter {
            next: self.first,
            list: PhantomData,
        }
    }

    /// Takes a block off the list.
    pub(crate) fn remove(&mut self, block: Block) {
        let (prev, next) = (block.prev(), block.next());
        match prev {
            Some(prev) => prev.set_next(next),
            None => self.first = next,
        }
        match next {
            Some(next) => next.set_prev(prev),
            None => self.last = prev,
        }
    }

    /// The smallest free block of at least `size` bytes, of several the lowest one (C4).
    pub(crate) fn best_fit(&self, size: usize) -> Option<Block> {
        let mut best: Option<Block> = None;
        for block in self.iter() {
            let fits = block.is_free() && block.size() >= size;
            if fits && best.is_none_or(|best| block.size() < best.size()) {
                best = Some(block);
            }
        }
        best
    }

    /// Cuts a block down to `size` bytes, when the rest makes a block of its own (C6), which is
    /// returned.
    #[inline]
    pub(crate) fn cut(&mut self, block: Block, size: usize) -> Option<Block> {
        let rest = block.size() - size;
        if rest < META + ALIGNMENT {
            return None;
        }
        block.set_size(size);
        // SAFETY: `rest` bytes behind the shortened block were its own payload, in multiples of
        // 8, and hold a header and more.
        let tail = unsafe { Block::create(block.end(), rest - META, STATUS_FREE) };
        match block.next() {
            Some(next) => self.link(Some(tail), next),
            None => self.link_end(tail),
        }
        self.link(Some(block), tail);
        Some(tail)
    }

    /// Merges the next block into this one, if it is free and no gap lies between (C3, E5).
    fn absorb_next(&mut self, block: Block) -> bool {
        let next = block.next();
        let Some(next) = next.filter(|next| next.is_free() && next.start() == block.end()) else {
            return false;
        };
        self.absorb(block, next);
        true
    }

    /// Merges `next`, which starts where `block` ends, into `block`.
    #[inline]
    pub(crate) fn absorb(&mut self, block: Block, next: Block) {
        block.set_size(block.size() + META + next.size());
        match next.next() {
            Some(after) => self.link(Some(block), after),
            None => self.link_end(block),
        }
    }

    #[inline]
    fn link(&mut self, prev: Option<Block>, block: Block) {
        block.set_prev(prev);
        match prev {
            Some(prev) => prev.set_next(Some(block)),
            None => self.first = Some(block),
        }
    }

    #[inline]
    fn link_end(&mut self, block: Block) {
        block.set_next(None);
        self.last = Some(block);
    }
}

impl BlockList for List {}

impl Engine for List {
    fn list(&self) -> &List {
        self
    }

    fn append(&mut self, block: Block) {
        self.link(self.last, block);
        self.link_end(block);
    }

    fn extend_last(&mut self, last: Block, bytes: usize) {
        last.set_size(last.size() + bytes);
    }

    fn coalesce(&mut self) {
        let mut cursor = self.first;
        while let Some(block) = cursor {
            if block.is_free() {
                while self.absorb_next(block) {}
            }
            cursor = block.next();
        }
    }

    fn take_best_fit(&mut self, size: usize) -> Option<Block> {
        let block = self.best_fit(size)?;
        self.take(block, size);
        Some(block)
    }

    fn take(&mut self, block: Block, size: usize) {
        block.set_status(STATUS_ALLOC);
        self.cut(block, size);
    }

    fn give_back(&mut self, block: Block) {
        block.set_status(STATUS_FREE);
    }

    fn split(&mut self, block: Block, size: usize) {
        self.cut(block, size);
    }

    fn absorb_until(&mut self, block: Block, size: usize) {
        while block.size() < size && self.absorb_next(block) {}
    }
}

/// The blocks of a list, in order.
#[derive(Clone, Debug)]
pub(crate) struct Iter<'a> {
    next: Option<Block>,
    /// The list must not change while somebody walks it.
    list: PhantomData<&'a List>,
}

impl Iterator for Iter<'_> {
    type Item = Block;

    fn next(&mut self) -> Option<Block> {
        let block = self.next?;
        self.next = block.next();
        Some(block)
    }
}
