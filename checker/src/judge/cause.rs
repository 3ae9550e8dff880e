//! From wrong calls to mistakes: the smallest set of known mistakes that explains them, with
//! evidence; and what no known mistake explains, grouped by what is wrong.

use std::cell::{Ref, RefCell};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::mem;

use super::call::{Aspect, Explained, Sight, Standard};
use super::{Judged, Run, Seen, Verdict};
use crate::spec::{Mistake, Needs, Request, points};
use crate::types::{Call, Clause, Finding};

/// What makes calls wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// A mistake of the catalogue.
    Known(Mistake),
    /// None of them: calls that break this clause, of this function, in this way.
    Unnamed(Clause, &'static str, Aspect),
}

/// Where a mistake is made, when not everywhere: students write the same thing in several places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Wherever it can show.
    Everywhere,
    /// At the first use of the heap.
    FirstUse,
    /// In `os_malloc`.
    Malloc,
    /// In `os_calloc`.
    Calloc,
    /// In `os_realloc`.
    Realloc,
}

impl Scope {
    /// All scopes, the widest first.
    pub const ALL: [Self; 5] = [
        Self::Everywhere,
        Self::FirstUse,
        Self::Malloc,
        Self::Calloc,
        Self::Realloc,
    ];

    /// Whether a call lies in it: by its function, and whether it is the first that uses the heap.
    #[must_use]
    pub const fn holds(self, request: &Request, first: bool) -> bool {
        match self {
            Self::Everywhere => true,
            Self::FirstUse => first,
            Self::Malloc => matches!(request, Request::Malloc { .. }),
            Self::Calloc => matches!(request, Request::Calloc { .. }),
            Self::Realloc => matches!(request, Request::Realloc { .. }),
        }
    }

    /// What is put after a mistake's name; nothing for everywhere.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Everywhere => "",
            Self::FirstUse => "@first-use",
            Self::Malloc => "@os_malloc",
            Self::Calloc => "@os_calloc",
            Self::Realloc => "@os_realloc",
        }
    }

    /// The end of a sentence that says where; empty for everywhere.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Everywhere => "",
            Self::FirstUse => ", at the first use of the heap",
            Self::Malloc => ", in os_malloc",
            Self::Calloc => ", in os_calloc",
            Self::Realloc => ", in os_realloc",
        }
    }
}

/// A mistake of the submission.
#[derive(Clone, Debug)]
pub struct Found {
    /// What it is.
    pub cause: Cause,
    /// Where it is made.
    pub scope: Scope,
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

    /// The mistake of the catalogue that it is, if it is one.
    #[must_use]
    pub const fn known(&self) -> Option<Mistake> {
        match self.cause {
            Cause::Known(mistake) => Some(mistake),
            Cause::Unnamed(..) => None,
        }
    }

    /// Whether it showed nearly always where it could.
    #[must_use]
    pub const fn is_often(&self) -> bool {
        is_nearly_all(self.wrong.len(), self.situations)
    }

    /// Whether no known mistake explains it.
    pub(super) const fn is_unnamed(&self) -> bool {
        self.known().is_none()
    }
}

/// A mistake must have shown in this part of its situations. The same holds for the situations in
/// which no other mistake explains the call.
const LEAST_RATIO: f64 = 0.4;
/// When so many names were refuted, no others are looked for.
const MOST_REFUTED: usize = 12;
/// Where memory was damaged before, a mistake must explain this many calls to be named.
const OFTEN: usize = 4;
/// Fewer situations than this make a guess.
pub(super) const FEW: usize = 3;
/// So many wrong calls are tried with pairs of mistakes that have no other evidence.
const MOST_PAIRED: usize = 10;
/// So many wrong calls are tried with what is chosen and another mistake, each time one is chosen.
const MOST_TOGETHER: usize = 20;
/// A call that consults more mistakes than this is not tried with all pairs of them.
const MOST_CONSULTED: usize = 40;

/// Nine of ten. A mistake that shows less often is looked for in a narrower scope.
const fn is_nearly_all(part: usize, all: usize) -> bool {
    part * 10 >= all * 9
}

/// What explains the wrong calls of a submission.
pub(super) struct Causes {
    pub(super) mistakes: Vec<Found>,
    /// The positions of wrong calls of which nothing can be said.
    pub(super) unknown: Vec<usize>,
}

impl Causes {
    /// The wrong calls that no known mistake explains.
    pub(super) fn unexplained(&self) -> impl Iterator<Item = usize> {
        let unnamed = self.mistakes.iter().filter(|found| found.is_unnamed());
        unnamed.flat_map(|found| found.wrong.iter().copied())
    }

    /// Where headers cannot be read, a rest that stays with its block cannot be seen: a few calls
    /// with an odd result may follow from that.
    pub(super) fn leave_out_few(&mut self) {
        let odd = |found: &mut Found| found.is_unnamed() && found.wrong.len() < FEW;
        let odd = self.mistakes.extract_if(.., odd);
        self.unknown.extend(odd.flat_map(|found| found.wrong));
    }
}

/// Results about single calls that the search for causes needs often: each is computed once.
#[derive(Clone, Debug, Default)]
pub(super) struct Evidence {
    /// For each call, by its position: how well each set of mistakes that was tried explains it.
    explained: RefCell<Vec<BTreeMap<u128, Option<Explained>>>>,
    /// The calls that are right and in which a mistake would have shown; and how many of those that
    /// are right and consulted it were looked at.
    against: RefCell<BTreeMap<Mistake, (usize, Vec<usize>)>>,
}

