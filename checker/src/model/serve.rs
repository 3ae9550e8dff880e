//! Section C: taking blocks from the heap and giving them back.

use super::choices::{Axis, Coalescing};
use super::chunks::Chunk;
use super::fault::Fault;
use super::simulation::{Certainty, How, NoMemory, Purpose, Simulation};

impl Simulation {
    /// A heap block of `size` payload bytes: the offset of its header.
    pub(super) fn take_from_heap(&mut self, size: u64, purpose: Purpose) -> Result<u64, NoMemory> {
        self.preallocate()?;
        let coalesces = self.coalesces_before(purpose);
        if coalesces {
            self.coalesce();
        }
        let mut found = self.find(size, purpose);
        if found.is_none() && self.has(Fault::CoalescesWhenNothingFits) {
            self.coalesce();
            found = self.find(size, purpose);
        }
        let start = match found {
            Some(index) => self.take(index, size),
            None => self.grow(size)?,
        };
        self.first_served = true;
        Ok(start)
    }

    /// C1.
    fn preallocate(&mut self) -> Result<(), NoMemory> {
        if self.preallocated || self.has(Fault::NoPreallocation) {
            return Ok(());
        }
        self.append_free(self.profile.preallocation)?;
        self.preallocated = true;
        self.account.preallocated = true;
        Ok(())
    }

    /// Moves the break by `bytes` and makes a free block of them.
    fn append_free(&mut self, bytes: u64) -> Result<(), NoMemory> {
        let start = self.append_at()?;
        self.move_break_up(start - self.heap.end + bytes)?;
        self.heap.chunks.push(Chunk {
            start,
            size: bytes - self.profile.header,
            free: true,
        });
        Ok(())
    }

    /// Where the header of an appended block goes: at the break, which somebody else may have left
    /// anywhere.
    fn append_at(&self) -> Result<u64, NoMemory> {
        if self.has(Fault::NoAlignment) {
            return Ok(self.heap.end);
        }
        self.profile.align(self.heap.end).ok_or(NoMemory)
    }

    pub(super) fn move_break_up(&mut self, bytes: u64) -> Result<(), NoMemory> {
        self.move_break(i64::try_from(bytes).map_err(|_| NoMemory)?)
    }

    fn coalesces_before(&self, purpose: Purpose) -> bool {
        if self.coalesces_otherwise() {
            return false;
        }
        match purpose {
            Purpose::Malloc => true,
            Purpose::Calloc => !self.has(Fault::NoCoalescingInCalloc),
            Purpose::Move => !self.has(Fault::NoCoalescingBeforeMove),
        }
    }

    /// Whether a mistake replaces all coalescing, that of V4 too.
    pub(super) fn coalesces_otherwise(&self) -> bool {
        [
            Fault::NeverCoalesces,
            Fault::CoalescesOnlyAtFree,
            Fault::CoalescesForwardOnly,
            Fault::CoalescesBackwardOnly,
            Fault::CoalescesWhenNothingFits,
        ]
        .iter()
        .any(|fault| self.has(*fault))
    }

    /// C3.
    pub(super) fn coalesce(&mut self) {
        if self.has(Fault::CoalescesPairs) {
            self.coalesce_pairs();
        } else if self.has(Fault::CoalescingLosesHeader) {
            self.coalesce_losing_headers();
        } else {
            self.heap.coalesce();
        }
    }

    fn coalesce_pairs(&mut self) {
        let mut index = 0;
        while index < self.heap.chunks.len() {
            if self.heap.chunks[index].free && self.heap.next_is_free(index) {
                self.heap.merge_next(index);
            }
            index += 1;
        }
    }

    /// The size that a header claims stays behind by one header for each merged block.
    fn coalesce_losing_headers(&mut self) {
        let mut index = 0;
        while index < self.heap.chunks.len() {
            while self.heap.chunks[index].free && self.heap.next_is_free(index) {
                let next = self.heap.chunks.remove(index + 1);
                self.heap.chunks[index].size += next.size;
                self.doubt(Certainty::LayoutUnknown);
            }
            index += 1;
        }
    }

