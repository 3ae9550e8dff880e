//! From wrong calls to mistakes: the smallest set of known mistakes that explains them, with
//! evidence; and what no known mistake explains, grouped by what is wrong.
//!
//! ```text
//! try_singles   which known mistakes explain each wrong call alone
//! choose        the one that explains the most of what is left, and again
//! damage        what may follow from damage to memory is set aside, and taken back at the end
//! together      wrong calls that only several mistakes together explain
//! weigh         what shows too seldom where it could is dropped, and what is needless
//! alike         mistakes that look alike in each call are told apart by other calls
//! found         evidence, and mistakes without a name
//! ```

mod alike;
mod damage;
mod found;
mod together;
mod weigh;

use std::cell::Ref;
use std::collections::BTreeMap;

use super::call::{Explained, Sight, Standard};
use super::cause::{Causes, Scope, is_nearly_all};
use super::evidence::{Evidence, name_of};
use super::{Judged, Run, Seen, Verdict};
use crate::spec::Mistake;

/// A mistake must have shown in this part of its situations. The same holds for the situations in
/// which no other mistake explains the call.
const LEAST_RATIO: f64 = 0.4;

/// What explains the wrong calls.
pub(super) fn causes(
    standard: &Standard<'_>,
    runs: &[Run<'_>],
    seen: &[Seen<'_>],
    calls: &[Judged],
    evidence: &Evidence,
    known: &[Mistake],
    thorough: bool,
) -> Causes {
    let mut search = Search::new(standard, seen, calls, evidence, known);
    search.try_singles();
    search.choose();
    // Once more without what may follow from damage that is known by now.
    let later = search.set_aside(calls);
    search.chosen.clear();
    if thorough {
        search.try_together();
    }
    search.choose();
    search.settle(1, thorough);
    search.refine();
    search.weigh(1, thorough);
    let unknown = search.take_back(later);
    search.refine();
    Causes {
        mistakes: search.found(runs),
        unknown,
    }
}

/// A wrong call and what explains it.
struct Wrong {
    /// In the list of all judged calls.
    position: usize,
    /// Each alone, exactly.
    by: Vec<Mistake>,
    /// Each alone, loosely.
    loosely: Vec<Mistake>,
    /// Sets of mistakes that are made together.
    with: Vec<Vec<Mistake>>,
    /// The chosen mistakes with which others were tried.
    tried: Vec<Mistake>,
}

impl Wrong {
    /// Each mistake that explains it alone, exactly or loosely.
    fn alone(&self) -> impl Iterator<Item = Mistake> {
        self.by.iter().chain(&self.loosely).copied()
    }
}

struct Search<'s, 'a> {
    standard: &'s Standard<'s>,
    seen: &'s [Seen<'a>],
    /// For each mistake, the right calls in which it could have changed a decision.
    consulted: BTreeMap<Mistake, Vec<usize>>,
    wrong: Vec<Wrong>,
    chosen: Vec<(Mistake, Scope)>,
    /// What was chosen once, and shows too seldom where it could.
    refuted: Vec<(Mistake, Scope)>,
    evidence: &'s Evidence,
    /// Mistakes that the submission is known to make.
    known: &'s [Mistake],
    /// Whether a mistake counts only where it explains a call exactly.
    exactly: bool,
}

impl<'s, 'a> Search<'s, 'a> {
    fn new(
        standard: &'s Standard<'s>,
        seen: &'s [Seen<'a>],
        calls: &[Judged],
        evidence: &'s Evidence,
        known: &'s [Mistake],
    ) -> Self {
        let of = |verdict: Verdict| {
            let all = calls.iter().enumerate();
            all.filter(move |(_, call)| call.verdict == verdict)
                .map(|(at, _)| at)
        };
        let mut consulted: BTreeMap<Mistake, Vec<usize>> = BTreeMap::new();
        for at in of(Verdict::Right).filter(|at| !seen[*at].ways.is_empty()) {
            for mistake in &seen[at].canonical.differing {
                consulted.entry(*mistake).or_default().push(at);
            }
        }
        Self {
            standard,
            seen,
            consulted,
            wrong: of(Verdict::Wrong)
                .map(|position| Wrong {
                    position,
                    by: Vec::new(),
                    loosely: Vec::new(),
                    with: Vec::new(),
                    tried: Vec::new(),
                })
                .collect(),
            chosen: Vec::new(),
            refuted: Vec::new(),
            evidence,
            known,
            exactly: false,
        }
    }

    fn sight(&self, position: usize) -> &Sight<'a> {
        &self.seen[position].sight
    }

    /// Each mistake that the specification consulted on the way, alone.
    fn try_singles(&mut self) {
        for index in 0..self.wrong.len() {
            let position = self.wrong[index].position;
            let mut exactly = Vec::new();
            let mut loosely = Vec::new();
            for &mistake in &self.seen[position].canonical.differing {
                match self.explained(position, &[mistake]) {
                    Some(Explained::Exactly) => exactly.push(mistake),
                    Some(Explained::Loosely) => loosely.push(mistake),
                    None => {}
                }
            }
            let wrong = &mut self.wrong[index];
            wrong.by = exactly;
            wrong.loosely = loosely;
        }
    }

    fn explained(&self, position: usize, set: &[Mistake]) -> Option<Explained> {
        let explain = || {
            let Seen { sight, roomy, .. } = &self.seen[position];
            let said = self.standard.explains(sight, set);
            let roomy = roomy.as_ref().filter(|_| said != Some(Explained::Exactly));
            let roomy = roomy.and_then(|roomy| self.standard.explains(roomy, set));
            roomy.filter(|it| *it == Explained::Exactly).or(said)
        };
        let Some(name) = name_of(set) else {
            return explain();
        };
        let mut known = self.evidence.explained.borrow_mut();
        if known.len() <= position {
            known.resize_with(self.seen.len(), BTreeMap::new);
        }
        *known[position].entry(name).or_insert_with(explain)
    }

    /// In how many calls of a scope that are right the mistake would have shown.
    fn against(&self, mistake: Mistake, scope: Scope) -> usize {
        let against = self.refuting(mistake);
        let here = against.iter().filter(|at| self.is_in(**at, scope));
        here.count()
    }

    /// The right calls in which a mistake would have shown. Some calls equal their golden, but differ
    /// from the specification in what a golden does not hold: they do not count here.
    fn refuting(&self, mistake: Mistake) -> Ref<'_, Vec<usize>> {
        let consulted = self.consulted.get(&mistake);
        let consulted = consulted.filter(|_| !mistake.may_stay_hidden());
        let consulted = consulted.map(Vec::as_slice).unwrap_or_default();
        let mut known = self.evidence.against.borrow_mut();
        let (looked_at, against) = known.entry(mistake).or_default();
        let new = consulted[*looked_at..].iter().copied();
        against.extend(new.filter(|at| self.standard.would_show(self.sight(*at), mistake)));
        *looked_at = consulted.len();
        drop(known);
        Ref::map(self.evidence.against.borrow(), |known| &known[&mistake].1)
    }

    fn is_in(&self, position: usize, scope: Scope) -> bool {
        let call = &self.seen[position];
        scope.holds(&call.sight.request, call.canonical.preallocates())
    }

    /// Whether what is made in a scope is made in a call: at the first use of the heap also where
    /// another mistake is the reason why the heap is used.
    fn is_made_in(&self, position: usize, scope: Scope) -> bool {
        let sight = self.sight(position);
        let begins = sight.after.as_ref().is_some_and(|it| it.heap.started);
        let first = begins && !sight.before.heap.started;
        self.is_in(position, scope) || first && scope == Scope::FirstUse
    }

    /// Whether a mistake is chosen for a call.
    fn has(&self, mistake: Mistake, position: usize) -> Option<Scope> {
        let mut chosen = self.chosen.iter().filter(|(other, _)| *other == mistake);
        chosen
            .find(|(_, scope)| self.is_made_in(position, *scope))
            .map(|(_, scope)| *scope)
    }

    /// Whether what is chosen explains a wrong call.
    fn is_explained(&self, wrong: &Wrong) -> bool {
        let has = |mistake: &Mistake| self.has(*mistake, wrong.position).is_some();
        let together = || wrong.with.iter().any(|set| set.iter().all(has));
        wrong.alone().any(|mistake| has(&mistake)) || together()
    }

    /// Takes the mistake that explains the most of what is left, weighed by how often it showed
    /// where it could, and again.
    fn choose(&mut self) {
        self.choose_often(1);
    }

    /// Chooses mistakes as long as one explains at least `least` calls that nothing explains yet.
    fn choose_often(&mut self, least: usize) {
        while self.choose_one(least) {}
    }

    /// Chooses the best of those mistakes. Returns whether there was one.
    fn choose_one(&mut self, least: usize) -> bool {
        let mut best: Option<(f64, Mistake, Scope)> = None;
        let counts = self.counts();
        let counted = Mistake::ALL.iter().zip(&counts);
        let counted = counted.flat_map(|(mistake, counts)| {
            let scopes = Scope::ALL.iter().zip(counts);
            scopes.map(|(scope, count)| (*mistake, *scope, *count))
        });
        for (mistake, scope, (all, left)) in counted {
            let one = (mistake, scope);
            if left < least || self.chosen.contains(&one) || self.refuted.contains(&one) {
                continue;
            }
            let situations = all + self.against(mistake, scope);
            let ratio = all as f64 / situations as f64;
            let narrow = scope != Scope::Everywhere;
            if ratio < LEAST_RATIO || (narrow && !is_nearly_all(all, situations)) {
                continue;
            }
            let mut score = left as f64 * ratio * ratio * ratio;
            // The wider scope is the simpler one.
            if scope == Scope::Everywhere {
                score *= 1.05;
            }
            if self.known.contains(&mistake) {
                score *= 100.0;
            }
            if best.is_none_or(|(other, ..)| score > other) {
                best = Some((score, mistake, scope));
            }
        }
        let Some((_, mistake, scope)) = best else {
            return false;
        };
        if scope == Scope::Everywhere {
            self.chosen.retain(|(other, _)| *other != mistake);
        }
        self.chosen.push((mistake, scope));
        true
    }

    /// How many wrong calls each mistake explains in each scope, and how many of them are not
    /// explained yet.
    fn counts(&self) -> Vec<[(usize, usize); Scope::ALL.len()]> {
        let mut counts = vec![[(0, 0); Scope::ALL.len()]; Mistake::ALL.len()];
        for wrong in &self.wrong {
            let new = !self.is_explained(wrong);
            let scopes = Scope::ALL.map(|scope| self.is_in(wrong.position, scope));
            for mistake in self.candidates(wrong) {
                let counts = counts[mistake as usize].iter_mut().zip(scopes);
                for ((all, left), _) in counts.filter(|(_, here)| *here) {
                    *all += 1;
                    *left += usize::from(new);
                }
            }
        }
        counts
    }

    /// The mistakes that explain a wrong call, alone or as the last one of several.
    fn candidates(&self, wrong: &Wrong) -> Vec<Mistake> {
        let has = |mistake: &Mistake| self.has(*mistake, wrong.position).is_some();
        // What explains a call loosely counts only where nothing does exactly, or where it is
        // known to be made.
        let all_loose = wrong.by.is_empty() && !self.exactly;
        let loosely = wrong.loosely.iter().copied();
        let loosely = loosely.filter(|it| all_loose || self.known.contains(it));
        let mut candidates: Vec<Mistake> = wrong.by.iter().copied().chain(loosely).collect();
        let missing = |set: &Vec<Mistake>| -> Vec<Mistake> {
            set.iter().copied().filter(|it| !has(it)).collect()
        };
        let missing: Vec<Vec<Mistake>> = wrong.with.iter().map(missing).collect();
        let single = missing.iter().any(|set| set.len() == 1);
        let missing = missing.iter().filter(|set| !single || set.len() == 1);
        candidates.extend(missing.flatten());
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }

    /// The mistakes that are chosen for a call.
    fn chosen_at(&self, position: usize) -> Vec<Mistake> {
        let chosen = self.chosen.iter().map(|(mistake, _)| *mistake);
        let here = chosen.filter(|mistake| self.has(*mistake, position).is_some());
        here.collect()
    }
}
