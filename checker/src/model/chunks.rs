//! The list of blocks, with an index beside it.
//!
//! The list is what the specification speaks of; whoever changes a block just does so. The index
//! answers the two questions that are asked at nearly every call, the best fit and whether two
//! adjacent blocks are free, without looking at all blocks: traces of real programs have tens of
//! thousands.

use std::collections::BTreeSet;
use std::ops::{Deref, Index, IndexMut};

/// A heap block: a header at `start` and `size` bytes of payload behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) start: u64,
    pub(super) size: u64,
    pub(super) free: bool,
}

/// Blocks in address order.
#[derive(Clone, Debug)]
pub(super) struct Chunks {
    list: Vec<Chunk>,
    header: u64,
    /// Whether neighbours on the list count as adjacent wherever they lie.
    by_list: bool,
    /// The free blocks, by size and start.
    free: BTreeSet<(u64, u64)>,
    /// The starts of free blocks that have an adjacent free block behind them.
    pairs: BTreeSet<u64>,
    /// The block that may have been changed since the index was made; it is not in the index.
    touched: Option<usize>,
}

/// More pairs than this are coalesced in one go over the whole list.
const MANY_PAIRS: usize = 32;

impl Chunks {
    pub(super) const fn new(header: u64) -> Self {
        Self {
            list: Vec::new(),
            header,
            by_list: false,
            free: BTreeSet::new(),
            pairs: BTreeSet::new(),
            touched: None,
        }
    }

    pub(super) const fn by_list(mut self, by_list: bool) -> Self {
        self.by_list = by_list;
        self
    }

    /// The index of the block whose header is at `start`.
    pub(super) fn at(&self, start: u64) -> Option<usize> {
        self.binary_search_by_key(&start, |chunk| chunk.start).ok()
    }

    /// The first address behind the block.
    pub(super) fn end_of(&self, index: usize) -> u64 {
        let chunk = self.list[index];
        chunk.start + self.header + chunk.size
    }

    /// Whether the block counts as ending at this address.
    pub(super) fn reaches(&self, index: usize, end: u64) -> bool {
        self.by_list || self.end_of(index) == end
    }

    /// A free block that takes all from `start` to `end`, its header included.
    pub(super) const fn free_between(&self, start: u64, end: u64) -> Chunk {
        Chunk {
            start,
            size: end - start - self.header,
            free: true,
        }
    }

    /// Whether the next block lies right behind this one and both are free.
    pub(super) fn is_free_pair(&self, index: usize) -> bool {
        let (Some(chunk), Some(next)) = (self.get(index), self.get(index + 1)) else {
            return false;
        };
        chunk.free && next.free && self.reaches(index, next.start)
    }

    /// Whether two adjacent blocks are free.
    pub(super) fn has_free_pair(&self) -> bool {
        let touched = self.touched.is_some_and(|index| {
            self.is_free_pair(index) || index.checked_sub(1).is_some_and(|it| self.is_free_pair(it))
        });
        touched || !self.pairs.is_empty()
    }

    /// The smallest free block of at least `size` bytes, the first among equals.
    pub(super) fn best_fit(&self, size: u64) -> Option<usize> {
        let known = self.free.range((size, 0)..).next().copied();
        let touched = self.touched.map(|index| self.list[index]);
        let touched = touched.filter(|chunk| chunk.free && chunk.size >= size);
        let touched = touched.map(|chunk| (chunk.size, chunk.start));
        let best = known.into_iter().chain(touched).min();
        best.and_then(|(_, start)| self.at(start))
    }

    /// Joins all runs of adjacent free blocks.
    pub(super) fn coalesce(&mut self) {
        self.settle();
        if self.pairs.len() > MANY_PAIRS {
            self.coalesce_list();
        }
        while let Some(&start) = self.pairs.last() {
            let index = self.at(start).expect("pairs are on the list");
            self.merge_next(index);
            self.settle();
        }
    }

    /// Joins the block behind this one to it.
    pub(super) fn merge_next(&mut self, index: usize) {
        let next = self.remove(index + 1);
        let header = self.header;
        self[index].size += header + next.size;
    }

    pub(super) fn push(&mut self, chunk: Chunk) {
        self.insert(self.list.len(), chunk);
    }

    pub(super) fn insert(&mut self, index: usize, chunk: Chunk) {
        self.settle();
        if let Some(previous) = index.checked_sub(1) {
            self.pairs.remove(&self.list[previous].start);
        }
        self.list.insert(index, chunk);
        self.enter(index);
    }

    pub(super) fn remove(&mut self, index: usize) -> Chunk {
        self.settle();
        self.leave(index);
        let chunk = self.list.remove(index);
        if let Some(previous) = index.checked_sub(1) {
            self.enter_pair(previous);
        }
        chunk
    }

    /// One walk over the list, and a new index.
    fn coalesce_list(&mut self) {
        let (header, by_list) = (self.header, self.by_list);
        self.list.dedup_by(|next, first| {
            let adjacent = by_list || first.start + header + first.size == next.start;
            let merges = first.free && next.free && adjacent;
            if merges {
                first.size += header + next.size;
            }
            merges
        });
        self.pairs.clear();
        let free = self.list.iter().filter(|chunk| chunk.free);
        self.free = free.map(|chunk| (chunk.size, chunk.start)).collect();
    }

