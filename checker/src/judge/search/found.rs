//! What was chosen, with its evidence, and mistakes without a name for the calls that are left.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::{Search, Wrong};
use crate::judge::cause::{Cause, FEW, Found, Scope};
use crate::judge::{Run, case};
use crate::spec::Mistake;
use crate::types::Call;

impl Search<'_, '_> {
    pub(super) fn found(&self, runs: &[Run<'_>]) -> Vec<Found> {
        let left = self.wrong.iter().filter(|wrong| !self.is_explained(wrong));
        let left = left.map(|wrong| (wrong.position, self.unnamed(runs, wrong.position)));
        let left: BTreeMap<usize, Cause> = left.collect();
        let elsewhere = left.iter().filter(|(at, _)| !self.has_gap(**at));
        let elsewhere: BTreeSet<Cause> = elsewhere.map(|(_, cause)| *cause).collect();
        let ranks = self.ranks();
        let mut by_cause: BTreeMap<(Cause, Scope), Vec<usize>> = BTreeMap::new();
        for wrong in &self.wrong {
            let position = wrong.position;
            let causes = match left.get(&position) {
                None => self.explained_by(wrong, &ranks),
                // A mistake that is made without a gap in the heap too has nothing to do with gaps.
                Some(unnamed) if !self.has_gap(position) || elsewhere.contains(unnamed) => {
                    vec![(*unnamed, Scope::Everywhere)]
                }
                // All other calls on a heap with a gap go wrong because of the gap.
                Some(_) => {
                    let gap = (Cause::Known(Mistake::GapIgnored), Scope::Everywhere);
                    let consulted = &self.seen[position].canonical.differing;
                    vec![self.best(position, consulted, &ranks).unwrap_or(gap)]
                }
            };
            for cause in causes {
                by_cause.entry(cause).or_default().push(position);
            }
        }
        let mut found: Vec<Found> = Vec::new();
        for ((cause, scope), wrong) in by_cause {
            let against = match cause {
                Cause::Known(mistake) => self.hidden((mistake, scope)),
                Cause::Unnamed(..) => 0,
            };
            let situations = wrong.len() + against;
            let first = self.seen[wrong[0]].run;
            let single = wrong.iter().all(|at| self.seen[*at].run == first);
            found.push(Found {
                cause,
                scope,
                guess: situations < FEW || (single && runs.len() > 1),
                wrong,
                situations,
            });
        }
        found.sort_by_key(|found| (Reverse(found.wrong.len()), found.cause));
        found
    }

    fn has_gap(&self, position: usize) -> bool {
        !self.sight(position).before.heap.gaps.is_empty()
    }

    /// A wrong call that no known mistake explains, by what is wrong with it.
    fn unnamed(&self, runs: &[Run<'_>], position: usize) -> Cause {
        let seen = &self.seen[position];
        let calls = runs[seen.run].calls;
        let made = calls.get((seen.number.0 as usize).wrapping_sub(1));
        let (complaint, due) = case::told(self.standard, runs, seen);
        Cause::Unnamed(
            complaint.clause,
            made.map_or("", Call::function),
            due.aspect,
        )
    }

    /// How many wrong calls each mistake explains alone.
    fn ranks(&self) -> BTreeMap<Mistake, usize> {
        let mut ranks = BTreeMap::new();
        for wrong in &self.wrong {
            let alone: BTreeSet<Mistake> = wrong.alone().collect();
            for mistake in alone {
                *ranks.entry(mistake).or_default() += 1;
            }
        }
        ranks
    }

    /// Of the mistakes that are made in this call, the one that explains the most calls.
    fn best(
        &self,
        position: usize,
        mistakes: &[Mistake],
        ranks: &BTreeMap<Mistake, usize>,
    ) -> Option<(Cause, Scope)> {
        let made = mistakes.iter().filter_map(|mistake| {
            let scope = self.has(*mistake, position)?;
            Some((*mistake, scope))
        });
        let (mistake, scope) =
            made.min_by_key(|(mistake, _)| Reverse(ranks.get(mistake).copied().unwrap_or(0)))?;
        Some((Cause::Known(mistake), scope))
    }

    /// The known mistakes to which a wrong call is charged.
    fn explained_by(&self, wrong: &Wrong, ranks: &BTreeMap<Mistake, usize>) -> Vec<(Cause, Scope)> {
        let position = wrong.position;
        if let Some(cause) = self.best(position, &wrong.by, ranks) {
            return vec![cause];
        }
        let known = |mistake: &Mistake| {
            let scope = self.has(*mistake, position)?;
            Some((Cause::Known(*mistake), scope))
        };
        let mut sets = wrong.with.iter();
        sets.find_map(|set| set.iter().map(known).collect())
            .unwrap_or_else(|| {
                self.best(position, &wrong.loosely, ranks)
                    .into_iter()
                    .collect()
            })
    }
}
