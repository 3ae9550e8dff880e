use crate::judge::situation::Situation;
use crate::judge::why::{Placed, Why};
use crate::model::How;
use crate::types::{Block, Clause, Layout, Place, State};

/// Why the blocks differ.
pub(in crate::judge) fn of_layout(situation: &Situation<'_>) -> (Vec<Clause>, Why) {
    let seen = match &situation.seen().layout {
        Layout::Undecodable { at, reason, .. } => {
            let why = Why::Undecodable {
                at: *at,
                reason: reason.clone(),
            };
            return (vec![Clause::B1, Clause::B2], why);
        }
        Layout::Blocks(blocks) => blocks,
    };
    let difference = situation
        .after
        .iter()
        .zip(seen)
        .find(|((_, expected), seen)| expected != *seen);
    match difference {
        Some(((start, expected), seen)) => of_block(situation, (*start, *expected), *seen),
        None if situation.after.len() == seen.len() => (vec![Clause::B2], Why::Unlinked),
        None => {
            let start = situation
                .after
                .get(seen.len())
                .map_or(0, |(start, _)| *start);
            (vec![Clause::B2], Why::OtherLayout { start })
        }
    }
}

fn of_block(situation: &Situation<'_>, expected: Placed, seen: Block) -> (Vec<Clause>, Why) {
    let (start, block) = expected;
    if seen.size == block.size {
        return of_state(situation, expected);
    }
    let mine = situation.expected.result == Some(Place::Heap(start + situation.profile.header));
    let larger = seen.size > block.size;
    match (mine, larger) {
        (true, true) => {
            let seen = seen.size;
            (
                split_clauses(situation),
                Why::NotSplit {
                    block: expected,
                    seen,
                },
            )
        }
        (true, false) => {
            let seen = seen.size;
            (
                split_clauses(situation),
                Why::SplitTooSmall {
                    block: expected,
                    seen,
                },
            )
        }
        (false, _) if block.state != State::Free => (vec![Clause::B1], Why::OtherLayout { start }),
        (false, true) => {
            let why = Why::CoalescedTooMuch {
                start,
                expected: block.size,
                seen: seen.size,
            };
            (coalescing_clauses(situation, start, seen.size), why)
        }
        (false, false) => {
            let why = Why::NotCoalesced {
                start,
                expected: block.size,
                seen: seen.size,
            };
            (uncoalesced_clauses(situation, start), why)
        }
    }
}

fn of_state(situation: &Situation<'_>, (start, block): Placed) -> (Vec<Clause>, Why) {
    let size = block.size;
    if block.state != State::Free {
        return (vec![Clause::B1], Why::NotMarkedUsed { start, size });
    }
    let clause = if situation.account.moved {
        if situation.account.how == How::Mapped {
            Clause::A13
        } else {
            Clause::A16
        }
    } else {
        Clause::A7
    };
    (vec![clause], Why::NotMarkedFree { start, size })
}

fn split_clauses(situation: &Situation<'_>) -> Vec<Clause> {
    match situation.account.how {
        How::Kept => vec![Clause::A12, Clause::C6],
        How::Merged => vec![Clause::A15, Clause::C6],
        How::Took { .. } if situation.account.preallocated => vec![Clause::C1, Clause::C6],
        How::Extended { .. } | How::Appended => vec![Clause::C7],
        How::GrewLast => vec![Clause::A14],
        _ => vec![Clause::C6],
    }
}

/// Free blocks were merged into one of `size` bytes at `start`, at a call that does not do it.
fn coalescing_clauses(situation: &Situation<'_>, start: u64, size: u64) -> Vec<Clause> {
    match situation.account.how {
        // It was free when the search began.
        _ if situation.moves_within_heap() && lies_in(situation.old, start, size) => {
            vec![Clause::A16, Clause::C2]
        }
        How::Kept => vec![Clause::A12, Clause::C2],
        How::Merged => vec![Clause::A15, Clause::C2],
        How::GrewLast => vec![Clause::A14, Clause::C2],
        _ => vec![Clause::C2, Clause::C3],
    }
}

/// Whether the payload at `place` begins in the block of `size` bytes at `start`.
fn lies_in(place: Place, start: u64, size: u64) -> bool {
    matches!(place, Place::Heap(payload) if payload > start && payload - start <= size)
}

/// Free blocks were not merged at a call that does it.
fn uncoalesced_clauses(situation: &Situation<'_>, start: u64) -> Vec<Clause> {
    let resized =
        situation.account.moved && situation.old == Place::Heap(start + situation.profile.header);
    if resized {
        vec![Clause::A15, Clause::A16]
    } else {
        vec![Clause::C3, Clause::C2]
    }
}
