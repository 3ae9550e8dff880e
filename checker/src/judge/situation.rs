//! One call that differs, with the heap before and after it.

use super::why::{Placed, Why};
use crate::model::{Account, How, Simulation};
use crate::types::{Call, Clause, Outcome, Place, Pointer, Profile, State, Step};

/// One call that differs, with all that its explanation needs.
pub(super) struct Situation<'a> {
    pub(super) profile: &'a Profile,
    pub(super) call: &'a Call,
    pub(super) expected: &'a Outcome,
    pub(super) step: &'a Step,
    pub(super) account: Account,
    /// Where the pointer argument points; NULL without one.
    pub(super) old: Place,
    /// The heap before the call.
    pub(super) before: Vec<Placed>,
    /// The heap after it, as it should be.
    pub(super) after: Vec<Placed>,
    /// The length of the pointer argument's mapping.
    pub(super) old_mapping: Option<u64>,
}

impl<'a> Situation<'a> {
    pub(super) fn new(
        profile: &'a Profile,
        call: &'a Call,
        before: &Simulation,
        after: &Simulation,
        expected: &'a Outcome,
        step: &'a Step,
    ) -> Self {
        let pointer = match *call {
            Call::Realloc { pointer, .. } | Call::Free { pointer } => pointer,
            _ => Pointer::Null,
        };
        let old = before.pointee(pointer);
        let old_mapping = match old {
            Place::Mapping(number, _) => before.mapped_length(number),
            _ => None,
        };
        Self {
            profile,
            call,
            expected,
            step,
            account: after.account(),
            old,
            before: before.placed_blocks().collect(),
            after: after.placed_blocks().collect(),
            old_mapping,
        }
    }

    pub(super) fn seen(&self) -> &Outcome {
        &self.step.outcome
    }

    /// Bytes asked for, where the call asks for some.
    pub(super) fn size(&self) -> u64 {
        match *self.call {
            Call::Malloc { size } | Call::Realloc { size, .. } => size,
            Call::Calloc { count, size } => count.saturating_mul(size),
            Call::Free { .. } | Call::MoveBreak { .. } => 0,
        }
    }

    pub(super) fn aligned(&self) -> u64 {
        self.profile.align(self.size()).unwrap_or(u64::MAX)
    }

    /// The clause that says whether the call maps.
    pub(super) fn mapping_clause(&self) -> Clause {
        match (self.call, self.old) {
            (Call::Calloc { .. }, _) => Clause::A4,
            (Call::Realloc { .. }, Place::Mapping(..)) => Clause::A17,
            (Call::Realloc { .. }, Place::Heap(_)) => Clause::A13,
            _ => Clause::A2,
        }
    }

    /// The clause that rules what the call does by itself.
    pub(super) fn ruling_clause(&self) -> Clause {
        match (self.account.how, self.call) {
            (How::Failed, _) => Clause::E3,
            (How::Nothing, _) => self.refusing_clause(),
            (How::Took { .. }, _) => Clause::C4,
            (How::Extended { .. } | How::Appended, _) => Clause::C7,
            (How::Freed, _) => Clause::A7,
            (How::Unmapped, _) => Clause::A8,
            (How::Kept, _) => Clause::A12,
            (How::GrewLast, _) => Clause::A14,
            (How::Merged, _) => Clause::A15,
            (How::Mapped, _) => self.mapping_clause(),
        }
    }

    /// The clause that makes the call do nothing.
    pub(super) fn refusing_clause(&self) -> Clause {
        match *self.call {
            Call::Malloc { .. } => Clause::A1,
            Call::Calloc { count, size } if count.checked_mul(size).is_none() => Clause::A5,
            Call::Calloc { .. } => Clause::A3,
            Call::Free { .. } => Clause::A6,
            Call::Realloc { size, .. } if size == 0 || self.old == Place::Null => Clause::A9,
            Call::Realloc { .. } => Clause::A10,
            Call::MoveBreak { .. } => Clause::E5,
        }
    }

    /// The clauses that a call breaks which returns NULL though it must not: `closest`, unless
    /// another one says that it serves at all.
    pub(super) fn refused(&self, closest: Clause) -> Vec<Clause> {
        match self.call {
            Call::Realloc {
                pointer: Pointer::Null,
                ..
            } => vec![Clause::A9, closest],
            _ => vec![closest],
        }
    }

    /// Whether the call must move a block from one place in the heap to another (A16).
    pub(super) fn moves_within_heap(&self) -> bool {
        let taken = matches!(
            self.account.how,
            How::Took { .. } | How::Extended { .. } | How::Appended
        );
        taken && self.account.moved && matches!(self.old, Place::Heap(_))
    }

    /// What is wrong with where a block went that must move within the heap (A16): it stayed where
    /// it was, or lies over its old place.
    pub(super) fn wrong_move(&self) -> Option<(Vec<Clause>, Why)> {
        let (Some(Place::Heap(new)), Place::Heap(old)) = (self.seen().result, self.old) else {
            return None;
        };
        if !self.moves_within_heap() {
            return None;
        }
        let clauses = vec![Clause::A16, self.ruling_clause()];
        if new == old {
            return Some((clauses, Why::StayedInPlace));
        }
        let (_, block) = self.block_at(&self.before, self.old)?;
        let header = self.profile.header;
        let overlaps = new < old.saturating_add(block.size).saturating_add(header)
            && old < new.saturating_add(self.aligned()).saturating_add(header);
        overlaps.then_some((clauses, Why::OverlapsOld))
    }

    /// The block of `blocks` whose payload is at the place.
    pub(super) fn block_at(&self, blocks: &[Placed], place: Place) -> Option<Placed> {
        let Place::Heap(payload) = place else {
            return None;
        };
        let start = payload.checked_sub(self.profile.header)?;
        let index = blocks
            .binary_search_by_key(&start, |(start, _)| *start)
            .ok()?;
        blocks.get(index).copied()
    }

    /// The heap before the call with all adjacent free blocks coalesced.
    pub(super) fn coalesced(&self) -> Vec<Placed> {
        let mut blocks: Vec<Placed> = Vec::with_capacity(self.before.len());
        for (start, block) in &self.before {
            match blocks.last_mut() {
                Some((first, last))
                    if last.state == State::Free
                        && block.state == State::Free
                        && *first + self.profile.header + last.size == *start =>
                {
                    last.size += self.profile.header + block.size;
                }
                _ => blocks.push((*start, *block)),
            }
        }
        blocks
    }
}
