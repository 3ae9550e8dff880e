use crate::judge::compare::same_system_call;
use crate::judge::situation::Situation;
use crate::judge::why::{Placed, Why};
use crate::model::How;
use crate::types::{Clause, Place, State, SystemCall};

/// Why the system calls differ.
pub(in crate::judge) fn of_system_calls(situation: &Situation<'_>) -> (Vec<Clause>, Why) {
    let expected = &situation.expected.system_calls;
    let seen = &situation.seen().system_calls;
    let same = expected
        .iter()
        .zip(seen)
        .take_while(|(expected, seen)| same_system_call(expected, seen))
        .count();
    let preallocating = situation.account.preallocated && same == 0;
    let differing = (expected.get(same), seen.get(same));
    if is_growth(differing)
        && let Some(wrong) = situation.wrong_move()
    {
        return wrong;
    }
    match differing {
        (_, Some(SystemCall::Brk { delta, .. })) if *delta < 0 => {
            let by = delta.unsigned_abs();
            (vec![Clause::A7], Why::BreakMovedDown { by })
        }
        (Some(SystemCall::Brk { .. }), seen @ (Some(SystemCall::Brk { .. }) | None))
            if preallocating =>
        {
            unpreallocated(situation, seen)
        }
        (Some(SystemCall::Mmap { .. }), Some(SystemCall::Brk { delta, .. }))
            if seen[same..]
                .iter()
                .any(|call| matches!(call, SystemCall::Mmap { .. })) =>
        {
            let clause = if situation.before.is_empty() {
                Clause::C1
            } else {
                Clause::C5
            };
            (vec![clause], Why::BreakMovedForMapping { by: *delta })
        }
        (Some(SystemCall::Mmap { .. }), seen) => of_mapping(situation, seen, expected.get(same)),
        (_, Some(SystemCall::Mmap { .. })) => mapped(situation),
        (Some(unmapping @ SystemCall::Munmap { .. }), seen) => {
            of_unmapping(situation, unmapping, seen)
        }
        (_, Some(SystemCall::Munmap { .. })) => (vec![Clause::D2], Why::NeedlessUnmap),
        (Some(SystemCall::Brk { delta, .. }), seen) => of_growth(situation, *delta, seen),
        (None, Some(SystemCall::Brk { delta, .. })) => grown(situation, *delta),
        (None, None) => (vec![situation.ruling_clause()], Why::OtherSystemCalls),
    }
}

/// Whether the difference is one in how the heap grows.
const fn is_growth(differing: (Option<&SystemCall>, Option<&SystemCall>)) -> bool {
    match differing {
        (Some(SystemCall::Brk { .. }) | None, Some(SystemCall::Brk { delta, .. })) => *delta > 0,
        (Some(SystemCall::Brk { .. }), None) => true,
        _ => false,
    }
}

fn unpreallocated(situation: &Situation<'_>, seen: Option<&SystemCall>) -> (Vec<Clause>, Why) {
    if seen.is_none() && situation.seen().result == Some(Place::Null) {
        return (situation.refused(Clause::C1), Why::Refused);
    }
    let seen = match seen {
        Some(SystemCall::Brk { delta, .. }) => Some(*delta),
        _ => None,
    };
    (vec![Clause::C1], Why::NoPreallocation { seen })
}

fn of_mapping(
    situation: &Situation<'_>,
    seen: Option<&SystemCall>,
    expected: Option<&SystemCall>,
) -> (Vec<Clause>, Why) {
    if let (
        Some(SystemCall::Mmap { request, .. }),
        Some(SystemCall::Mmap {
            request: seen_request,
            ..
        }),
    ) = (expected, seen)
    {
        let why = Why::WrongMapRequest {
            expected: request.length,
            seen: seen_request.length,
        };
        return (vec![Clause::D1], why);
    }
    let clause = situation.mapping_clause();
    if situation.seen().result == Some(Place::Null) {
        return (situation.refused(clause), Why::Refused);
    }
    (vec![clause], Why::HeapInsteadOfMapping)
}

fn mapped(situation: &Situation<'_>) -> (Vec<Clause>, Why) {
    match situation.account.how {
        How::Nothing | How::Failed => (vec![situation.ruling_clause()], Why::NotRefused),
        How::Freed | How::Unmapped => (vec![situation.ruling_clause()], Why::OtherSystemCalls),
        How::Kept | How::GrewLast | How::Merged => (
            vec![situation.ruling_clause(), Clause::A13],
            Why::MovedThough,
        ),
        _ => (vec![situation.mapping_clause()], Why::MappedInsteadOfHeap),
    }
}

fn of_unmapping(
    situation: &Situation<'_>,
    expected: &SystemCall,
    seen: Option<&SystemCall>,
) -> (Vec<Clause>, Why) {
    let clause = if situation.account.moved {
        Clause::A17
    } else {
        Clause::A8
    };
    match (expected, seen) {
        (
            SystemCall::Munmap { length, .. },
            Some(SystemCall::Munmap {
                start,
                length: seen_length,
                ..
            }),
        ) => {
            let why = Why::WrongUnmap {
                expected: *length,
                seen: *seen_length,
                start: *start,
            };
            (vec![Clause::A8, Clause::D2], why)
        }
        _ => (vec![clause, Clause::D2], Why::NotUnmapped),
    }
}

fn of_growth(
    situation: &Situation<'_>,
    expected: i64,
    seen: Option<&SystemCall>,
) -> (Vec<Clause>, Why) {
    let clauses = vec![situation.ruling_clause()];
    match seen {
        Some(SystemCall::Brk { delta, .. }) => {
            let why = Why::WrongGrowth {
                expected,
                seen: *delta,
            };
            (clauses, why)
        }
        _ if situation.seen().result == Some(Place::Null) => {
            (situation.refused(situation.ruling_clause()), Why::Refused)
        }
        _ if situation.account.how == How::GrewLast => (clauses, Why::MovedThough),
        _ => (clauses, Why::NotGrown { expected }),
    }
}

/// The break moved although it should not have.
fn grown(situation: &Situation<'_>, by: i64) -> (Vec<Clause>, Why) {
    match situation.account.how {
        How::Took { start, had } => {
            let best = (start, had);
            let in_one_piece = situation
                .before
                .iter()
                .find(|(_, block)| fits(situation, block.size, block.state));
            match in_one_piece {
                Some(block) => (
                    vec![Clause::C5],
                    Why::BreakMovedThoughFits { block: *block },
                ),
                None if situation.account.preallocated => {
                    (vec![Clause::C1], Why::BreakMovedForNothing { by })
                }
                None => (
                    vec![Clause::C3, Clause::C5],
                    Why::BreakMovedThoughCoalesced {
                        block: free_block(best),
                    },
                ),
            }
        }
        How::Kept | How::Merged => (vec![situation.ruling_clause()], Why::BreakMovedInPlace),
        How::Extended { .. } | How::Appended => {
            (vec![Clause::C7], Why::BreakMovedForNothing { by })
        }
        How::Mapped => (
            vec![situation.mapping_clause()],
            Why::BreakMovedForNothing { by },
        ),
        _ => (
            vec![situation.ruling_clause()],
            Why::BreakMovedForNothing { by },
        ),
    }
}

fn fits(situation: &Situation<'_>, size: u64, state: State) -> bool {
    state == State::Free && size >= situation.aligned()
}

fn free_block((start, size): (u64, u64)) -> Placed {
    let state = State::Free;
    (start, crate::types::Block { size, state })
}
