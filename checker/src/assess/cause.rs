//! From wrong calls to mistakes: the smallest set of known mistakes that explains them, with
//! evidence; and what no known mistake explains, grouped by what is wrong.

use std::collections::BTreeMap;

use super::call::{Aspect, Explained, Sight, Standard};
use super::{Judged, Run, Seen, Verdict};
use crate::spec::Mistake;
use crate::types::{Call, Clause};

/// What makes calls wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// A mistake of the catalogue.
    Known(Mistake),
    /// None of them: calls that break this clause, of this function, in this way.
    Unnamed(Clause, &'static str, Aspect),
}

/// A mistake of the submission.
#[derive(Clone, Debug)]
pub struct Found {
    /// What it is.
    pub cause: Cause,
    /// The wrong calls that it explains, as positions in the list of all judged calls.
    pub wrong: Vec<usize>,
    /// Calls in which it could have shown, those included.
    pub situations: usize,
    /// Whether it rests on little: few situations, or one scenario.
    pub guess: bool,
}

impl Found {
    /// The clause that it breaks.
    #[must_use]
    pub const fn clause(&self) -> Clause {
        match self.cause {
            Cause::Known(mistake) => mistake.clause(),
            Cause::Unnamed(clause, ..) => clause,
        }
    }
}

/// Of the situations of a mistake, it must have shown in so many.
const LEAST_RATIO: f64 = 0.34;
/// Fewer situations than this make a guess.
const FEW: usize = 3;
/// So many wrong calls are tried with pairs of mistakes that have no other evidence.
const MOST_PAIRED: usize = 24;
/// A call that consults more mistakes than this is not tried with all pairs of them.
const MOST_CONSULTED: usize = 40;

