//! Mistakes that explain calls together: all that were chosen, or those and another one.

use std::collections::HashMap;
use std::mem;

use super::{Search, Seen};
use crate::judge::call::Explained;
use crate::spec::{Mistake, points};

/// So many wrong calls are tried with pairs of mistakes that have no other evidence.
const MOST_PAIRED: usize = 10;
/// So many wrong calls are tried with what is chosen and another mistake, each time one is chosen.
const MOST_TOGETHER: usize = 20;
/// A call that consults more mistakes than this is not tried with all pairs of them.
const MOST_CONSULTED: usize = 40;

impl Search<'_, '_> {
    /// Looks for mistakes that explain a call together. Those that explain it exactly come first.
    pub(super) fn try_together(&mut self) {
        self.exactly = true;
        self.choose();
        self.try_with_chosen(1);
        self.exactly = false;
        self.try_with_chosen(1);
        self.try_pairs();
        self.choose();
        self.try_with_chosen(1);
    }

    /// Calls that the chosen mistakes explain together, or with one more that explains at least
    /// `least` of them; again as long as that finds one.
    pub(super) fn try_with_chosen(&mut self, least: usize) {
        loop {
            let mut open = Vec::new();
            for index in 0..self.wrong.len() {
                let wrong = &self.wrong[index];
                if self.is_explained(wrong) {
                    continue;
                }
                let position = wrong.position;
                let here = self.chosen_at(position);
                if here.is_empty() || here == wrong.tried {
                    continue;
                }
                self.wrong[index].with = self.all_together(position, &here);
                if self.wrong[index].with.is_empty() {
                    open.push((index, here));
                }
            }
            for (index, here) in self.varied(open).into_iter().take(MOST_TOGETHER) {
                self.wrong[index].with = self.with_chosen(self.wrong[index].position, &here);
                self.wrong[index].tried = here;
            }
            if !self.choose_one(least) {
                return;
            }
        }
    }

    /// First one wrong call of each kind, then a second one of each, and so on.
    fn varied<T>(&self, mut calls: Vec<(usize, T)>) -> Vec<(usize, T)> {
        let mut counts: HashMap<_, usize> = HashMap::new();
        calls.sort_by_cached_key(|(index, _)| {
            let Seen {
                sight, canonical, ..
            } = &self.seen[self.wrong[*index].position];
            let asks_the_same = canonical.system_calls.len() == sight.system_calls.len();
            let returns_the_same = canonical.result == sight.result;
            let clauses = canonical.clauses();
            let function = mem::discriminant(&sight.request);
            let kind = (function, clauses, asks_the_same, returns_the_same);
            let count = counts.entry(kind).or_default();
            *count += 1;
            *count
        });
        calls
    }

    /// The set of all of `chosen`, if together they explain a call in one of two orders.
    fn all_together(&self, position: usize, chosen: &[Mistake]) -> Vec<Vec<Mistake>> {
        let reversed: Vec<Mistake> = chosen.iter().rev().copied().collect();
        let mut orders = [chosen.to_vec(), reversed].into_iter();
        let together = |set: &Vec<Mistake>| self.explained(position, set).is_some();
        let set = orders.find(|set| set.len() > 1 && together(set));
        set.map(|set| self.needed(position, set))
            .into_iter()
            .collect()
    }

    /// Sets of mistakes that explain a call: all or one of `chosen` with another.
    fn with_chosen(&self, position: usize, chosen: &[Mistake]) -> Vec<Vec<Mistake>> {
        let mut with = self.with_another(position, chosen);
        if with.is_empty() && chosen.len() > 1 {
            let alone = chosen.iter();
            with = alone
                .flat_map(|first| self.with_another(position, &[*first]))
                .collect();
        }
        with
    }

    /// Sets of `base` and another mistake that explain a call.
    fn with_another(&self, position: usize, base: &[Mistake]) -> Vec<Vec<Mistake>> {
        let stepped = self.standard.step(self.sight(position), &[], base, true);
        let mut others = stepped.differing;
        others.extend(&self.seen[position].canonical.differing);
        others.sort_unstable();
        others.dedup();
        others.retain(|other| !base.contains(other));
        // A mistake may undo what another decides: which of them comes first is not known. Those
        // that decide nothing in common do the same in any order.
        let decided = points(base);
        let meets = |other: Mistake| decided & points(&[other]) != 0;
        let sets = others.into_iter().flat_map(|other| {
            let first = [&[other], base].concat();
            let last = [base, &[other]].concat();
            let orders = [last, first].into_iter();
            orders.take(1 + usize::from(meets(other)))
        });
        let mut with: Vec<Vec<Mistake>> = sets
            .filter(|set| self.explained(position, set) == Some(Explained::Exactly))
            .map(|set| self.needed(position, set))
            .collect();
        with.dedup();
        with
    }

    /// Those of a set without which a call is not explained as well.
    pub(super) fn needed(&self, position: usize, mut set: Vec<Mistake>) -> Vec<Mistake> {
        let explained = self.explained(position, &set);
        for mistake in set.clone() {
            let mut others = set.clone();
            others.retain(|other| *other != mistake);
            if !others.is_empty() && self.explained(position, &others) >= explained {
                set = others;
            }
        }
        set
    }

    /// Tries pairs of mistakes for the first calls that nothing explains yet.
    fn try_pairs(&mut self) {
        let left: Vec<usize> = (0..self.wrong.len())
            .filter(|&at| !self.is_explained(&self.wrong[at]) && self.wrong[at].with.is_empty())
            .collect();
        for index in left.into_iter().take(MOST_PAIRED) {
            let position = self.wrong[index].position;
            let consulted = &self.seen[position].canonical.differing;
            if consulted.len() <= MOST_CONSULTED {
                let pairs = consulted.iter();
                self.wrong[index].with = pairs
                    .flat_map(|first| self.with_another(position, &[*first]))
                    .collect();
            }
        }
    }
}
