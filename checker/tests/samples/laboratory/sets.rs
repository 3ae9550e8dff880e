//! Sets of mistakes, drawn at random and graded, and what comes of them together.

use std::collections::{BTreeMap, BTreeSet};

use checker::testing::record::Record;
use checker::testing::rubric::Rubric;
use checker::testing::spec::{Mistake, Needs, Point};

use super::dice::Dice;
use super::{MISTAKES, bare, flag, grade, on_all_processors, rubric, told};

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
}

impl Graded {
    /// Whether just the planted mistakes were found.
    pub(crate) fn is_exact(&self) -> bool {
        let planted = self.planted.iter().map(|it| it.name().to_owned());
        self.unnamed == 0 && self.named == planted.collect()
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
    let record = grade(MISTAKES, &flags).expect("the sample can be graded");
    of_record(planted, &record, rubric)
}

fn of_record(planted: &[Mistake], record: &Record, rubric: &Rubric) -> Graded {
    let known = record.mistakes.iter().filter(|mistake| mistake.known);
    let grade = rubric.grade(record).expect("all scenarios were run");
    let charges = grade.charges.iter();
    let charges = charges.map(|charge| format!("{} {}", charge.name, charge.points));
    let charges: Vec<String> = charges.collect();
    Graded {
        planted: planted.to_vec(),
        named: known.map(|it| bare(&it.name).to_owned()).collect(),
        unnamed: record.mistakes.iter().filter(|it| !it.known).count(),
        total: grade.total.value(),
        told: format!("{}\n    charged: {}", told(record), charges.join(", ")),
    }
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

/// Mistakes that keep others from ever showing.
fn hides(one: Mistake, other: Mistake) -> bool {
    use Mistake::{
        CopiesOldSize, ExtendedLastStaysFree, ExtensionPlusHeader, FreeDoesNothing,
        FreeLastGrownByWhole, FreeLastNotGrown, FreeUnlinks, GrowsAfterMerging, LastNotGrown,
        MappedKept, MappedNeverUnmapped, MappedReallocRefused, MappedReturnedAsIs, MapsWholePages,
        MergesUsedBlock, MoveAlwaysAppends, MovesIntoTooSmall, NeverMaps, NeverReuses, NeverSplits,
        NextNotMerged, NoCoalescingBeforeMove, NoCoalescingInMalloc, NoPreallocation,
        PreallocatesAgain, PreallocatesAgainApart, ReallocAlwaysMoves, ReallocGrowIgnored,
        ReallocGrowRefused, ReallocNeverGrows, StatusNotSet, UnmappedStaysListed, UnmapsWholePages,
        WritesAfterUnmap,
    };
    let of_clauses = |clauses: &[&str]| {
        let clause = other.clause().to_string();
        clauses.contains(&clause.as_str())
    };
    match one {
        NeverMaps => of_clauses(&["A8", "A17", "D1", "A13", "A2", "A4"]),
        NoPreallocation => of_clauses(&["C1"]),
        NeverReuses | FreeDoesNothing | FreeUnlinks => {
            of_clauses(&["C2", "C3", "C4", "C6", "C7", "A7", "A10", "B1"])
        }
        NeverSplits => of_clauses(&["C6"]),
        PreallocatesAgain | PreallocatesAgainApart => of_clauses(&["C7"]),
        ReallocAlwaysMoves => of_clauses(&["A12", "A14", "A15"]) || other == GrowsAfterMerging,
        ReallocGrowIgnored | ReallocGrowRefused | ReallocNeverGrows => {
            of_clauses(&["A14", "A15", "A16"])
        }
        MappedNeverUnmapped => of_clauses(&["A8"]),
        MappedReallocRefused | MappedReturnedAsIs => of_clauses(&["A17"]),
        MoveAlwaysAppends => {
            matches!(other, NoCoalescingBeforeMove | MovesIntoTooSmall)
        }
        NextNotMerged => of_clauses(&["A15"]) || other == GrowsAfterMerging,
        LastNotGrown => of_clauses(&["A14"]),
        FreeLastNotGrown => matches!(
            other,
            FreeLastGrownByWhole | ExtensionPlusHeader | ExtendedLastStaysFree
        ),
        // All blocks look free.
        StatusNotSet => other == MergesUsedBlock,
        // Only allocations coalesce often.
        NoCoalescingInMalloc => other == MergesUsedBlock,
        // Nothing is copied from a mapping to a smaller block.
        MappedKept => other == CopiesOldSize,
        // The process ends before the list is walked again.
        WritesAfterUnmap => other == UnmappedStaysListed,
        MapsWholePages => other == UnmapsWholePages,
        _ => false,
    }
}

/// Whether two mistakes can be made by one allocator and both show.
pub(crate) fn go_together(one: Mistake, other: Mistake) -> bool {
    let same = question(one).is_some() && question(one) == question(other);
    one != other && !same && !hides(one, other) && !hides(other, one)
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
    full: f64,
}

impl Table {
    /// Grades all sets, each member alone, and each set without one of its members.
    pub(crate) fn of(sets: &[Vec<Mistake>]) -> Self {
        let rubric = rubric();
        let mut parts: BTreeSet<Vec<Mistake>> = sets.iter().cloned().collect();
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
            full: rubric.maximum().value(),
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
        self.parts.get(set).map_or(self.full, |it| it.total)
    }

    /// Mistakes whose mending would lower the total.
    pub(crate) fn mending_lowers<'s>(
        &'s self,
        set: &'s Graded,
    ) -> impl Iterator<Item = (Mistake, f64)> + 's {
        let planted = set.planted.iter().enumerate();
        planted.filter_map(|(at, mistake)| {
            let mended = self.total(&without(&set.planted, at));
            (mended < set.total - 1e-9).then_some((*mistake, set.total - mended))
        })
    }

    /// By how much a set costs more than its members alone.
    pub(crate) fn excess(&self, set: &Graded) -> Option<f64> {
        let alone = set.planted.iter().map(|it| self.full - self.total(&[*it]));
        let excess = self.full - set.total - alone.sum::<f64>();
        (excess > SLACK).then_some(excess)
    }

    /// The figures of the sets of a size; 0 for all.
    pub(crate) fn figures(&self, size: usize) -> Figures {
        let of_size = |set: &&Graded| size == 0 || set.planted.len() == size;
        let sets: Vec<&Graded> = self.sets.iter().filter(of_size).collect();
        let sum = |count: fn(&Graded) -> usize| sets.iter().map(|set| count(set)).sum::<usize>();
        let hits = sum(Graded::hits);
        Figures {
            sets: sets.len(),
            exact: part(sum(|set| usize::from(set.is_exact())), sets.len()),
            precision: part(hits, sum(|set| set.named.len())),
            unnamed: part(sum(|set| set.unnamed), sets.len()),
            recall: part(hits, sum(|set| set.planted.len())),
            lowered: sets
                .iter()
                .map(|set| self.mending_lowers(set).count())
                .sum(),
            too_expensive: sets.iter().filter(|set| self.excess(set).is_some()).count(),
        }
    }
}

/// What is said of the sets of one size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figures {
    /// How many.
    pub(crate) sets: usize,
    /// The part of which just the planted mistakes were named.
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