/// What explains the wrong calls.
pub(super) fn causes(
    standard: &Standard<'_>,
    runs: &[Run<'_>],
    seen: &[Seen<'_>],
    calls: &[Judged],
) -> (Vec<Found>, Vec<usize>) {
    let mut search = Search::new(standard, seen, calls);
    search.try_singles();
    search.choose();
    search.try_with_chosen();
    search.choose();
    search.try_pairs();
    search.choose();
    search.prune();
    search.refine();
    let unknown = search.give_up(calls);
    (search.found(runs, calls), unknown)
}

/// A wrong call and what explains it.
struct Wrong {
    /// In the list of all judged calls.
    position: usize,
    /// Each alone, or together with others that are listed beside it.
    by: Vec<Mistake>,
    /// Mistakes that must be made together with one of `by`.
    with: Vec<(Mistake, Mistake)>,
    /// Whether `by` holds what explains it loosely only.
    loosely: bool,
}

struct Search<'s, 'a> {
    standard: &'s Standard<'s>,
    seen: &'s [Seen<'a>],
    right: Vec<usize>,
    wrong: Vec<Wrong>,
    chosen: Vec<Mistake>,
    /// How often a mistake would have shown in calls that are right.
    against: BTreeMap<Mistake, usize>,
}

impl<'s, 'a> Search<'s, 'a> {
    fn new(standard: &'s Standard<'s>, seen: &'s [Seen<'a>], calls: &[Judged]) -> Self {
        let of = |verdict: Verdict| {
            let all = calls.iter().enumerate();
            all.filter(move |(_, call)| call.verdict == verdict)
                .map(|(at, _)| at)
        };
        Self {
            standard,
            seen,
            right: of(Verdict::Right).collect(),
            wrong: of(Verdict::Wrong)
                .map(|position| Wrong {
                    position,
                    by: Vec::new(),
                    with: Vec::new(),
                    loosely: true,
                })
                .collect(),
            chosen: Vec::new(),
            against: BTreeMap::new(),
        }
    }

    fn sight(&self, position: usize) -> &Sight<'a> {
        &self.seen[position].sight
    }

    /// Each mistake that the specification consulted on the way, alone.
    fn try_singles(&mut self) {
        for index in 0..self.wrong.len() {
            let position = self.wrong[index].position;
            let sight = self.sight(position);
            let mut exactly = Vec::new();
            let mut loosely = Vec::new();
            for &mistake in &self.seen[position].canonical.differing {
                match self.standard.explains(sight, &[mistake]) {
                    Some(Explained::Exactly) => exactly.push(mistake),
                    Some(Explained::Loosely) => loosely.push(mistake),
                    None => {}
                }
            }
            let wrong = &mut self.wrong[index];
            wrong.loosely = exactly.is_empty();
            wrong.by = if exactly.is_empty() { loosely } else { exactly };
        }
    }

    /// Calls that the chosen mistakes explain together, or with one more.
    fn try_with_chosen(&mut self) {
        let chosen = self.chosen.clone();
        for index in 0..self.wrong.len() {
            if !self.wrong[index].by.is_empty() {
                continue;
            }
            let position = self.wrong[index].position;
            let with = self.with_chosen(position, &chosen);
            self.wrong[index].with = with;
        }
    }

    fn with_chosen(&self, position: usize, chosen: &[Mistake]) -> Vec<(Mistake, Mistake)> {
        let sight = self.sight(position);
        let mut with = Vec::new();
        for &first in chosen {
            if !self.seen[position].canonical.differing.contains(&first) {
                continue;
            }
            let stepped = self.standard.step(sight, &[], &[first], true);
            let mut others = stepped.differing;
            others.extend(self.seen[position].canonical.differing.iter().copied());
            others.sort_unstable();
            others.dedup();
            for other in others {
                let explained = other != first
                    && self.standard.explains(sight, &[first, other]) == Some(Explained::Exactly);
                if explained {
                    with.push((first, other));
                    if chosen.contains(&other) {
                        return vec![(first, other)];
                    }
                }
            }
        }
        with
    }

    /// Pairs of mistakes for what is left, where that is little.
    fn try_pairs(&mut self) {
        let left: Vec<usize> = (0..self.wrong.len())
            .filter(|&at| self.wrong[at].by.is_empty() && self.wrong[at].with.is_empty())
            .collect();
        for index in left.into_iter().take(MOST_PAIRED) {
            let position = self.wrong[index].position;
            let consulted = &self.seen[position].canonical.differing;
            if consulted.len() <= MOST_CONSULTED {
                let with = self.with_chosen(position, &consulted.clone());
                self.wrong[index].with = with;
            }
        }
    }

    /// In how many calls that are right the mistake would have shown.
    fn against(&mut self, mistake: Mistake) -> usize {
        if let Some(&known) = self.against.get(&mistake) {
            return known;
        }
        let consulted = |at: &&usize| self.seen[**at].canonical.differing.contains(&mistake);
        let shows = |at: &&usize| self.standard.would_show(self.sight(**at), mistake);
        let against = self.right.iter().filter(consulted).filter(shows).count();
        self.against.insert(mistake, against);
        against
    }

    /// Whether what is chosen explains a wrong call.
    fn is_explained(&self, wrong: &Wrong) -> bool {
        let has = |mistake: &Mistake| self.chosen.contains(mistake);
        wrong.by.iter().any(has) || wrong.with.iter().any(|(one, other)| has(one) && has(other))
    }

    /// Takes the mistake that explains the most of what is left, weighed by how often it showed
    /// where it could, and again.
    fn choose(&mut self) {
        loop {
            let mut counts: BTreeMap<Mistake, (usize, usize)> = BTreeMap::new();
            for wrong in &self.wrong {
                let new = !self.is_explained(wrong);
                let mut candidates = wrong.by.clone();
                for (one, other) in &wrong.with {
                    if self.chosen.contains(one) {
                        candidates.push(*other);
                    } else if self.chosen.contains(other) {
                        candidates.push(*one);
                    } else {
                        candidates.extend([*one, *other]);
                    }
                }
                candidates.sort_unstable();
                candidates.dedup();
                for mistake in candidates {
                    let (all, left) = counts.entry(mistake).or_default();
                    *all += 1;
                    *left += usize::from(new);
                }
            }
            counts.retain(|mistake, (_, left)| *left > 0 && !self.chosen.contains(mistake));
            let mut best: Option<(f64, Mistake)> = None;
            for (mistake, (all, left)) in counts {
                let ratio = all as f64 / (all + self.against(mistake)) as f64;
                if ratio < LEAST_RATIO {
                    continue;
                }
                let score = left as f64 * ratio * ratio * ratio;
                if best.is_none_or(|(other, _)| score > other) {
                    best = Some((score, mistake));
                }
            }
            match best {
                Some((_, mistake)) => self.chosen.push(mistake),
                None => return,
            }
        }
    }

    /// Drops what the others explain as well.
    fn prune(&mut self) {
        for mistake in self.chosen.clone().into_iter().rev() {
            let explained = |search: &Self| {
                let all = search.wrong.iter();
                all.filter(|wrong| search.is_explained(wrong)).count()
            };
            let before = explained(self);
            let all = self.chosen.clone();
            self.chosen.retain(|other| *other != mistake);
            if explained(self) < before {
                self.chosen = all;
            }
        }
    }

    /// Mistakes that look alike call by call are told apart by what other calls do.
    fn refine(&mut self) {
        for mistake in &mut self.chosen {
            if *mistake == Mistake::NeverCoalesces {
                *mistake = coalescing(self.seen);
            }
        }
        if let Some(&refined) = self.chosen.iter().find(|it| is_at_free(**it)) {
            for wrong in &mut self.wrong {
                for by in &mut wrong.by {
                    if *by == Mistake::NeverCoalesces {
                        *by = refined;
                    }
                }
                for (one, other) in &mut wrong.with {
                    for by in [one, other] {
                        if *by == Mistake::NeverCoalesces {
                            *by = refined;
                        }
                    }
                }
            }
        }
    }

    /// Leaves out what nothing explains in a run where memory was damaged before: it may follow
    /// from that. These are the positions.
    fn give_up(&mut self, calls: &[Judged]) -> Vec<usize> {
        let mut damaged: BTreeMap<usize, u32> = BTreeMap::new();
        for wrong in &self.wrong {
            let call = &calls[wrong.position];
            let known = wrong
                .by
                .iter()
                .filter(|mistake| self.chosen.contains(mistake));
            let mut known = known.copied();
            if !self.sight(wrong.position).findings.is_empty()
                || known.any(|it| it.damages() || it.clause() == Clause::E5)
            {
                let first = damaged.entry(call.run).or_insert(call.number.0);
                *first = (*first).min(call.number.0);
            }
        }
        let follows = |search: &Self, wrong: &Wrong| {
            let call = &calls[wrong.position];
            let after = damaged
                .get(&call.run)
                .is_some_and(|first| call.number.0 > *first);
            after && !search.is_explained(wrong)
        };
        let gone: Vec<usize> = self
            .wrong
            .iter()
            .filter(|wrong| follows(self, wrong))
            .map(|wrong| wrong.position)
            .collect();
        self.wrong.retain(|wrong| !gone.contains(&wrong.position));
        gone
    }

    fn found(&mut self, runs: &[Run<'_>], calls: &[Judged]) -> Vec<Found> {
        let mut by_cause: BTreeMap<Cause, Vec<usize>> = BTreeMap::new();
        for wrong in &self.wrong {
            let has = |mistake: &&Mistake| self.chosen.contains(mistake);
            let position = wrong.position;
            if let Some(&mistake) = wrong
                .by
                .iter()
                .filter(has)
                .max_by_key(|it| rank(self, **it))
            {
                by_cause
                    .entry(Cause::Known(mistake))
                    .or_default()
                    .push(position);
                continue;
            }
            let pair = wrong
                .with
                .iter()
                .find(|(one, other)| has(&one) && has(&other));
            if let Some((one, other)) = pair {
                by_cause
                    .entry(Cause::Known(*one))
                    .or_default()
                    .push(position);
                by_cause
                    .entry(Cause::Known(*other))
                    .or_default()
                    .push(position);
                continue;
            }
            by_cause
                .entry(unnamed(runs, &calls[position]))
                .or_default()
                .push(position);
        }
        let mut found: Vec<Found> = Vec::new();
        for (cause, wrong) in by_cause {
            let against = match cause {
                Cause::Known(mistake) => self.against(mistake),
                Cause::Unnamed(..) => 0,
            };
            let situations = wrong.len() + against;
            let first = calls[wrong[0]].run;
            let single = wrong.iter().all(|at| calls[*at].run == first);
            found.push(Found {
                cause,
                guess: situations < FEW || (single && runs.len() > 1),
                wrong,
                situations,
            });
        }
        found.sort_by_key(|found| (std::cmp::Reverse(found.wrong.len()), found.cause));
        found
    }
}