impl Evidence {
    /// What was worked out of some of the calls alone.
    pub(super) fn of_calls(&self, positions: &[usize]) -> Self {
        let known = self.explained.borrow();
        let mut explained = vec![BTreeMap::new(); known.len()];
        for &position in positions {
            if let Some(of_call) = known.get(position) {
                explained[position].clone_from(of_call);
            }
        }
        Self {
            explained: RefCell::new(explained),
            ..Self::default()
        }
    }
}

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
    /// Whether only what explains calls exactly is taken.
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

    /// Mistakes that explain calls together. What does so exactly comes before what explains a call
    /// loosely.
    fn try_together(&mut self) {
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
    fn try_with_chosen(&mut self, least: usize) {
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

    /// Those of a set without which a call is not explained as well.
    fn needed(&self, position: usize, mut set: Vec<Mistake>) -> Vec<Mistake> {
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

    /// Pairs of mistakes for what is left, where that is little.
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

    /// The same with mistakes that explain at least this many calls that are left.
    fn choose_often(&mut self, least: usize) {
        while self.choose_one(least) {}
    }

    /// The best of them; whether there was one.
    fn choose_one(&mut self, least: usize) -> bool {
        let mut best: Option<(f64, Mistake, Scope)> = None;
        for ((mistake, scope), (all, left)) in self.counts() {
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
    fn counts(&self) -> BTreeMap<(Mistake, Scope), (usize, usize)> {
        let mut counts: BTreeMap<(Mistake, Scope), (usize, usize)> = BTreeMap::new();
        for wrong in &self.wrong {
            let new = !self.is_explained(wrong);
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
            candidates.extend(match missing.iter().any(|set| set.len() == 1) {
                true => missing
                    .into_iter()
                    .filter(|set| set.len() == 1)
                    .flatten()
                    .collect(),
                false => missing.concat(),
            });
            candidates.sort_unstable();
            candidates.dedup();
            for mistake in candidates {
                for scope in Scope::ALL {
                    if self.is_in(wrong.position, scope) {
                        let (all, left) = counts.entry((mistake, scope)).or_default();
                        *all += 1;
                        *left += usize::from(new);
                    }
                }
            }
        }
        counts
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

    /// The mistakes that are chosen for a call.
    fn chosen_at(&self, position: usize) -> Vec<Mistake> {
        let chosen = self.chosen.iter().map(|(mistake, _)| *mistake);
        let here = chosen.filter(|mistake| self.has(*mistake, position).is_some());
        here.collect()
    }

    /// Drops what is too weak, then what is needless, and looks again at what is left.
    fn settle(&mut self, least: usize, together: bool) {
        self.weigh(least, together);
        self.prune();
        self.weigh(least, together);
    }

    /// Drops what would have shown more often than it explains a call, as the others are made; the
    /// weakest first. Each time something else may explain those calls.
    fn weigh(&mut self, least: usize, together: bool) {
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
        // A few calls by chance look like anything.
        let single = only.len() == 1 && self.is_damaged_beside(one);
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
        let chosen = self.chosen_at(position);
        let mut others = chosen.iter().filter(|other| **other != one.0);
        let mut sets = wrong.with.iter();
        let set = match wrong.by.contains(&one.0) {
            true => vec![one.0],
            false => match sets.find(|set| set.iter().all(|it| chosen.contains(it))) {
                Some(set) => set.clone(),
                // Damaged memory shows in many ways, but seldom where a mistake needs more to show.
                None => return !single || one.0.needs() != Needs::Nothing,
            },
        };
        !others.any(|other| !set.contains(other) && self.excludes(position, &set, *other))
    }

    /// Whether another mistake damages memory, so that a call may go wrong for no reason of its own.
    fn is_damaged_beside(&self, one: (Mistake, Scope)) -> bool {
        let mut others = self.chosen.iter().filter(|other| **other != one);
        others.any(|(other, _)| other.corrupts())
    }

    /// What explains a wrong call without one of the chosen mistakes.
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
    fn hidden(&self, one: (Mistake, Scope)) -> usize {
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

    /// Mistakes that look alike call by call are told apart by what other calls do.
    fn refine(&mut self) {
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

    /// Takes out the wrong calls of runs in which headers or blocks were damaged before: what is
    /// wrong with them may follow from that.
    fn set_aside(&mut self, calls: &[Judged]) -> Vec<Wrong> {
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
    fn take_back(&mut self, later: Vec<Wrong>) -> Vec<usize> {
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

    fn found(&self, runs: &[Run<'_>]) -> Vec<Found> {
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
        let (complaint, due) = super::told(self.standard, runs, seen);
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

/// The same for sets that do the same: in the order in which they are made, or in any order where they
/// decide nothing in common. `None` for a set that is too large for it.
fn name_of(set: &[Mistake]) -> Option<u128> {
    let mut bytes = [0; 16];
    let numbers = bytes.get_mut(..set.len())?;
    for (number, mistake) in numbers.iter_mut().zip(set) {
        *number = *mistake as u8 + 1;
    }
    let each = set.iter().map(|it| points(&[*it]).count_ones());
    if points(set).count_ones() == each.sum::<u32>() {
        numbers.sort_unstable();
    }
    Some(u128::from_le_bytes(bytes))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_mistakes_of_one_decision_have_an_order() {
        use Mistake::{FirstFit, NoPreallocation, PreallocatesByRequest};
        let name = |set: [Mistake; 2]| name_of(&set).unwrap();
        assert_eq!(
            name([FirstFit, NoPreallocation]),
            name([NoPreallocation, FirstFit])
        );
        assert_ne!(
            name([PreallocatesByRequest, NoPreallocation]),
            name([NoPreallocation, PreallocatesByRequest])
        );
        assert_eq!(name_of(&[FirstFit; 17]), None);
    }
}
