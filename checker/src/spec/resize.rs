//! `os_realloc` of a heap block: keeping, growing in place, moving (A11 to A16).

use super::choices::{Axis, Cut, Question};
use super::decide::{Coalescing, Handed, Purpose, Route, Site, Situation, decide};
use super::reason::reasons;
use super::step::{Run, Served, Stop, situation};
use crate::types::Place;

reasons! {
    LARGE A13 [];
    KEPT A12 [
        NeedlessGrowth "moves the break although the block is large enough",
        Maps "maps a new block; the old block is large enough",
        Moves "moves the block at {old} to {seen}; it is large enough",
        ReturnsNull, OtherPlace,
    ];
    GREW_LAST A14 [
        Moves "moves the block at {old} to {seen}; it is the last one and grows with the break",
        OtherGrowth, NoGrowth, ReturnsNull, OtherPlace,
    ];
    /// The free blocks that follow are looked at.
    MERGES A15 [];
    MERGED A15 [
        NeedlessGrowth "moves the break although the block is large enough with the free blocks after it",
        Moves "moves the block at {old} to {seen}; with the free blocks after it, it is large enough",
        ReturnsNull, OtherPlace,
    ];
    /// Merging was not enough (V6).
    MERGED_IN_VAIN A16 [
        OtherGrowth "moves the break by {seen} bytes for a block that is still too small after merging; the block must move",
    ];
    MOVED A16 [ReturnsNull, OtherPlace, Stays];
    COPIED A11 [];
}

