//! Section C: taking blocks from the heap and giving them back.

use super::blocks::Block;
use super::choices::{Axis, Question};
use super::decide::{
    Coalescing, Freeing, Growth, Handed, Purpose, Site, Situation, Splitting, decide,
};
use super::reason::reasons;
use super::step::{BEYOND_ADDRESS_SPACE, Run, Stop, situation};
use crate::types::{Errno, MemoryCall, SystemCall};

reasons! {
    PREALLOCATED C1 [
        OtherGrowth "moves the break by {seen} bytes; the first use of the heap preallocates {due}",
        NoGrowth,
    ];
    COALESCED C3 [];
    NOTHING_FITS C5 [];
    TOOK C4 [ReturnsNull, OtherPlace];
    SPLIT C6 [
        TooLarge "keeps {seen} bytes in the block at {block}; it needs {due}; the rest must be split off",
        OtherSize, StaysUsed, NoHeader,
    ];
    NOT_SPLIT C6 [TooLarge, OtherSize, NoHeader];
    EXTENDED C7 [OtherGrowth, NoGrowth, ReturnsNull, OtherPlace];
    APPENDED C7 [OtherGrowth, NoGrowth, ReturnsNull, OtherPlace];
    FREED A7 [];
    /// A system call has failed.
    FAILED E3 [];
}