    /// C4.
    fn find(&self, size: u64, purpose: Purpose) -> Option<usize> {
        let chunks = &self.heap.chunks;
        let wanted = if self.has(Fault::FitCountsHeader) {
            size + self.profile.header
        } else {
            size
        };
        let mut fitting =
            (0..chunks.len()).filter(|index| chunks[*index].free && chunks[*index].size >= wanted);
        if self.has(Fault::FirstFit) {
            fitting.next()
        } else if self.has(Fault::LastFit) {
            fitting.next_back()
        } else if self.has(Fault::WorstFit) {
            fitting.rev().max_by_key(|index| chunks[*index].size)
        } else if self.has(Fault::LastOfEquals) {
            fitting.rev().min_by_key(|index| chunks[*index].size)
        } else if self.has(Fault::OnlyLastBlock) {
            fitting
                .next_back()
                .filter(|index| index + 1 == chunks.len())
        } else if self.has(Fault::MovesIntoTooSmall) && purpose == Purpose::Move {
            (0..chunks.len()).find(|index| chunks[*index].free)
        } else {
            self.heap.best_fit(wanted)
        }
    }

    /// Uses a free block for `size` bytes (C6).
    fn take(&mut self, index: usize, size: u64) -> u64 {
        let Chunk {
            start, size: had, ..
        } = self.heap.chunks[index];
        self.account.how = How::Took { start, had };
        if had < size {
            self.doubt(Certainty::Nothing);
        } else if self.first_served || !self.has(Fault::PreallocationNotSplit) {
            self.split_taken(index, size);
        }
        self.heap.chunks[index].free = false;
        start
    }

    fn split_taken(&mut self, index: usize, size: u64) {
        let in_the_middle = index + 1 < self.heap.chunks.len();
        let kept_whole =
            self.has(Fault::NeverSplits) || (in_the_middle && self.has(Fault::SplitsLastOnly));
        if !kept_whole {
            self.split(index, size);
        }
    }

    /// C6, as `os_malloc`, `os_calloc` and A15 do it. Whether there is a new block.
    pub(super) fn split(&mut self, index: usize, size: u64) -> bool {
        let rest = self.heap.chunks[index].size - size;
        let least = if self.has(Fault::SplitsTooSmall) {
            self.profile.header
        } else if self.has(Fault::SplitsTooLate) {
            self.heap.least_rest() + 1
        } else if self.has(Fault::SplitsLargeRestOnly) {
            self.heap.least_rest().max(size + 1)
        } else {
            self.heap.least_rest()
        };
        if rest >= least && self.has(Fault::TailDropped) {
            self.heap.chunks[index].size = size;
            self.doubt(Certainty::LayoutUnknown);
            return false;
        }
        let split = self.heap.split_leaving(index, size, least);
        if split && self.has(Fault::RestLosesHeader) {
            let tail = &mut self.heap.chunks[index + 1];
            tail.size = tail.size.saturating_sub(self.profile.header);
            self.doubt(Certainty::LayoutUnknown);
        }
        split
    }

    /// C7.
    fn grow(&mut self, size: u64) -> Result<u64, NoMemory> {
        if self.has(Fault::PreallocatesAgain) {
            return self.grow_much(size);
        }
        let last = self
            .heap
            .chunks
            .len()
            .checked_sub(1)
            .filter(|index| self.heap.chunks[*index].free && self.heap.is_last(*index));
        match last {
            Some(index) if !self.has(Fault::FreeLastNotGrown) => self.extend(index, size),
            _ => self.append(size),
        }
    }