/// The mistake that explains more is the better name for a call that several explain.
fn rank(search: &Search<'_, '_>, mistake: Mistake) -> usize {
    search
        .wrong
        .iter()
        .filter(|wrong| wrong.by.contains(&mistake))
        .count()
}

fn unnamed(runs: &[Run<'_>], call: &Judged) -> Cause {
    let made = runs[call.run]
        .calls
        .get((call.number.0 as usize).wrapping_sub(1));
    let clause = call.complaint.as_ref().map_or(Clause::E4, |it| it.clause);
    let aspect = call.due.as_ref().map_or(Aspect::End, |due| due.aspect);
    Cause::Unnamed(clause, made.map_or("", Call::function), aspect)
}

const fn is_at_free(mistake: Mistake) -> bool {
    matches!(
        mistake,
        Mistake::CoalescesOnlyAtFree
            | Mistake::CoalescesForwardOnly
            | Mistake::CoalescesBackwardOnly
    )
}

/// When free blocks are coalesced, if not before a search: what `os_free` does with a free
/// neighbour on either side.
fn coalescing(seen: &[Seen<'_>]) -> Mistake {
    let (mut forward, mut backward) = ((0, 0), (0, 0));
    for call in seen {
        let crate::spec::Request::Free {
            target: crate::types::Place::Heap(payload),
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