impl Run<'_> {
    /// `os_realloc` of the block at `index`.
    pub(super) fn resize(&mut self, index: usize) -> Served {
        let start = self.state.heap.blocks[index].start;
        self.had = self.state.heap.blocks[index].size;
        let mut index = index;
        if self.merging_matters(index) && self.chooser.ask(Question::CoalescesFirst) {
            self.coalesce(Coalescing::All);
            index = self.state.heap.at(start).ok_or(Stop::Ruin)?;
        }
        let route = self.route(index)?;
        let stays = Ok(Place::Heap(start + self.profile.header));
        match decide!(self.watch, Route, situation!(self, index), route) {
            Route::Refuse => Ok(Place::Null),
            Route::Ignore => {
                if self.state.heap.blocks[index].size < self.need {
                    // The caller writes over what follows.
                    self.harm.overlaps = true;
                    self.harm.change_from(self.state.heap.blocks.end_of(index));
                }
                stays
            }
            Route::Keep => {
                self.reasons.push(&KEPT);
                self.keep(index);
                stays
            }
            Route::GrowLast => {
                self.grow_last(index)?;
                stays
            }
            Route::Merge => match self.merge_following(index)? {
                true => stays,
                false => self.after_merging(index),
            },
            Route::Move => self.move_block(index),
        }
    }

    /// A12.
    fn keep(&mut self, index: usize) {
        let before = std::mem::replace(&mut self.purpose, Purpose::Shrink);
        while decide!(self.watch, MergesOn, situation!(self, index), false) {
            self.merge_next(index, Purpose::Shrink);
        }
        self.purpose = before;
        self.split(index, Purpose::Shrink);
    }

    /// Whether the block is followed by free blocks that coalescing would make one (V4).
    fn merging_matters(&self, index: usize) -> bool {
        let heap = &self.state.heap;
        heap.next_is_free(index)
            && heap.next_is_free(index + 1)
            && heap.blocks[index].size < self.need
    }

    /// What the clauses say of a block and a size, with V3, V5, V7 and V12.
    fn route(&mut self, index: usize) -> Result<Route, Stop> {
        let block = self.state.heap.blocks[index];
        let mut fits = block.size >= self.need;
        let wanted = self.raw_request();
        if self.has_raw_sizes() && (block.said >= wanted) != fits {
            self.raw = self.chooser.ask(Question::On(Axis::ComparesRaw));
            let enough = fits && self.raw && self.chooser.ask(Question::GrowsByNothing);
            fits = enough || if self.raw { block.said >= wanted } else { fits };
        }
        if self.maps(Cut::ReallocHeap) {
            // V5: what cannot expand is mapped.
            self.large = true;
            let stays = match fits {
                true => self.chooser.ask(Question::On(Axis::KeepsFitting)),
                false => {
                    let grows = self.is_last(index) || self.state.heap.next_is_free(index);
                    grows && self.chooser.ask(Question::On(Axis::Expands))
                }
            };
            if !stays {
                self.reasons.push(&LARGE);
                return Ok(Route::Move);
            }
        }
        Ok(if fits {
            Route::Keep
        } else if self.is_last(index) {
            Route::GrowLast
        } else {
            Route::Merge
        })
    }

    /// A14.
    fn grow_last(&mut self, index: usize) -> Result<(), Stop> {
        let canonical = self.need.saturating_sub(self.state.heap.blocks[index].size);
        let bytes = decide!(self.watch, LastGrowth, situation!(self, index), canonical);
        self.reasons.push(&GREW_LAST);
        self.extend(index, bytes, Site::LastGrowth)?;
        self.harm.overlaps |= index + 1 < self.state.heap.blocks.len();
        Ok(())
    }

    /// A15: whether the block is large enough now.
    fn merge_following(&mut self, index: usize) -> Result<bool, Stop> {
        self.reasons.push(&MERGES);
        let (first, mut merged) = (self.first, 0);
        loop {
            let more = self.state.heap.next_is_free(index);
            let small = self.is_too_small(index);
            self.first = merged == 0;
            let canonical = more && small;
            let goes_on = decide!(self.watch, MergesOn, situation!(self, index), canonical);
            if !goes_on || index + 1 >= self.state.heap.blocks.len() {
                break;
            }
            self.merge_next(index, Purpose::Grow);
            merged += 1;
        }
        self.first = first;
        if self.is_too_small(index) {
            return Ok(false);
        }
        self.reasons.push(&MERGED);
        if decide!(self.watch, SpreadsBack, situation!(self, index), false) {
            let taken = self.state.heap.blocks[index].size + self.profile.header;
            let before = &mut self.state.heap.blocks[index - 1];
            before.size += taken;
            before.said = before.said.wrapping_add(taken);
            self.harm.overlaps = true;
        }
        self.split(index, Purpose::Grow);
        self.mark_used(index, Handed::Merged);
        Ok(true)
    }

    fn is_too_small(&mut self, index: usize) -> bool {
        let wanted = self.raw_request();
        let block = &self.state.heap.blocks[index];
        match self.raw {
            true => block.said < wanted,
            false => block.size < self.need,
        }
    }

    /// V6: merging was not enough.
    fn after_merging(&mut self, index: usize) -> Served {
        self.reasons.push(&MERGED_IN_VAIN);
        let start = self.state.heap.blocks[index].start;
        match decide!(
            self.watch,
            AfterMerging,
            situation!(self, index),
            Route::Move
        ) {
            Route::GrowLast => {
                self.grow_last(index)?;
                Ok(Place::Heap(start + self.profile.header))
            }
            _ => self.move_block(index),
        }
    }

    /// A13 and A16: allocate, copy, free.
    fn move_block(&mut self, index: usize) -> Served {
        let block = self.state.heap.blocks[index];
        let payload = block.start + self.profile.header;
        self.had = block.size;
        self.ask_about_moving(self.size)?;
        let mapped = self.large || self.moves_to_mapping();
        self.reasons.push(&MOVED);
        if decide!(self.watch, FreesFirst, situation!(self, index), false) {
            self.release_moved(block.start)?;
            let new = self.allocate(mapped)?;
            self.copy(block.size, new)?;
            self.harm.overlaps |= !mapped;
            return Ok(new);
        }
        let new = match self.allocate(mapped) {
            Err(Stop::NoMemory) if self.frees_on_failure() => {
                self.release_moved(block.start)?;
                self.harm.overlaps = true;
                return Err(Stop::NoMemory);
            }
            new => new?,
        };
        self.copy(block.size, new)?;
        debug_assert!(new != Place::Heap(payload) || self.harm.overlaps || block.free);
        self.release_moved(block.start)?;
        Ok(new)
    }

    /// Where `os_malloc`'s cut-off says so; or, by another reading, where `os_realloc`'s does, which
    /// has not been passed.
    fn moves_to_mapping(&mut self) -> bool {
        self.maps(Cut::Malloc)
            && !{
                let in_heap = self.size < *Cut::ReallocHeap.band(self.profile).end();
                in_heap && self.chooser.ask(Question::On(Axis::MovesByRealloc))
            }
    }

    /// What is decided from here on is about a new block.
    pub(super) fn ask_about_moving(&mut self, size: u64) -> Result<(), Stop> {
        let purpose = match self.purpose {
            Purpose::MoveMapped => Purpose::MoveMapped,
            _ => Purpose::Move,
        };
        self.ask_for(purpose, size)
    }

    /// A11: the payload of a block of `had` bytes.
    pub(super) fn copy(&mut self, had: u64, new: Place) -> Result<(), Stop> {
        let kept = had.min(self.need);
        let canonical = had.min(self.size);
        let copied = decide!(self.watch, Copies, situation!(self), canonical);
        self.reasons.push(&COPIED);
        if copied < canonical {
            self.harm.not_kept = Some(copied);
        }
        let room = match new {
            Place::Heap(payload) => {
                let at = self.state.heap.at(payload - self.profile.header);
                at.map_or(0, |at| self.state.heap.blocks[at].size)
            }
            _ => self.profile.whole_pages(self.need + self.profile.header) - self.profile.header,
        };
        if copied > room.max(kept) {
            // What follows the new block is overwritten, perhaps the old one's header.
            return Err(Stop::Ruin);
        }
        if copied > room
            && let Place::Heap(payload) = new
        {
            self.harm.change_from(payload + room);
        }
        if copied > had {
            self.harm.crashes = Some(self.system_calls.len());
        }
        Ok(())
    }

    pub(super) fn frees_on_failure(&mut self) -> bool {
        decide!(self.watch, FreesOnFailure, situation!(self), false)
    }

    /// Frees the old heap block of a move.
    fn release_moved(&mut self, start: u64) -> Result<(), Stop> {
        let index = self.state.heap.at(start).unwrap_or(usize::MAX);
        if decide!(self.watch, FreesOld, situation!(self, index), true) {
            self.free_block(start);
        }
        Ok(())
    }
}