    fn extend(&mut self, index: usize, size: u64) -> Result<u64, NoMemory> {
        let Chunk {
            start, size: had, ..
        } = self.heap.chunks[index];
        if self.has(Fault::FitCountsHeader) && had >= size {
            self.shrink_last(index, had - size)?;
        } else {
            let whole = self.has(Fault::FreeLastGrownByWhole);
            let missing = self.growth(if whole { size } else { size - had });
            self.move_break_up(missing)?;
            self.heap.chunks[index].size += missing;
        }
        self.account.how = How::Extended { had };
        self.heap.chunks[index].free = false;
        Ok(start)
    }

    /// The difference to a block that was thought too small leads downwards.
    fn shrink_last(&mut self, index: usize, excess: u64) -> Result<(), NoMemory> {
        if excess > 0 {
            self.move_break(-i64::try_from(excess).map_err(|_| NoMemory)?)?;
            self.heap.chunks[index].size -= excess;
        }
        Ok(())
    }

    fn append(&mut self, size: u64) -> Result<u64, NoMemory> {
        let bytes = self.growth(self.profile.header + size);
        self.append_free(bytes)?;
        self.account.how = How::Appended;
        let index = self.heap.chunks.len() - 1;
        self.heap.chunks[index].free = false;
        Ok(self.heap.chunks[index].start)
    }

    fn growth(&self, bytes: u64) -> u64 {
        if self.has(Fault::GrowsByPages) {
            bytes.div_ceil(self.profile.page) * self.profile.page
        } else {
            bytes
        }
    }

    fn grow_much(&mut self, size: u64) -> Result<u64, NoMemory> {
        let bytes = self.profile.preallocation.max(self.profile.header + size);
        self.append_free(bytes)?;
        self.heap.coalesce();
        let index = self.heap.chunks.len() - 1;
        Ok(self.take(index, size))
    }

    /// A7.
    pub(super) fn free_chunk(&mut self, start: u64) {
        let Some(index) = self.heap.at(start) else {
            return;
        };
        if self.has(Fault::FreeDoesNothing) {
            return;
        }
        self.heap.chunks[index].free = true;
        if self.has(Fault::BreakMovedDown) && self.heap.is_last(index) {
            self.give_back_last(index);
            return;
        }
        self.coalesce_at_release(start, true);
    }

    fn give_back_last(&mut self, index: usize) {
        let chunk = self.heap.chunks[index];
        let bytes = self.profile.header + chunk.size;
        let delta = i64::try_from(bytes).unwrap_or(i64::MAX);
        if self.move_break(-delta).is_ok() {
            self.heap.chunks.remove(index);
        }
    }

    /// V4: what happens besides when the block at `start` has become free, by `os_free` or at the
    /// end of a move.
    pub(super) fn coalesce_at_release(&mut self, start: u64, by_caller: bool) {
        self.coalesce_by_mistake(start);
        if self.coalesces_otherwise() || !self.heap.has_free_pair() {
            return;
        }
        self.depends_on(Axis::Coalescing);
        match self.choices.coalescing {
            Coalescing::BeforeSearch => {}
            Coalescing::AtFree if by_caller => self.coalesce(),
            Coalescing::AtRelease | Coalescing::AtAnyRelease => self.coalesce(),
            Coalescing::NeighboursAtFree if by_caller => self.coalesce_around(start),
            Coalescing::NeighboursAtRelease => self.coalesce_around(start),
            Coalescing::AtFree | Coalescing::NeighboursAtFree => {}
        }
    }

    fn coalesce_around(&mut self, start: u64) {
        if let Some(index) = self.heap.at(start) {
            self.heap.coalesce_around(index);
        }
    }

    fn coalesce_by_mistake(&mut self, start: u64) {
        let Some(index) = self.heap.at(start) else {
            return;
        };
        if self.has(Fault::CoalescesOnlyAtFree) {
            self.heap.coalesce();
        } else if self.has(Fault::CoalescesForwardOnly) && self.heap.next_is_free(index) {
            self.heap.merge_next(index);
        } else if self.has(Fault::CoalescesBackwardOnly) {
            self.heap.merge_into_previous(index);
        }
    }
}