impl Run<'_> {
    /// A heap block for what was asked: the offset of its header.
    pub(super) fn take_from_heap(&mut self) -> Result<u64, Stop> {
        self.preallocate()?;
        self.state.heap.calloc_only &= self.purpose == Purpose::Calloc;
        let how = decide!(self.watch, Coalesces, situation!(self), Coalescing::All);
        self.coalesce(how);
        let mut found = self.find();
        if found.is_none() && decide!(self.watch, CoalescesLate, situation!(self), false) {
            self.coalesce(Coalescing::All);
            found = self.find();
        }
        match found {
            Some(index) => self.take(index),
            None => self.grow(),
        }
    }

    /// C1.
    pub(super) fn preallocate(&mut self) -> Result<(), Stop> {
        let heap = &self.state.heap;
        if heap.started && !decide!(self.watch, BeginsAgain, situation!(self), false) {
            return Ok(());
        }
        self.first = true;
        let canonical = self.profile.preallocation;
        let bytes = decide!(self.watch, Preallocation, situation!(self), canonical);
        if bytes == 0 {
            return Ok(());
        }
        self.reasons.push(&PREALLOCATED);
        self.append(
            bytes,
            bytes.saturating_sub(self.profile.header),
            Site::Preallocation,
        )?;
        Ok(())
    }

    /// Moves the break by `bytes` and makes a free block of `size` payload bytes there: its index.
    fn append(&mut self, bytes: u64, size: u64, site: Site) -> Result<usize, Stop> {
        let heap = &self.state.heap;
        // Other code may have left the break anywhere.
        let start = match self.harm.unaligned {
            true => heap.end,
            false => self.profile.align(heap.end).ok_or(Stop::NoMemory)?,
        };
        let padding = start - heap.end;
        self.move_break(padding.saturating_add(bytes), site)?;
        self.state.heap.started = true;
        let at = decide!(self.watch, AppendsAt, situation!(self), start);
        if at != start {
            self.harm.overlaps = true;
            self.harm.change_from(at);
        }
        self.state.heap.blocks.push(Block::new(at, size, true));
        Ok(self.state.heap.blocks.len() - 1)
    }

    /// Moves the break up; by nothing, without a system call.
    pub(super) fn move_break(&mut self, bytes: u64, site: Site) -> Result<(), Stop> {
        let delta = i64::try_from(bytes).map_err(|_| Stop::NoMemory)?;
        if bytes == 0 {
            return Ok(());
        }
        if self.denied.denies(MemoryCall::Brk, &self.system_calls) || bytes >= BEYOND_ADDRESS_SPACE
        {
            let failed = Some(Errno(libc::ENOMEM));
            self.system_calls.push(SystemCall::Brk { delta, failed });
            return Err(self.failed(site));
        }
        let failed = None;
        self.system_calls.push(SystemCall::Brk { delta, failed });
        self.state.heap.end = self.state.heap.end.saturating_add(bytes);
        self.state.heap.started = true;
        Ok(())
    }

    /// Moves the break for a block that grows by `bytes`. Where bytes were lost between the last
    /// block and the break, the break may move to where the block must end.
    fn move_break_for(&mut self, index: usize, bytes: u64, site: Site) -> Result<(), Stop> {
        let heap = &self.state.heap;
        let lost = match heap.is_last(index) {
            true => heap.end.saturating_sub(heap.blocks.end_of(index)),
            false => 0,
        };
        if lost == 0 || !self.chooser.ask(Question::UsesLostBytes) {
            return self.move_break(bytes, site);
        }
        if lost <= bytes {
            return self.move_break(bytes - lost, site);
        }
        let delta = bytes as i64 - lost as i64;
        self.system_calls.push(SystemCall::Brk {
            delta,
            failed: None,
        });
        self.state.heap.end = self.state.heap.end.saturating_add_signed(delta);
        Ok(())
    }

    /// A system call has failed at this site (E3).
    pub(super) fn failed(&mut self, site: Site) -> Stop {
        self.reasons.push(&FAILED);
        match self.is_unchecked(site) {
            true => Stop::Ruin,
            false => Stop::NoMemory,
        }
    }

    /// C3.
    pub(super) fn coalesce(&mut self, how: Coalescing) {
        if how == Coalescing::Nothing {
            return;
        }
        self.reasons.push(&COALESCED);
        let plain = how == Coalescing::All && self.watch.made.is_empty() && !self.watch.looks;
        if plain && self.state.heap.blocks.coalesce_indexed() {
            return;
        }
        let mut index = 0;
        while index + 1 < self.state.heap.blocks.len() {
            while self.state.heap.blocks[index].free && self.joins(index) {
                self.merge_next(index, Purpose::Free);
                if how == Coalescing::Pairs {
                    break;
                }
            }
            index += 1;
        }
    }

    fn joins(&mut self, index: usize) -> bool {
        if index + 1 >= self.state.heap.blocks.len() {
            return false;
        }
        let canonical = self.state.heap.next_is_free(index);
        decide!(self.watch, Joins, situation!(self, index), canonical)
    }

    /// Makes the next block part of this one.
    pub(super) fn merge_next(&mut self, index: usize, purpose: Purpose) {
        let before = std::mem::replace(&mut self.purpose, purpose);
        let heap = &self.state.heap;
        let canonical = heap.blocks[index].size + self.profile.header + heap.blocks[index + 1].size;
        let size = decide!(self.watch, MergedSize, situation!(self, index), canonical);
        self.purpose = before;
        let heap = &self.state.heap;
        let (start, end) = (heap.blocks[index].start, heap.blocks[index + 1].start);
        if heap.has_gap(start, end) {
            self.harm.overlaps = true;
            self.harm.change_from(start + self.profile.header);
        }
        let next = self.state.heap.blocks.remove(index + 1);
        if !next.free {
            self.harm.overlaps = true;
            self.covered.push(next);
        }
        let header = self.profile.header;
        let block = &mut self.state.heap.blocks[index];
        block.said = match size == canonical {
            true => block.said.wrapping_add(header).wrapping_add(next.said),
            false => size,
        };
        block.size = size;
    }

    /// Puts back the used blocks that others cover, where they can still be seen.
    pub(super) fn uncover(&mut self) {
        for block in std::mem::take(&mut self.covered) {
            if let Some(from) = self.written_over(&block) {
                self.harm.change_from(from);
            }
            let blocks = &mut self.state.heap.blocks;
            let at = blocks.partition_point(|other| other.start < block.start);
            if blocks
                .get(at)
                .is_none_or(|other| other.start != block.start)
            {
                blocks.insert(at, block);
            }
        }
    }

    /// Where the damage to a covered block begins, if a header or a payload lies over it.
    fn written_over(&self, block: &Block) -> Option<u64> {
        let (header, blocks) = (self.profile.header, &self.state.heap.blocks);
        let end = block.start + header + block.size;
        let mut others = blocks.iter().enumerate();
        let (_, over) = others.find(|(at, other)| {
            let reach = match other.free {
                true => other.start + header,
                false => blocks.end_of(*at),
            };
            other.start < end && block.start < reach
        })?;
        let by_header = over.start + header > block.start;
        Some(match by_header {
            true => over.start.min(block.start),
            false => block.start,
        })
    }

    /// C4, with V12.
    fn find(&mut self) -> Option<usize> {
        let mut best = self.state.heap.blocks.best_fit(self.need);
        if self.has_raw_sizes() {
            let raw = self.best_raw_fit();
            if raw != best && self.chooser.ask(Question::On(Axis::ComparesRaw)) {
                // The last block may be grown by nothing (C7).
                let last = best.is_some_and(|at| at + 1 == self.state.heap.blocks.len());
                let enough = raw.is_none() && last && self.chooser.ask(Question::GrowsByNothing);
                best = if enough { best } else { raw };
            }
        }
        if best.is_none() {
            self.reasons.push(&NOTHING_FITS);
        }
        decide!(self.watch, Fit, situation!(self), best)
    }

    pub(super) fn has_raw_sizes(&self) -> bool {
        // Only states that were read from a process have them; those have no index.
        self.watch.looks || matches!(self.chooser, super::Chooser::Script(..))
    }

    /// What is compared with a size that a header holds as it was asked for (V12).
    pub(super) fn raw_request(&mut self) -> u64 {
        let odd = self.size != self.need;
        let unrounded = |block: &Block| !block.said.is_multiple_of(8);
        let matters = odd && self.state.heap.blocks.iter().any(unrounded);
        match matters && self.chooser.ask(Question::RoundsRequest) {
            true => self.need,
            false => self.size,
        }
    }

    /// The best fit where headers hold what was asked for, and that is compared.
    fn best_raw_fit(&mut self) -> Option<usize> {
        let wanted = self.raw_request();
        let blocks = self.state.heap.blocks.iter().enumerate();
        let fitting = blocks.filter(|(_, block)| block.free && block.said >= wanted);
        fitting
            .min_by_key(|(_, block)| block.said)
            .map(|(at, _)| at)
    }

    /// Uses a free block (C6).
    pub(super) fn take(&mut self, index: usize) -> Result<u64, Stop> {
        let block = self.state.heap.blocks[index];
        self.reasons.push(&TOOK);
        self.took = Some(block);
        if block.size < self.need && block.said < self.need {
            self.harm.overlaps = true;
        }
        self.split(index, self.purpose);
        self.mark_used(index, Handed::Found);
        Ok(block.start)
    }

    pub(super) fn mark_used(&mut self, index: usize, handed: Handed) {
        self.handed = handed;
        let marked = decide!(self.watch, MarksUsed, situation!(self, index), true);
        self.state.heap.blocks[index].free = !marked;
        let inside = decide!(self.watch, StaysInside, situation!(self, index), true);
        if !inside {
            self.harm.change_from(self.state.heap.blocks.end_of(index));
        }
    }

    /// C6: whether a new block came about.
    pub(super) fn split(&mut self, index: usize, purpose: Purpose) -> bool {
        let before = std::mem::replace(&mut self.purpose, purpose);
        let block = self.state.heap.blocks[index];
        let least = self.profile.smallest_chunk();
        let mut canonical = block.size.saturating_sub(self.need) >= least;
        if self.has_raw_sizes() && block.said != block.size {
            let raw = block.said.saturating_sub(self.raw_request()) >= least;
            if raw != canonical && self.chooser.ask(Question::On(Axis::ComparesRaw)) {
                canonical = raw;
            }
        }
        let splits = decide!(self.watch, Splits, situation!(self, index), canonical);
        let header = self.profile.header;
        if splits && block.size >= self.need + header {
            let start = block.start + header + self.need;
            let whole = Splitting {
                keeps: self.need,
                says: self.need,
                rest: Some(Block::new(start, block.size - self.need - header, true)),
            };
            let split = decide!(self.watch, Rest, situation!(self, index), whole);
            let block = &mut self.state.heap.blocks[index];
            block.size = split.keeps;
            block.said = split.says;
            if let Some(rest) = split.rest {
                self.harm.unaligned |= !split.keeps.is_multiple_of(self.profile.alignment);
                if rest.start + header > self.state.heap.end {
                    self.harm.crashes = Some(self.system_calls.len());
                }
                self.state.heap.blocks.insert(index + 1, rest);
            }
            self.reasons.push(&SPLIT);
        } else if block.size > self.need {
            let kept = Splitting {
                keeps: block.size,
                says: block.size,
                rest: None,
            };
            // A rest that is too small for a block, or that is not split off.
            let kept = match splits {
                true => kept,
                false => decide!(self.watch, Unsplit, situation!(self, index), kept),
            };
            let block = &mut self.state.heap.blocks[index];
            block.size = kept.keeps;
            block.said = kept.says;
            self.reasons.push(&NOT_SPLIT);
        } else if block.size == self.need && block.said < self.need {
            self.state.heap.blocks[index].said = block.size;
        }
        self.purpose = before;
        splits
    }

    /// C5, C7.
    fn grow(&mut self) -> Result<u64, Stop> {
        let (need, header) = (self.need, self.profile.header);
        let last = self.state.heap.blocks.len().checked_sub(1);
        // A block that is large enough is not here to be grown: a mistaken search has refused it.
        let grows = |run: &Self, at: usize| {
            let block = run.state.heap.blocks[at];
            block.free && block.size < need
        };
        let last = last.filter(|&at| grows(self, at) && self.is_last(at));
        let canonical = match last {
            Some(at) => {
                let missing = need.saturating_sub(self.state.heap.blocks[at].size);
                Growth::Extend(missing)
            }
            None => Growth::Append(header + need, need),
        };
        let index = last.unwrap_or(usize::MAX);
        match decide!(self.watch, Growth, situation!(self, index), canonical) {
            Growth::Extend(bytes) if last.is_some() => {
                self.reasons.push(&EXTENDED);
                let start = self.extend(index, bytes, Site::Extension)?;
                self.harm.overlaps |= self.state.heap.blocks[index].size < need;
                self.mark_used(index, Handed::Extended);
                Ok(start)
            }
            Growth::Cover(bytes) => {
                let index = self.state.heap.blocks.len() - 1;
                let start = self.extend(index, bytes, Site::Extension)?;
                self.harm.overlaps = true;
                Ok(start)
            }
            Growth::Extend(bytes) => self.append_used(bytes, need),
            Growth::Append(bytes, size) => self.append_used(bytes, size),
            Growth::Preallocate(bytes, joined) => {
                let index = self.append(bytes, bytes - header, Site::Append)?;
                let before = index.checked_sub(1);
                let before = before.filter(|&at| {
                    let heap = &self.state.heap;
                    joined && heap.blocks[at].free && heap.next_is_free(at)
                });
                if let Some(before) = before {
                    self.merge_next(before, Purpose::Free);
                }
                self.take(before.unwrap_or(index))
            }
        }
    }

    /// Moves the break for a block, which takes the bytes in: where it starts.
    pub(super) fn extend(&mut self, index: usize, bytes: u64, site: Site) -> Result<u64, Stop> {
        self.move_break_for(index, bytes, site)?;
        let size = self.state.heap.blocks[index].size + bytes;
        let says = decide!(self.watch, GrownSays, situation!(self, index), size);
        let block = &mut self.state.heap.blocks[index];
        block.size = size;
        block.said = says;
        let start = block.start;
        self.reach_over_gap(start);
        Ok(start)
    }

    fn append_used(&mut self, bytes: u64, size: u64) -> Result<u64, Stop> {
        self.reasons.push(&APPENDED);
        let index = self.append(bytes, size, Site::Append)?;
        self.harm.overlaps |= bytes < size + self.profile.header;
        self.mark_used(index, Handed::Appended);
        Ok(self.state.heap.blocks[index].start)
    }

    /// A block that has grown over memory of other code damages it (E5).
    pub(super) fn reach_over_gap(&mut self, start: u64) {
        let heap = &self.state.heap;
        let over = heap
            .gaps
            .iter()
            .find(|(from, to)| start <= *from && *to <= heap.end);
        if let Some((from, _)) = over {
            self.harm.overlaps = true;
            self.harm.change_from(*from);
        }
    }

    pub(super) fn is_last(&mut self, index: usize) -> bool {
        let canonical = self.state.heap.is_last(index);
        decide!(self.watch, IsLast, situation!(self, index), canonical)
    }

    /// A7.
    pub(super) fn free_block(&mut self, start: u64) {
        let Some(index) = self.state.heap.at(start) else {
            self.covered.retain(|block| block.start != start);
            return;
        };
        self.reasons.push(&FREED);
        match decide!(self.watch, Frees, situation!(self, index), Freeing::Mark) {
            Freeing::Mark => self.state.heap.blocks[index].free = true,
            Freeing::Ignore => {}
            Freeing::Unlink => {
                self.state.heap.blocks.remove(index);
            }
            Freeing::LowerBreak => self.lower_break(index),
        }
    }

    /// Gives a block and the free ones after it back to the system.
    fn lower_break(&mut self, index: usize) {
        let heap = &mut self.state.heap;
        let last = heap.blocks.len() - 1;
        let start = heap.blocks[index].start;
        let bytes = heap.blocks.end_of(last) - start;
        self.system_calls.push(SystemCall::Brk {
            delta: -i64::try_from(bytes).unwrap_or(i64::MAX),
            failed: None,
        });
        let end = heap.end.saturating_sub(bytes);
        let at_end = heap.is_last(last);
        for _ in index..last {
            heap.blocks.remove(index + 1);
        }
        if at_end {
            // Lost bytes after the block are given back first: its header may stay below the new break.
            if start + self.profile.header > end {
                heap.blocks.remove(index);
            }
        } else {
            // Memory of other code comes after the block: that is what goes.
            self.harm.overlaps = true;
            for gap in heap.gaps.iter_mut().filter(|gap| gap.1 == heap.end) {
                gap.1 = end;
            }
        }
        heap.end = end;
    }

    /// E5.
    pub(super) fn move_foreign(&mut self, bytes: u64) {
        let heap = &mut self.state.heap;
        self.system_calls.push(SystemCall::Brk {
            delta: i64::try_from(bytes).unwrap_or(i64::MAX),
            failed: None,
        });
        let start = heap.end;
        heap.end = heap.end.saturating_add(bytes);
        heap.gaps.push((start, heap.end));
    }
}