    /// Puts the touched block back into the index.
    fn settle(&mut self) {
        if let Some(index) = self.touched.take() {
            self.enter(index);
        }
    }

    fn enter(&mut self, index: usize) {
        let Chunk { start, size, free } = self.list[index];
        if free {
            self.free.insert((size, start));
        }
        self.enter_pair(index);
        if let Some(previous) = index.checked_sub(1) {
            self.enter_pair(previous);
        }
    }

    fn enter_pair(&mut self, index: usize) {
        if self.is_free_pair(index) {
            self.pairs.insert(self.list[index].start);
        }
    }

    fn leave(&mut self, index: usize) {
        let Chunk { start, size, free } = self.list[index];
        if free {
            self.free.remove(&(size, start));
        }
        self.pairs.remove(&start);
        if let Some(previous) = index.checked_sub(1) {
            self.pairs.remove(&self.list[previous].start);
        }
    }
}

impl Deref for Chunks {
    type Target = [Chunk];

    fn deref(&self) -> &[Chunk] {
        &self.list
    }
}

impl Index<usize> for Chunks {
    type Output = Chunk;

    fn index(&self, index: usize) -> &Chunk {
        &self.list[index]
    }
}

impl IndexMut<usize> for Chunks {
    /// The block, to be changed in any way but in its start.
    fn index_mut(&mut self, index: usize) -> &mut Chunk {
        if self.touched != Some(index) {
            self.settle();
            self.leave(index);
            self.touched = Some(index);
        }
        &mut self.list[index]
    }
}

/// The index is made from the list.
impl PartialEq for Chunks {
    fn eq(&self, other: &Self) -> bool {
        self.list == other.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    const HEADER: u64 = 32;

    /// Something that is done to a list, to the block that a number chooses.
    #[derive(Clone, Debug)]
    enum Deed {
        Push { gap: u64, size: u64, free: bool },
        Split(usize),
        Merge(usize),
        Turn(usize),
        Resize(usize, u64),
        Coalesce,
    }

    fn deed() -> impl Strategy<Value = Deed> {
        let size = || (1..8_u64).prop_map(|units| units * 8);
        prop_oneof![
            4 => (0..2_u64, size(), any::<bool>())
                .prop_map(|(gap, size, free)| Deed::Push { gap: gap * 64, size, free }),
            2 => any::<usize>().prop_map(Deed::Split),
            1 => any::<usize>().prop_map(Deed::Merge),
            4 => any::<usize>().prop_map(Deed::Turn),
            1 => (any::<usize>(), size()).prop_map(|(which, size)| Deed::Resize(which, size)),
            1 => Just(Deed::Coalesce),
        ]
    }

    fn perform(chunks: &mut Chunks, deed: &Deed) {
        let length = chunks.len();
        let chosen = |which: usize| (length > 0).then(|| which % length);
        match *deed {
            Deed::Push { gap, size, free } => {
                let end = chunks.last().map_or(0, |it| it.start + HEADER + it.size);
                let start = end + gap;
                chunks.push(Chunk { start, size, free });
            }
            Deed::Split(which) => {
                if let Some(index) = chosen(which).filter(|&it| chunks[it].size > 8 + HEADER) {
                    let Chunk { start, size, .. } = chunks[index];
                    chunks[index].size = 8;
                    let tail = Chunk {
                        start: start + HEADER + 8,
                        size: size - HEADER - 8,
                        free: true,
                    };
                    chunks.insert(index + 1, tail);
                }
            }
            Deed::Merge(which) => {
                if let Some(index) = chosen(which).filter(|&it| it + 1 < length) {
                    chunks.merge_next(index);
                }
            }
            Deed::Turn(which) => {
                if let Some(index) = chosen(which) {
                    let free = chunks[index].free;
                    chunks[index].free = !free;
                }
            }
            // As a mistake does it that loses bytes: the gap behind the block opens or closes.
            Deed::Resize(which, size) => {
                if let Some(index) = chosen(which).filter(|&it| chunks[it].size >= size) {
                    chunks[index].size = size;
                }
            }
            Deed::Coalesce => {
                let mut walked = chunks.clone();
                walked.settle();
                walked.coalesce_list();
                chunks.coalesce();
                assert_eq!(chunks.list, walked.list);
                assert!(!chunks.has_free_pair());
            }
        }
    }

    /// What a walk over all blocks finds.
    fn walked_best_fit(chunks: &Chunks, size: u64) -> Option<usize> {
        let fitting = (0..chunks.len()).filter(|&it| chunks[it].free && chunks[it].size >= size);
        fitting.min_by_key(|&index| chunks[index].size)
    }

    proptest! {
        #[test]
        fn the_index_answers_as_a_walk_does(
            by_list in any::<bool>(),
            deeds in vec(deed(), 0..120),
        ) {
            let mut chunks = Chunks::new(HEADER).by_list(by_list);
            for deed in &deeds {
                perform(&mut chunks, deed);
                for size in [8, 16, 40, 64, 200] {
                    prop_assert_eq!(chunks.best_fit(size), walked_best_fit(&chunks, size));
                }
                let pair = (0..chunks.len()).any(|index| chunks.is_free_pair(index));
                prop_assert_eq!(chunks.has_free_pair(), pair);
            }
        }
    }
}
