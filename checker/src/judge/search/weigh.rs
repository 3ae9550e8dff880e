//! Drops mistakes that were chosen: what shows too seldom where it could, and what is needless
//! because the others explain the same calls.

use super::{LEAST_RATIO, Search, Wrong};
use crate::judge::call::Explained;
use crate::judge::cause::{FEW, Scope};
use crate::spec::{Mistake, Needs};
use crate::types::End;

/// When so many names were refuted, no others are looked for.
const MOST_REFUTED: usize = 12;

impl Search<'_, '_> {
    /// Drops what is too weak, then what is needless, and looks again at what is left.
    pub(super) fn settle(&mut self, least: usize, together: bool) {
        self.weigh(least, together);
        self.prune();
        self.weigh(least, together);
    }

    /// Drops what would have shown more often than it explains a call, as the others are made; the
    /// weakest first. After each, other mistakes may explain its calls.
    pub(super) fn weigh(&mut self, least: usize, together: bool) {
        while let Some(one) = self.weakest() {
            self.chosen.retain(|other| *other != one);
            self.refuted.push(one);
            if self.refuted.len() > MOST_REFUTED {
                continue;
            }
            self.choose_often(least);
            if together {
                self.try_with_chosen(1);
            }
            self.prune();
        }
    }

    /// Drops what the others explain as well, each alone or together.
    fn prune(&mut self) {
        for mistake in self.chosen.clone().into_iter().rev() {
            let all = self.chosen.clone();
            let explained: Vec<usize> = (0..self.wrong.len())
                .filter(|&at| self.is_explained(&self.wrong[at]))
                .collect();
            self.chosen.retain(|other| *other != mistake);
            if !explained
                .into_iter()
                .all(|at| self.is_explained_together(at))
            {
                self.chosen = all;
            }
        }
    }

    /// Whether what is chosen explains a wrong call, all of it or two of them, if only loosely where
    /// nothing does exactly.
    fn is_explained_together(&mut self, index: usize) -> bool {
        let wrong = &self.wrong[index];
        if self.is_explained(wrong) {
            return true;
        }
        let least = match wrong.by.is_empty() {
            true => Explained::Loosely,
            false => Explained::Exactly,
        };
        let position = wrong.position;
        let here = self.chosen_at(position);
        let firsts = here.iter().enumerate();
        let pairs =
            firsts.flat_map(|(at, one)| here[at + 1..].iter().map(|other| vec![*one, *other]));
        let sets = std::iter::once(here.clone()).chain(pairs);
        let mut sets = sets.filter(|set| set.len() > 1);
        let Some(set) = sets.find(|set| self.explained(position, set) >= Some(least)) else {
            return false;
        };
        let needed = self.needed(position, set);
        self.wrong[index].with.push(needed);
        true
    }

    /// The chosen mistake that the least speaks for, if that is too little.
    fn weakest(&self) -> Option<(Mistake, Scope)> {
        let mut weakest = None;
        let mut least = 0.0;
        for one in &self.chosen {
            let spare = self.spare(*one);
            if spare < least && !self.known.contains(&one.0) {
                (least, weakest) = (spare, Some(*one));
            }
        }
        weakest
    }

    /// By how much a chosen mistake shows more often, of the calls in which only it does or would,
    /// than it must.
    fn spare(&self, one: (Mistake, Scope)) -> f64 {
        let explained = self.wrong.iter().filter(|wrong| self.is_explained(wrong));
        let only: Vec<&Wrong> = explained
            .filter(|wrong| self.without(one, wrong).is_none())
            .collect();
        // What the others explain as well is not too weak, but needless.
        if only.is_empty() {
            return 0.0;
        }
        // A few calls by chance look like anything, once there is memory that can be damaged.
        let single = only.len() == 1 && self.is_damaged_beside(one) && {
            let before = &self.sight(only[0].position).before;
            before.heap.started || !before.mappings.is_empty()
        };
        let fits = |wrong: &&Wrong| self.fits(one, wrong, single);
        if only.len() < FEW && !only.iter().any(fits) {
            return -1.0;
        }
        let count = only.len() as f64;
        count / (count + self.hidden(one) as f64) - LEAST_RATIO
    }

    /// Whether a wrong call that only one of the chosen mistakes explains can be that, although the
    /// others are made too. `single`: whether it is one call, and memory is damaged by another mistake.
    fn fits(&self, one: (Mistake, Scope), wrong: &Wrong, single: bool) -> bool {
        let position = wrong.position;
        // Damaged memory shows in many ways, but seldom where a mistake needs more to show.
        let single = single && one.0.needs() == Needs::Nothing;
        if single && matches!(self.sight(position).end, Some(End::Signal { .. })) {
            return false;
        }
        let chosen = self.chosen_at(position);
        let mut others = chosen.iter().filter(|other| **other != one.0);
        let mut sets = wrong.with.iter();
        let set = match wrong.by.contains(&one.0) {
            true => vec![one.0],
            false => match sets.find(|set| set.iter().all(|it| chosen.contains(it))) {
                Some(set) => set.clone(),
                None => return !single,
            },
        };
        !others.any(|other| !set.contains(other) && self.excludes(position, &set, *other))
    }

    /// Whether another mistake damages memory, so that a call may go wrong for no reason of its own.
    fn is_damaged_beside(&self, one: (Mistake, Scope)) -> bool {
        let mut others = self.chosen.iter().filter(|other| **other != one);
        others.any(|(other, _)| other.corrupts())
    }

    /// The chosen mistakes that explain a wrong call if one of them is left out.
    fn without(&self, one: (Mistake, Scope), wrong: &Wrong) -> Option<Vec<Mistake>> {
        let has = |mistake: &Mistake| {
            let mut chosen = self.chosen.iter().filter(|it| **it != one);
            chosen.any(|(other, scope)| other == mistake && self.is_in(wrong.position, *scope))
        };
        let alone = |mistakes: &[Mistake]| mistakes.iter().find(|it| has(it)).map(|it| vec![*it]);
        let together = || wrong.with.iter().find(|set| set.iter().all(has)).cloned();
        alone(&wrong.by)
            .or_else(together)
            .or_else(|| alone(&wrong.loosely))
    }

    /// In how many calls a chosen mistake would have shown and did not, as the others are made.
    pub(super) fn hidden(&self, one: (Mistake, Scope)) -> usize {
        let (mistake, scope) = one;
        let against = self.refuting(mistake);
        let right = against.iter().filter(|at| {
            let together = || self.explained(**at, &self.chosen_at(**at)).is_some();
            self.is_in(**at, scope) && !together()
        });
        let wrong = self.wrong.iter().filter(|wrong| {
            let names = wrong.alone().chain(wrong.with.iter().flatten().copied());
            let here = self.is_in(wrong.position, scope) && !mistake.may_stay_hidden();
            let others = self.without(one, wrong).filter(|_| here);
            let others = others.filter(|_| !names.into_iter().any(|it| it == mistake));
            others.is_some_and(|set| self.excludes(wrong.position, &set, mistake))
        });
        right.count() + wrong.count()
    }

    /// Whether a call that a set explains would have been another one with a further mistake.
    fn excludes(&self, position: usize, set: &[Mistake], further: Mistake) -> bool {
        let explains = |set: &[Mistake]| self.explained(position, set);
        explains(set) == Some(Explained::Exactly)
            && explains(&[set, &[further]].concat()).is_none()
            && explains(&[&[further], set].concat()).is_none()
    }
}
