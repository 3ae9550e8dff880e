//! The heap blocks in address order, with an index beside the list where they are many.
//!
//! The specification works on the list and changes blocks directly. The index answers the two
//! questions of nearly every call, the best fit and whether two neighbours are free, without a walk
//! over all blocks: traces of real programs have tens of thousands. States that are read from a
//! process have no index: they live for a few calls.

use std::collections::BTreeSet;
use std::ops::{Deref, Index, IndexMut};

/// A heap block: a header at `start` and its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Where its header lies.
    pub start: u64,
    /// Payload bytes, a multiple of the alignment, as far as the allocator knows.
    pub size: u64,
    /// The size in its header as it stands there, in payload bytes.
    pub said: u64,
    /// Whether its header says that it is free.
    pub free: bool,
}

impl Block {
    /// A block whose header tells the truth.
    #[must_use]
    pub const fn new(start: u64, size: u64, free: bool) -> Self {
        Self {
            start,
            size,
            said: size,
            free,
        }
    }
}

/// Blocks in address order.
#[derive(Debug)]
pub struct Blocks {
    list: Vec<Block>,
    header: u64,
    index: Option<Box<Finder>>,
}

/// What answers without a look at all blocks.
#[derive(Clone, Debug, Default)]
struct Finder {
    /// The free blocks, by size and start.
    free: BTreeSet<(u64, u64)>,
    /// The starts of free blocks that have a free block directly after them.
    pairs: BTreeSet<u64>,
    /// The block that may have been changed since the index was made; it is not in the index.
    touched: Option<usize>,
}

impl Clone for Blocks {
    /// With room for the blocks that a call may add: most copies are made to try a call.
    fn clone(&self) -> Self {
        let mut list = Vec::with_capacity(self.list.len() + 2);
        list.extend_from_slice(&self.list);
        Self {
            list,
            header: self.header,
            index: self.index.clone(),
        }
    }
}

/// More pairs than this are coalesced in one go over the whole list.
const MANY_PAIRS: usize = 32;

impl Blocks {
    /// None yet; each has a header of this many bytes.
    #[must_use]
    pub const fn new(header: u64) -> Self {
        Self {
            list: Vec::new(),
            header,
            index: None,
        }
    }

    /// The blocks of a list in address order.
    #[must_use]
    pub const fn of(list: Vec<Block>, header: u64) -> Self {
        Self {
            list,
            header,
            index: None,
        }
    }

    /// The same with an index, for heaps that are followed over many calls.
    #[must_use]
    pub fn indexed(mut self) -> Self {
        self.index = Some(Box::default());
        for position in 0..self.list.len() {
            self.enter(position);
        }
        self
    }

    /// Bytes of a header.
    #[must_use]
    pub const fn header(&self) -> u64 {
        self.header
    }

    /// The index of the block whose header is at `start`.
    #[must_use]
    pub fn at(&self, start: u64) -> Option<usize> {
        self.list
            .binary_search_by_key(&start, |block| block.start)
            .ok()
    }

    /// The first offset after the block.
    #[must_use]
    pub fn end_of(&self, index: usize) -> u64 {
        let block = self.list[index];
        block.start + self.header + block.size
    }

    /// The smallest free block of at least `size` bytes, the first among equals (C4).
    #[must_use]
    pub fn best_fit(&self, size: u64) -> Option<usize> {
        let Some(finder) = &self.index else {
            let fitting = self.list.iter().enumerate();
            let fitting = fitting.filter(|(_, block)| block.free && block.size >= size);
            return fitting
                .min_by_key(|(_, block)| block.size)
                .map(|(at, _)| at);
        };
        let known = finder.free.range((size, 0)..).next().copied();
        let touched = finder.touched.map(|index| self.list[index]);
        let touched = touched.filter(|block| block.free && block.size >= size);
        let touched = touched.map(|block| (block.size, block.start));
        let best = known.into_iter().chain(touched).min();
        best.and_then(|(_, start)| self.at(start))
    }

