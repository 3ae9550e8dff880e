//! Sets of mistakes, drawn at random and graded, and what comes of them together.
//!
//! A mistake can hide another one: a process that ends in each `munmap` never shows what is wrong
//! after it. So it is measured whether a member of a set shows: it does if the allocator behaves
//! differently without it.

use std::collections::{BTreeMap, BTreeSet};

use checker::testing::grading::Examined;
use checker::testing::rubric::Rubric;
use checker::testing::spec::{Mistake, Needs, Point};

use super::dice::Dice;
use super::{MISTAKES, bare, examine, flag, on_all_processors, rubric, told};

/// A set may cost so much more than its members alone, from rounding.
const SLACK: f64 = 0.5;

/// What one allocator was found to do, and what it costs.
#[derive(Clone, Debug)]
pub(crate) struct Graded {
    /// The mistakes that it makes.
    pub(crate) planted: Vec<Mistake>,
    /// The names of those that were found, without the places.
    pub(crate) named: BTreeSet<String>,
    /// How many mistakes without a name were found.
    pub(crate) unnamed: usize,
    /// What is left of the points.
    pub(crate) total: f64,
    /// What was found and charged, in words.
    pub(crate) told: String,
    /// A digest of all that the scenarios observed.
    behaviour: String,
}

impl Graded {
    /// Whether just the planted mistakes were found.
    pub(crate) fn is_exact(&self) -> bool {
        self.unnamed == 0 && self.named == names(&self.planted)
    }

    /// How many of the planted ones were found.
    pub(crate) fn hits(&self) -> usize {
        let planted = self.planted.iter();
        planted.filter(|it| self.named.contains(it.name())).count()
    }
}

/// Grades an allocator with these mistakes.
pub(crate) fn graded(planted: &[Mistake], rubric: &Rubric) -> Graded {
    let flags: Vec<String> = planted.iter().map(|it| flag(it.name())).collect();
    let examined = examine(MISTAKES, &flags).expect("the sample can be graded");
    let Examined { record, behaviour } = examined;
    let known = record.mistakes.iter().filter(|mistake| mistake.known);
    let grade = rubric.grade(&record).expect("all scenarios were run");
    let charges = grade.charges.iter();
    let charges = charges.map(|charge| format!("{} {}", charge.name, charge.points));
    let charges: Vec<String> = charges.collect();
    Graded {
        planted: planted.to_vec(),
        named: known.map(|it| bare(&it.name).to_owned()).collect(),
        unnamed: record.mistakes.iter().filter(|it| !it.known).count(),
        total: grade.total.value(),
        told: format!("{}\n    charged: {}", told(&record), charges.join(", ")),
        behaviour,
    }
}

fn names(mistakes: &[Mistake]) -> BTreeSet<String> {
    mistakes.iter().map(|it| it.name().to_owned()).collect()
}

/// The mistakes that sets are made of: ordinary calls show them, and headers can be read.
pub(crate) fn drawn() -> Vec<Mistake> {
    let all = Mistake::ALL.iter().copied();
    let readable = all.filter(|it| *it != Mistake::SizesUnreliable);
    readable.filter(|it| it.needs() == Needs::Nothing).collect()
}

/// What two mistakes cannot both be, because they answer one question.
fn question(mistake: Mistake) -> Option<&'static str> {
    let points: BTreeSet<u32> = mistake
        .changes()
        .iter()
        .map(|change| change.point() as u32)
        .collect();
    if matches!(mistake, Mistake::ShorterHeader | Mistake::LongerHeader) {
        return Some("header");
    }
    let asks = |point: Point| points.contains(&(point as u32));
    [
        (Point::Preallocation, "preallocation"),
        (Point::Need, "rounding"),
        (Point::Growth, "growth"),
        (Point::Fit, "fit"),
        (Point::Coalesces, "coalescing"),
        (Point::MergedSize, "merging"),
        (Point::Rest, "splitting"),
        (Point::Splits, "splitting"),
        (Point::Maps, "threshold"),
        (Point::MapRequest, "mapping"),
        (Point::UnmapRange, "unmapping"),
        (Point::Unmaps, "unmapping"),
        (Point::Frees, "freeing"),
        (Point::Route, "route"),
        (Point::MappedRoute, "route of mappings"),
        (Point::Copies, "copying"),
        (Point::Zeroes, "zeroing"),
        (Point::ReallocZero, "realloc to zero"),
        (Point::LastGrowth, "last growth"),
    ]
    .into_iter()
    .find(|(point, _)| asks(*point))
    .map(|(_, question)| question)
}

/// Whether one allocator can make both mistakes.
fn go_together(one: Mistake, other: Mistake) -> bool {
    let same = question(one).is_some() && question(one) == question(other);
    one != other && !same
}

/// Random sets of two to four mistakes: the same for the same seed.
pub(crate) fn random_sets(count: usize, seed: u64) -> Vec<Vec<Mistake>> {
    let (mut dice, from) = (Dice::new(seed), drawn());
    let set = |index: usize| {
        let size = 2 + index % 3;
        let mut set: Vec<Mistake> = Vec::new();
        while set.len() < size {
            let next = dice.pick(&from);
            if set.iter().all(|other| go_together(*other, next)) {
                set.push(next);
            }
        }
        set.sort_unstable();
        set
    };
    (0..count).map(set).collect()
}

/// Sets that were graded, with what their members and what is left without one of them costs.
pub(crate) struct Table {
    /// The sets.
    pub(crate) sets: Vec<Graded>,
    parts: BTreeMap<Vec<Mistake>, Graded>,
    rubric: Rubric,
}

