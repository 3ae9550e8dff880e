//! What may follow from damage to memory is set aside while mistakes are looked for.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use super::{Search, Wrong};
use crate::judge::Judged;
use crate::spec::{Mistake, Needs};
use crate::types::Finding;

/// Where memory was damaged before, a mistake must explain this many calls to be named.
const OFTEN: usize = 4;

impl Search<'_, '_> {
    /// Takes out the wrong calls of runs in which headers or blocks were damaged before: what is
    /// wrong with them may follow from that.
    pub(super) fn set_aside(&mut self, calls: &[Judged]) -> Vec<Wrong> {
        let mut damaged: BTreeMap<usize, u32> = BTreeMap::new();
        for wrong in &self.wrong {
            let call = &calls[wrong.position];
            let chosen = |mistake: &Mistake| self.has(*mistake, wrong.position).is_some();
            let mut chosen = wrong.alone().filter(chosen);
            if self.sight(wrong.position).findings.iter().any(corrupts)
                || chosen.any(|mistake| mistake.corrupts())
            {
                let first = damaged.entry(call.run).or_insert(call.number.0);
                *first = (*first).min(call.number.0);
            }
        }
        let seen = self.seen;
        // A run with system calls that fail is judged from there on: what came before is not seen.
        // No break is moved by other code in such a run.
        let corrupts =
            |mistake: Mistake| mistake.corrupts() && mistake.needs() != Needs::ForeignBreak;
        let corrupting = self.chosen.iter().any(|(mistake, _)| corrupts(*mistake));
        let follows = |wrong: &Wrong| {
            let call = &calls[wrong.position];
            let injected = seen[wrong.position].sight.injected;
            (injected && corrupting)
                || damaged
                    .get(&call.run)
                    .is_some_and(|first| call.number.0 > *first)
        };
        let (later, kept) = mem::take(&mut self.wrong).into_iter().partition(follows);
        self.wrong = kept;
        later
    }

    /// Puts back those that mistakes explain which show often, or that are chosen already; the
    /// positions of the others.
    pub(super) fn take_back(&mut self, later: Vec<Wrong>) -> Vec<usize> {
        let put_back: BTreeSet<usize> = later.iter().map(|wrong| wrong.position).collect();
        self.wrong.extend(later);
        self.exactly = true;
        self.choose_often(OFTEN);
        self.try_with_chosen(OFTEN);
        self.settle(OFTEN, false);
        self.exactly = false;
        let all = mem::take(&mut self.wrong);
        let stays = |wrong: &Wrong| !put_back.contains(&wrong.position) || self.is_explained(wrong);
        let (kept, gone): (Vec<Wrong>, Vec<Wrong>) = all.into_iter().partition(stays);
        self.wrong = kept;
        self.wrong.sort_by_key(|wrong| wrong.position);
        gone.into_iter().map(|wrong| wrong.position).collect()
    }
}

/// Whether a finding tells of memory in which headers may be damaged too.
const fn corrupts(finding: &Finding) -> bool {
    matches!(
        finding,
        Finding::PayloadChanged { .. }
            | Finding::Overlap { .. }
            | Finding::OutOfBounds
            | Finding::Misaligned
    )
}