    /// Joins all runs of adjacent free blocks; only with an index, for
    /// heaps without holes.
    pub fn coalesce_indexed(&mut self) -> bool {
        if self.index.is_none() {
            return false;
        }
        self.settle();
        if self.finder().pairs.len() > MANY_PAIRS {
            self.coalesce_list();
        }
        while let Some(&start) = self.finder().pairs.last() {
            let index = self.at(start).expect("pairs are on the list");
            let next = self.remove(index + 1);
            let header = self.header;
            let block = &mut self[index];
            block.size += header + next.size;
            block.said = block.size;
            self.settle();
        }
        true
    }

    /// Adds the last block.
    pub fn push(&mut self, block: Block) {
        self.insert(self.list.len(), block);
    }

    /// Adds a block at this place of the list.
    pub fn insert(&mut self, index: usize, block: Block) {
        self.settle();
        if let Some(previous) = index.checked_sub(1) {
            let start = self.list[previous].start;
            if let Some(finder) = &mut self.index {
                finder.pairs.remove(&start);
            }
        }
        self.list.insert(index, block);
        self.enter(index);
    }

    /// Removes a block from the list.
    pub fn remove(&mut self, index: usize) -> Block {
        self.settle();
        self.leave(index);
        let block = self.list.remove(index);
        if let Some(previous) = index.checked_sub(1) {
            self.enter_pair(previous);
        }
        block
    }

    fn finder(&mut self) -> &mut Finder {
        self.index.as_mut().expect("asked for with an index only")
    }

    /// One walk over the list, and a new index.
    fn coalesce_list(&mut self) {
        let header = self.header;
        self.list.dedup_by(|next, first| {
            let merges = first.free && next.free && first.start + header + first.size == next.start;
            if merges {
                first.size += header + next.size;
                first.said = first.size;
            }
            merges
        });
        let free = self.list.iter().filter(|block| block.free);
        let free = free.map(|block| (block.size, block.start)).collect();
        let finder = self.finder();
        finder.pairs.clear();
        finder.free = free;
    }

    /// Puts the touched block back into the index.
    fn settle(&mut self) {
        if let Some(finder) = &mut self.index
            && let Some(index) = finder.touched.take()
        {
            self.enter(index);
        }
    }

    fn enter(&mut self, index: usize) {
        let Some(finder) = &mut self.index else {
            return;
        };
        let Block {
            start, size, free, ..
        } = self.list[index];
        if free {
            finder.free.insert((size, start));
        }
        self.enter_pair(index);
        if let Some(previous) = index.checked_sub(1) {
            self.enter_pair(previous);
        }
    }

    fn enter_pair(&mut self, index: usize) {
        let Some(finder) = &mut self.index else {
            return;
        };
        let (Some(block), Some(next)) = (self.list.get(index), self.list.get(index + 1)) else {
            return;
        };
        if block.free && next.free && block.start + self.header + block.size == next.start {
            finder.pairs.insert(block.start);
        }
    }

    fn leave(&mut self, index: usize) {
        let Some(finder) = &mut self.index else {
            return;
        };
        let Block {
            start, size, free, ..
        } = self.list[index];
        if free {
            finder.free.remove(&(size, start));
        }
        finder.pairs.remove(&start);
        if let Some(previous) = index.checked_sub(1) {
            finder.pairs.remove(&self.list[previous].start);
        }
    }
}

impl Deref for Blocks {
    type Target = [Block];

    fn deref(&self) -> &[Block] {
        &self.list
    }
}

impl Index<usize> for Blocks {
    type Output = Block;

    fn index(&self, index: usize) -> &Block {
        &self.list[index]
    }
}

impl IndexMut<usize> for Blocks {
    /// The block, to be changed in any way but in its start.
    fn index_mut(&mut self, index: usize) -> &mut Block {
        let touched = self.index.as_ref().map(|finder| finder.touched);
        if let Some(touched) = touched
            && touched != Some(index)
        {
            self.settle();
            self.leave(index);
            self.finder().touched = Some(index);
        }
        &mut self.list[index]
    }
}

/// The index is made from the list.
impl PartialEq for Blocks {
    fn eq(&self, other: &Self) -> bool {
        self.list == other.list
    }
}

impl Eq for Blocks {}