impl Table {
    /// Grades all sets, each member alone, and each set without one of its members.
    pub(crate) fn of(sets: &[Vec<Mistake>]) -> Self {
        let rubric = rubric();
        let mut parts: BTreeSet<Vec<Mistake>> = sets.iter().cloned().collect();
        parts.insert(Vec::new());
        for set in sets {
            parts.extend(set.iter().map(|it| vec![*it]));
            parts.extend((0..set.len()).map(|at| without(set, at)));
        }
        let parts: Vec<Vec<Mistake>> = parts.into_iter().collect();
        let graded = on_all_processors(&parts, |set| graded(set, &rubric));
        let parts: BTreeMap<_, _> = parts.into_iter().zip(graded).collect();
        Self {
            sets: sets.iter().map(|set| parts[set].clone()).collect(),
            parts,
            rubric,
        }
    }

    /// A set, what is left of it without one member each, and each member alone.
    pub(crate) fn around<'s>(&'s self, set: &'s Graded) -> impl Iterator<Item = &'s Graded> {
        let less = (0..set.planted.len()).map(|at| without(&set.planted, at));
        let alone = set.planted.iter().map(|it| vec![*it]);
        let others: BTreeSet<Vec<Mistake>> = less.chain(alone).collect();
        let others = others.into_iter().filter_map(|it| self.parts.get(&it));
        std::iter::once(set).chain(others)
    }

    fn total(&self, set: &[Mistake]) -> f64 {
        self.parts[set].total
    }

    /// The members that show: without such a member, the allocator behaves differently.
    fn shown(&self, set: &[Mistake]) -> BTreeSet<Mistake> {
        let behaviour = |set: &[Mistake]| match self.parts.get(set) {
            Some(graded) => graded.behaviour.clone(),
            None => graded(set, &self.rubric).behaviour,
        };
        let whole = behaviour(set);
        let members = set.iter().enumerate();
        let shown = members.filter(|(at, _)| behaviour(&without(set, *at)) != whole);
        shown.map(|(_, mistake)| *mistake).collect()
    }

    /// Whether each member shows.
    pub(crate) fn shows_all(&self, set: &Graded) -> bool {
        self.shown(&set.planted).len() == set.planted.len()
    }

    /// Mistakes whose mending would lower the total, although it reveals no other mistake.
    pub(crate) fn mending_lowers<'s>(
        &'s self,
        set: &'s Graded,
    ) -> impl Iterator<Item = (Mistake, f64)> + 's {
        let shown = self.shown(&set.planted);
        let planted = set.planted.iter().enumerate();
        planted.filter_map(move |(at, mistake)| {
            let rest = without(&set.planted, at);
            let mended = self.total(&rest);
            let lowers = mended < set.total - 1e-9 && self.shown(&rest).is_subset(&shown);
            lowers.then_some((*mistake, set.total - mended))
        })
    }

    /// By how much a set costs more than its members alone.
    pub(crate) fn excess(&self, set: &Graded) -> Option<f64> {
        let full = self.total(&[]);
        let alone = set.planted.iter().map(|it| full - self.total(&[*it]));
        let excess = full - set.total - alone.sum::<f64>();
        (excess > SLACK).then_some(excess)
    }

    /// The figures of the sets of a size; 0 for all. What is named is counted in sets that show all
    /// their mistakes.
    pub(crate) fn figures(&self, size: usize) -> Figures {
        let of_size = |set: &&Graded| size == 0 || set.planted.len() == size;
        let drawn: Vec<&Graded> = self.sets.iter().filter(of_size).collect();
        let all_shown = drawn.iter().copied().filter(|set| self.shows_all(set));
        let sets: Vec<&Graded> = all_shown.collect();
        let sum = |count: fn(&Graded) -> usize| sets.iter().map(|set| count(set)).sum::<usize>();
        let hits = sum(Graded::hits);
        Figures {
            sets: drawn.len(),
            all_shown: sets.len(),
            exact: part(sum(|set| usize::from(set.is_exact())), sets.len()),
            precision: part(hits, sum(|set| set.named.len())),
            unnamed: part(sum(|set| set.unnamed), sets.len()),
            recall: part(hits, sum(|set| set.planted.len())),
            lowered: drawn
                .iter()
                .map(|set| self.mending_lowers(set).count())
                .sum(),
            too_expensive: drawn
                .iter()
                .filter(|set| self.excess(set).is_some())
                .count(),
        }
    }
}

/// What is said of the sets of one size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figures {
    /// How many.
    pub(crate) sets: usize,
    /// How many show all their mistakes.
    pub(crate) all_shown: usize,
    /// The part of these of which just the planted mistakes were named.
    pub(crate) exact: f64,
    /// The part of the named mistakes that were planted.
    pub(crate) precision: f64,
    /// The part of the planted mistakes that were named.
    pub(crate) recall: f64,
    /// Mistakes without a name that a set is said to make, on average.
    pub(crate) unnamed: f64,
    /// Cases in which fixing one mistake lowers the total.
    pub(crate) lowered: usize,
    /// Sets that cost more than their members alone.
    pub(crate) too_expensive: usize,
}

fn part(some: usize, all: usize) -> f64 {
    some as f64 / all.max(1) as f64
}

fn without(set: &[Mistake], at: usize) -> Vec<Mistake> {
    let mut rest = set.to_vec();
    rest.remove(at);
    rest
}
