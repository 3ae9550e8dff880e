//! Which clause a difference breaks, and why: from the call, the heap before it, what was to
//! happen and what did.

mod layout;
mod placement;
mod system_calls;

pub(super) use layout::of_layout;
pub(super) use placement::of_placement;
pub(super) use system_calls::of_system_calls;

use super::{ScenarioRun, wording};
use crate::model::{Account, How, Simulation};
use crate::types::{
    Block, Call, CallNumber, Clause, End, Finding, Outcome, Place, Pointer, Profile, State, Step,
};

/// A block with the bytes from the heap start to its header.
pub(super) type Placed = (u64, Block);

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

/// Why something is wrong; the numbers that the sentence needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The break moved in a call that maps.
    BreakMovedForMapping {
        /// By so many bytes.
        by: i64,
    },
    ForbiddenCall {
        name: String,
    },
    NoPreallocation {
        seen: Option<i64>,
    },
    MappedInsteadOfHeap,
    HeapInsteadOfMapping,
    WrongMapRequest {
        expected: u64,
        seen: u64,
    },
    NotUnmapped,
    WrongUnmap {
        expected: u64,
        seen: u64,
        start: Place,
    },
    NeedlessUnmap,
    BreakMovedDown {
        by: u64,
    },
    BreakMovedThoughFits {
        block: Placed,
    },
    BreakMovedThoughCoalesced {
        block: Placed,
    },
    BreakMovedInPlace,
    BreakMovedForNothing {
        by: i64,
    },
    WrongGrowth {
        expected: i64,
        seen: i64,
    },
    NotGrown {
        expected: i64,
    },
    OtherSystemCalls,
    NotRefused,
    Refused,
    OtherBlock {
        seen: Placed,
        best: Placed,
    },
    NotCoalescedBlock {
        seen: u64,
        best: Placed,
    },
    MovedThough,
    StayedInPlace,
    OverlapsOld,
    OtherPlace,
    Undecodable {
        at: u64,
        reason: String,
    },
    Unlinked,
    NotSplit {
        block: Placed,
        seen: u64,
    },
    SplitTooSmall {
        block: Placed,
        seen: u64,
    },
    NotMarkedFree {
        start: u64,
        size: u64,
    },
    NotMarkedUsed {
        start: u64,
        size: u64,
    },
    NotCoalesced {
        start: u64,
        expected: u64,
        seen: u64,
    },
    CoalescedTooMuch {
        start: u64,
        expected: u64,
        seen: u64,
    },
    OtherLayout {
        start: u64,
    },
}

/// The clause that a finding in memory breaks.
pub(super) const fn clause_of(finding: &Finding) -> Clause {
    match finding {
        Finding::PayloadChanged { .. } => Clause::E4,
        Finding::NotKept { .. } => Clause::A11,
        Finding::NotZero { .. } => Clause::A4,
        Finding::Misaligned | Finding::OutOfBounds | Finding::Overlap { .. } => Clause::A18,
        Finding::Header { .. } => Clause::B1,
        Finding::Links { .. } => Clause::B2,
    }
}

/// The call in progress at the end of the run, or the last one.
pub(super) fn moment(run: &ScenarioRun<'_>) -> CallNumber {
    run.transcript.end.moment().map_or_else(
        || CallNumber(u32::try_from(run.transcript.steps.len()).unwrap_or(u32::MAX)),
        |moment| moment.number,
    )
}

/// The clauses that such an end breaks.
pub(super) fn clauses_of_end(run: &ScenarioRun<'_>) -> Vec<Clause> {
    let end = &run.transcript.end;
    let special = end
        .moment()
        .and_then(|moment| special_clause(run.calls, moment.number));
    match end {
        End::Forbidden { name, .. } if is_for_memory(name) => vec![Clause::E1],
        End::Allocated { .. } => vec![Clause::E2],
        End::Missing { moment } => vec![clause_of_function(moment.call.as_ref())],
        End::NotLoaded { crashed: false, .. } => Vec::new(),
        _ if run.injection.environment.is_harsh() => vec![Clause::E3],
        _ => wording::led_by(special, vec![Clause::E4]),
    }
}

/// System calls that get, give back or change memory, and are none of the three that may.
fn is_for_memory(name: &str) -> bool {
    const OTHERS: [&str; 9] = [
        "mremap",
        "mprotect",
        "madvise",
        "msync",
        "mlock",
        "mlockall",
        "remap_file_pages",
        "shmat",
        "memfd_create",
    ];
    OTHERS.contains(&name)
}

/// The clause that rules a call by itself: sizes of zero, NULL, a block that is free already, or a
/// break that somebody else has moved before.
pub(super) fn special_clause(calls: &[Call], number: CallNumber) -> Option<Clause> {
    let index = (number.0 as usize).checked_sub(1)?;
    let foreign = |call: &Call| matches!(call, Call::MoveBreak { .. });
    match *calls.get(index)? {
        _ if calls[..=index].iter().any(foreign) => Some(Clause::E5),
        Call::Malloc { size: 0 } => Some(Clause::A1),
        Call::Calloc { count, size } => match count.checked_mul(size) {
            Some(0) => Some(Clause::A3),
            Some(_) => None,
            None => Some(Clause::A5),
        },
        Call::Free {
            pointer: Pointer::Null,
        } => Some(Clause::A6),
        Call::Realloc { size: 0, .. } => Some(Clause::A9),
        Call::Realloc {
            pointer: pointer @ Pointer::Of(_),
            ..
        } if is_freed(&calls[..index], pointer) => Some(Clause::A10),
        _ => None,
    }
}

fn is_freed(calls: &[Call], block: Pointer) -> bool {
    calls.iter().any(|call| match *call {
        Call::Free { pointer } | Call::Realloc { pointer, size: 0 } => pointer == block,
        _ => false,
    })
}

/// The clause that first asks for a function.
const fn clause_of_function(call: Option<&Call>) -> Clause {
    match call {
        Some(Call::Malloc { .. }) => Clause::A2,
        Some(Call::Calloc { .. }) => Clause::A4,
        Some(Call::Realloc { .. }) => Clause::A9,
        Some(Call::Free { .. }) => Clause::A7,
        Some(Call::MoveBreak { .. }) | None => Clause::E4,
    }
}
