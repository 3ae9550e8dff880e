use crate::judge::situation::Situation;
use crate::judge::why::{Placed, Why};
use crate::model::How;
use crate::types::{Block, Clause, Place, State};

/// Why the result differs.
pub(in crate::judge) fn of_placement(situation: &Situation<'_>) -> (Vec<Clause>, Why) {
    let seen = situation.seen().result.unwrap_or(Place::Null);
    let expected = situation.expected.result.unwrap_or(Place::Null);
    if let Some(wrong) = situation.wrong_move() {
        return wrong;
    }
    let ruling = vec![situation.ruling_clause()];
    match (expected, seen) {
        (Place::Null, _) => (ruling, Why::NotRefused),
        (_, Place::Null) => (situation.refused(situation.ruling_clause()), Why::Refused),
        (_, Place::Elsewhere) => (vec![Clause::A18], Why::OtherPlace),
        (Place::Mapping(..), Place::Mapping(..)) if seen == situation.old => {
            (vec![Clause::A17], Why::StayedInPlace)
        }
        (Place::Mapping(..), Place::Mapping(..)) => (vec![Clause::A18], Why::OtherPlace),
        (Place::Mapping(..), Place::Heap(_)) => {
            (vec![situation.mapping_clause()], Why::HeapInsteadOfMapping)
        }
        (Place::Heap(_), Place::Mapping(..)) => {
            (vec![situation.mapping_clause()], Why::MappedInsteadOfHeap)
        }
        (Place::Heap(_), Place::Heap(_)) => in_heap(situation, expected, seen),
        (Place::Elsewhere, _) => (ruling, Why::OtherPlace),
    }
}

fn in_heap(situation: &Situation<'_>, expected: Place, seen: Place) -> (Vec<Clause>, Why) {
    if expected == situation.old {
        return (vec![situation.ruling_clause()], Why::MovedThough);
    }
    let How::Took { start, had } = situation.account.how else {
        return (vec![situation.ruling_clause()], Why::OtherPlace);
    };
    let best = (start, free(had));
    let coalesced = situation.block_at(&situation.coalesced(), seen);
    let uncoalesced = situation.block_at(&situation.before, seen);
    match (coalesced, uncoalesced) {
        // Without coalescing it is another block, or the best one is not to be seen.
        (Some(_), Some(_)) if !in_one_piece(situation, start, had) => not_coalesced(seen, best),
        (Some(block), Some((_, piece))) if block.1 == piece && block.1.state == State::Free => {
            (vec![Clause::C4], Why::OtherBlock { seen: block, best })
        }
        (_, Some((_, piece))) if piece.state == State::Free => not_coalesced(seen, best),
        _ => (vec![Clause::C4], Why::OtherPlace),
    }
}

/// Whether the best block was one block already before coalescing.
fn in_one_piece(situation: &Situation<'_>, start: u64, size: u64) -> bool {
    situation
        .before
        .iter()
        .any(|(at, block)| *at == start && block.size == size)
        || situation.account.preallocated
}

fn not_coalesced(seen: Place, best: Placed) -> (Vec<Clause>, Why) {
    let seen = match seen {
        Place::Heap(offset) => offset,
        _ => 0,
    };
    (
        vec![Clause::C3, Clause::C2],
        Why::NotCoalescedBlock { seen, best },
    )
}

const fn free(size: u64) -> Block {
    Block {
        size,
        state: State::Free,
    }
}
