//! The blocks of a simulated heap, by offset from its start.

use super::chunks::Chunks;
use crate::types::{Block, Profile, State};

/// The blocks in address order. Two neighbours in the list are adjacent in memory unless a foreign
/// gap lies between them.
#[derive(Clone, Debug)]
pub(super) struct Heap {
    pub(super) chunks: Chunks,
    /// The break.
    pub(super) end: u64,
    smallest_chunk: u64,
}

impl Heap {
    pub(super) fn new(profile: &Profile) -> Self {
        Self {
            chunks: Chunks::new(profile.header),
            end: 0,
            smallest_chunk: profile.smallest_chunk(),
        }
    }

    /// The same, where neighbours on the list count as adjacent wherever they lie, and the last
    /// block as ending at the break: an allocator that loses bytes does not see the gaps.
    pub(super) fn blind(self, blind: bool) -> Self {
        Self {
            chunks: self.chunks.by_list(blind),
            ..self
        }
    }

    pub(super) fn blocks(&self) -> impl ExactSizeIterator<Item = Block> + '_ {
        self.chunks.iter().map(|chunk| Block {
            size: chunk.size,
            state: if chunk.free { State::Free } else { State::Used },
        })
    }

    /// The index of the block whose header is at `start`.
    pub(super) fn at(&self, start: u64) -> Option<usize> {
        self.chunks.at(start)
    }

    pub(super) fn end_of(&self, index: usize) -> u64 {
        self.chunks.end_of(index)
    }

    /// Whether the block ends at the break.
    pub(super) fn is_last(&self, index: usize) -> bool {
        index + 1 == self.chunks.len() && self.chunks.reaches(index, self.end)
    }

    /// Whether a free block lies right behind this one.
    pub(super) fn next_is_free(&self, index: usize) -> bool {
        self.chunks
            .get(index + 1)
            .is_some_and(|next| next.free && self.chunks.reaches(index, next.start))
    }

    /// Joins the block behind this one to it.
    pub(super) fn merge_next(&mut self, index: usize) {
        self.chunks.merge_next(index);
    }

    /// Whether two adjacent blocks are free.
    pub(super) fn has_free_pair(&self) -> bool {
        self.chunks.has_free_pair()
    }

    /// C3.
    pub(super) fn coalesce(&mut self) {
        self.chunks.coalesce();
    }

    /// Merges a free block with its free neighbours.
    pub(super) fn coalesce_around(&mut self, index: usize) {
        if self.next_is_free(index) {
            self.merge_next(index);
        }
        self.merge_into_previous(index);
    }

    /// Merges a free block into the free block in front of it, if there is one.
    pub(super) fn merge_into_previous(&mut self, index: usize) {
        if let Some(previous) = index.checked_sub(1)
            && self.chunks[previous].free
            && self.next_is_free(previous)
        {
            self.merge_next(previous);
        }
    }

    /// C4: the smallest sufficient free block, the first among equals.
    pub(super) fn best_fit(&self, size: u64) -> Option<usize> {
        self.chunks.best_fit(size)
    }

    /// C6: keeps `size` bytes and makes a free block of the rest, when that has `least` bytes.
    /// Whether it did.
    pub(super) fn split_leaving(&mut self, index: usize, size: u64, least: u64) -> bool {
        let end = self.chunks.end_of(index);
        let chunk = &mut self.chunks[index];
        if chunk.size - size < least {
            return false;
        }
        chunk.size = size;
        let tail = self.chunks.free_between(self.chunks.end_of(index), end);
        self.chunks.insert(index + 1, tail);
        true
    }

    /// The least rest that is split off (C6).
    pub(super) const fn least_rest(&self) -> u64 {
        self.smallest_chunk
    }
}
