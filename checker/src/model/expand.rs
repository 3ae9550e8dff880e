//! `os_realloc` of a used heap block: keeping, growing in place, moving (A11 to A16).

use super::choices::Axis;
use super::fault::Fault;
use super::simulation::{Certainty, How, NoMemory, Purpose, Simulation, Variable};

impl Simulation {
    /// `os_realloc` of the used block at `index`.
    pub(super) fn resize(&mut self, index: usize, size: u64) -> Result<Variable, NoMemory> {
        let Some(total) = self.profile.total(size) else {
            return Ok(Variable::Null);
        };
        let aligned = self.kept_size(size, total - self.profile.header);
        let start = self.heap.chunks[index].start;
        if self.has(Fault::ReallocCoalescesFirst) {
            self.coalesce();
        }
        let index = self.heap.at(start).unwrap_or(index);
        if self.realloc_maps(size) && !self.has(Fault::LargeReallocStays) {
            return self.resize_beyond(index, aligned);
        }
        if self.resize_in_place(index, aligned)? {
            return Ok(Variable::Heap(start));
        }
        self.move_chunk(start, size, aligned)
    }

    /// A13, with V5 and V7.
    fn resize_beyond(&mut self, index: usize, aligned: u64) -> Result<Variable, NoMemory> {
        let start = self.heap.chunks[index].start;
        let kept = if self.heap.chunks[index].size >= aligned {
            self.depends_on(Axis::BigEnough);
            self.choices.keep_in_place && self.keep(index, aligned)
        } else {
            if self.heap.is_last(index) || self.heap.next_is_free(index) {
                self.depends_on(Axis::Expansion);
            }
            self.choices.expand_first && self.expand(index, aligned)?
        };
        if kept {
            return Ok(Variable::Heap(start));
        }
        self.account.moved = true;
        let new = self.map(aligned)?;
        self.release_moved(start);
        Ok(new)
    }

    fn resize_in_place(&mut self, index: usize, aligned: u64) -> Result<bool, NoMemory> {
        if self.has(Fault::ReallocAlwaysMoves) {
            Ok(false)
        } else if self.heap.chunks[index].size >= aligned {
            Ok(self.keep(index, aligned))
        } else {
            self.expand(index, aligned)
        }
    }

    /// A12.
    fn keep(&mut self, index: usize, aligned: u64) -> bool {
        self.account.how = How::Kept;
        if self.has(Fault::ShrinkDoesNotSplit) {
            return true;
        }
        if self.split(index, aligned)
            && self.has(Fault::ShrinkMergesTail)
            && self.heap.next_is_free(index + 1)
        {
            self.heap.merge_next(index + 1);
        }
        true
    }

    /// A14 and A15: whether the block is large enough now.
    fn expand(&mut self, index: usize, aligned: u64) -> Result<bool, NoMemory> {
        if self.has(Fault::ReallocNeverGrows) {
            return Ok(false);
        }
        if !self.heap.is_last(index) {
            return self.merge_following(index, aligned);
        }
        let last = self.heap.chunks[index].start;
        let elsewhere = self.has(Fault::LastGrownWhenNothingFits) && self.fits_elsewhere(aligned);
        if self.has(Fault::LastNotGrown) || elsewhere {
            return Ok(false);
        }
        // Looking elsewhere coalesces, which moves the block to another place on the list.
        match self.heap.at(last) {
            Some(index) => self.grow_last(index, aligned),
            None => Ok(false),
        }
    }

    fn fits_elsewhere(&mut self, aligned: u64) -> bool {
        self.heap.coalesce();
        self.heap.best_fit(aligned).is_some()
    }

    fn grow_last(&mut self, index: usize, aligned: u64) -> Result<bool, NoMemory> {
        let missing = if self.has(Fault::LastGrownByWhole) {
            aligned
        } else {
            aligned - self.heap.chunks[index].size
        };
        self.move_break_up(missing)?;
        self.account.how = How::GrewLast;
        self.heap.chunks[index].size += missing;
        Ok(true)
    }

    fn merge_following(&mut self, index: usize, aligned: u64) -> Result<bool, NoMemory> {
        if self.has(Fault::NextNotMerged)
            || (self.has(Fault::MergesOnlyWhenEnough) && self.reach(index) < aligned)
        {
            return Ok(false);
        }
        let mut merged = 0;
        while self.heap.next_is_free(index) && self.merges_on(index, aligned, merged) {
            self.heap.merge_next(index);
            merged += 1;
        }
        let size = self.heap.chunks[index].size;
        if size < aligned && self.heap.is_last(index) && self.has(Fault::GrowsAfterMerging) {
            return self.grow_last(index, aligned);
        }
        if size < aligned {
            return Ok(false);
        }
        self.account.how = How::Merged;
        if !self.has(Fault::MergedNotSplit) {
            self.split(index, aligned);
        }
        Ok(true)
    }

    fn merges_on(&self, index: usize, aligned: u64, merged: u32) -> bool {
        if self.has(Fault::MergesOnlyOne) && merged == 1 {
            return false;
        }
        self.has(Fault::MergesAllFollowing) || self.heap.chunks[index].size < aligned
    }

    /// The size that the block has with all free blocks behind it.
    fn reach(&self, index: usize) -> u64 {
        let mut last = index;
        while self.heap.next_is_free(last) {
            last += 1;
        }
        self.heap.end_of(last) - self.heap.chunks[index].start - self.profile.header
    }

    /// A16.
    fn move_chunk(&mut self, start: u64, size: u64, aligned: u64) -> Result<Variable, NoMemory> {
        self.account.moved = true;
        if self.moved_maps(size) && !self.has(Fault::LargeReallocStays) {
            let new = self.map(aligned)?;
            self.release_moved(start);
            return Ok(new);
        }
        if self.has(Fault::FreesBeforeMove) {
            return self.move_over_itself(start, aligned);
        }
        let new = self.take_from_heap(aligned, Purpose::Move)?;
        self.release_moved(start);
        Ok(Variable::Heap(new))
    }

    fn move_over_itself(&mut self, start: u64, aligned: u64) -> Result<Variable, NoMemory> {
        self.release_moved(start);
        let new = self.take_from_heap(aligned, Purpose::Move)?;
        Ok(Variable::Heap(new))
    }

    /// Frees the old block of a move.
    fn release_moved(&mut self, start: u64) {
        if self.has(Fault::OldNotFreed) {
            return;
        }
        let Some(index) = self.heap.at(start) else {
            self.doubt(Certainty::Nothing);
            return;
        };
        self.heap.chunks[index].free = true;
        self.coalesce_at_release(start, false);
    }
}
