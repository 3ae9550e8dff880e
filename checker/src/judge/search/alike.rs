//! Mistakes that look alike call by call are told apart by what other calls do.

use super::{Search, Seen};
use crate::judge::cause::Scope;
use crate::spec::{Mistake, Request};
use crate::types::Place;

impl Search<'_, '_> {
    /// Renames what was chosen where other calls show that it is another mistake.
    pub(super) fn refine(&mut self) {
        if self.is_chosen(Mistake::NeverCoalesces) {
            self.rename(Mistake::NeverCoalesces, coalescing(self.seen));
        }
        if self.is_chosen(Mistake::FreeUnlinks) {
            // A block that has left the list lies in memory as a free one that is not found.
            for seeming in [
                Mistake::FirstNeverSearched,
                Mistake::OnlyLastBlock,
                Mistake::FreeLastNotGrown,
                Mistake::NoCoalescingInMalloc,
            ] {
                self.rename(seeming, Mistake::FreeUnlinks);
            }
        }
    }

    fn is_chosen(&self, mistake: Mistake) -> bool {
        self.chosen.contains(&(mistake, Scope::Everywhere))
    }

    /// Takes one mistake for another, wherever it is made.
    fn rename(&mut self, from: Mistake, to: Mistake) {
        let rename = |mistake: &mut Mistake| {
            if *mistake == from {
                *mistake = to;
            }
        };
        if from != to && self.is_chosen(to) {
            self.chosen.retain(|(mistake, _)| *mistake != from);
        }
        self.chosen.iter_mut().for_each(|(it, _)| rename(it));
        for wrong in &mut self.wrong {
            wrong.by.iter_mut().for_each(rename);
            wrong.loosely.iter_mut().for_each(rename);
            wrong.with.iter_mut().flatten().for_each(rename);
        }
    }
}

/// Which mistake it is that free blocks are not coalesced before a search. This depends on what
/// `os_free` does with a free neighbour on each side.
fn coalescing(seen: &[Seen<'_>]) -> Mistake {
    let (mut forward, mut backward) = ((0, 0), (0, 0));
    for call in seen {
        let Request::Free {
            target: Place::Heap(payload),
        } = call.sight.request
        else {
            continue;
        };
        let (before, Some(after)) = (&call.sight.before.heap, &call.sight.after) else {
            continue;
        };
        let header = before.header();
        let Some(at) = payload
            .checked_sub(header)
            .and_then(|start| before.at(start))
        else {
            continue;
        };
        if before.next_is_free(at) {
            let next = before.blocks[at + 1].start;
            forward.1 += 1;
            forward.0 += usize::from(after.heap.at(next).is_none());
        }
        if at > 0 && before.blocks[at - 1].free && before.adjoins(at - 1) {
            backward.1 += 1;
            backward.0 += usize::from(after.heap.at(before.blocks[at].start).is_none());
        }
    }
    let does = |(merged, all): (usize, usize)| merged * 2 > all;
    match (does(forward), does(backward)) {
        (true, true) => Mistake::CoalescesOnlyAtFree,
        (true, false) => Mistake::CoalescesForwardOnly,
        (false, true) => Mistake::CoalescesBackwardOnly,
        (false, false) => Mistake::NeverCoalesces,
    }
}
