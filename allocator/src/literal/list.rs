//! Blocks linked through their headers, in address order: walk, cut, merge two.
//!
//! Refuses to choose: which block is cut or merged, an engine says.

use core::marker::PhantomData;

use super::align::ALIGNMENT;
use super::block::{Block, META, STATUS_FREE};

/// Blocks linked through `prev` and `next`; those of the heap in address order (B2). By itself it
/// is the literal engine, which walks.
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

    /// Cuts a block down to `size` bytes, when the rest makes a block of its own (C6), which is
    /// returned.
    #[inline]
    pub(crate) fn cut(&mut self, block: Block, size: usize) -> Option<Block> {
        let rest = block.size() - size;
        if rest < META + ALIGNMENT {
            return None;
        }
        block.set_size(size);
        // SAFETY: `rest` bytes after the shortened block were its own payload, in multiples of
        // 8, and hold a header and more.
        let tail = unsafe { Block::create(block.end(), rest - META, STATUS_FREE) };
        match block.next() {
            Some(next) => self.link(Some(tail), next),
            None => self.link_end(tail),
        }
        self.link(Some(block), tail);
        Some(tail)
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

    /// Puts a block after the last one.
    pub(crate) fn push(&mut self, block: Block) {
        self.link(self.last, block);
        self.link_end(block);
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

/// The blocks of a list, in order.
#[derive(Clone, Debug)]
pub(crate) struct Iter<'a> {
    next: Option<Block>,
    /// The list must not change during the walk.
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
