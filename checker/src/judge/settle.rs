//! Which permitted choices a submission has made: those under which most of its calls are right.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::call::Answers;
use crate::spec::{Axis, Choices, Cut, Question};
use crate::types::Profile;

/// A set of choices: an interval for each cut-off, and what is left of each axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Box {
    cuts: [(u64, u64); 4],
    /// For each axis: may it be canonical, may it be the other way.
    axes: [(bool, bool); 5],
}

impl Box {
    fn whole(profile: &Profile) -> Self {
        Self {
            cuts: Cut::ALL.map(|cut| {
                let band = cut.band(profile);
                match is_settled(profile, cut.axis()) {
                    true => (*band.start(), *band.start()),
                    false => (*band.start(), *band.end()),
                }
            }),
            axes: Axis::ALL.map(|axis| (true, !is_settled(profile, axis.number()))),
        }
    }

    /// What these answers leave of it.
    fn with(&self, answers: &Answers) -> Option<Self> {
        let mut set = *self;
        for &(question, answer) in answers {
            match question {
                Question::StaysBelow(cut, size) => {
                    let (low, high) = &mut set.cuts[cut as usize];
                    match answer {
                        true => *low = (*low).max(size + 1),
                        false => *high = (*high).min(size),
                    }
                }
                Question::On(axis) => {
                    let at = Axis::ALL.iter().position(|it| *it == axis)?;
                    let (canonical, other) = &mut set.axes[at];
                    match answer {
                        true => *canonical = false,
                        false => *other = false,
                    }
                }
                _ => {}
            }
        }
        (!set.is_empty()).then_some(set)
    }

    /// Whether these choices are in it. Asked more often than all else of a judgement.
    fn contains(&self, choices: &Choices) -> bool {
        let mut cuts = self.cuts.iter().zip(&choices.cuts);
        let mut axes = self.axes.iter().zip(&choices.others);
        let is_allowed = |((canonical, other), chosen): (&(bool, bool), &bool)| match chosen {
            true => *other,
            false => *canonical,
        };
        cuts.all(|((low, high), cut)| low <= cut && cut <= high) && axes.all(is_allowed)
    }

    fn is_empty(&self) -> bool {
        self.cuts.iter().any(|(low, high)| low > high)
            || self.axes.iter().any(|(one, other)| !one && !other)
    }

    fn and(&self, other: &Self) -> Option<Self> {
        let mut set = *self;
        for (mine, its) in set.cuts.iter_mut().zip(&other.cuts) {
            *mine = (mine.0.max(its.0), mine.1.min(its.1));
        }
        for (mine, its) in set.axes.iter_mut().zip(&other.axes) {
            *mine = (mine.0 && its.0, mine.1 && its.1);
        }
        (!set.is_empty()).then_some(set)
    }

    /// How far it is from the canonical choices.
    fn distance(&self, profile: &Profile) -> u64 {
        let cuts = Cut::ALL.iter().zip(&self.cuts);
        let cuts = cuts.filter(|(cut, (low, _))| *low > *cut.band(profile).start());
        let axes = self.axes.iter().filter(|(canonical, _)| !canonical);
        (cuts.count() + 2 * axes.count()) as u64
    }

    fn choices(&self) -> Choices {
        Choices {
            cuts: self.cuts.map(|(low, _)| low),
            others: self.axes.map(|(canonical, _)| !canonical),
        }
    }
}

/// Whether the course permits the canonical choice of this number only.
fn is_settled(profile: &Profile, number: &str) -> bool {
    number[1..].parse().is_ok_and(|k| profile.settles(k))
}

/// What the choices of a submission are, as far as its calls tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settled {
    /// All choices that the course permits.
    whole: Box,
    sets: Vec<Box>,
    /// The most canonical of all that is left.
    pub(super) choices: Choices,
}

/// Boxes of which one must hold, and how many calls say so.
struct Demand {
    sets: Vec<Box>,
    calls: usize,
}

impl Demand {
    fn allows(&self, choices: &Choices) -> bool {
        self.sets.iter().any(|set| set.contains(choices))
    }
}

impl Settled {
    /// The choices under which the most calls are right. Each call gives the answers under which
    /// it is right, one list a way, no list where no choice makes it right; and how much it counts.
    pub(super) fn of<'a>(
        profile: &Profile,
        calls: impl Iterator<Item = (&'a [Answers], usize)>,
    ) -> Self {
        let whole = Box::whole(profile);
        let mut demands: BTreeMap<String, Demand> = BTreeMap::new();
        for (ways, weight) in calls {
            if ways.is_empty() || ways.iter().any(Vec::is_empty) {
                continue;
            }
            let sets: Vec<Box> = ways.iter().filter_map(|way| whole.with(way)).collect();
            if sets.is_empty() {
                continue;
            }
            let key = format!("{sets:?}");
            let demand = demands.entry(key).or_insert(Demand { sets, calls: 0 });
            demand.calls += weight;
        }
        // Bad choices are found by the first few.
        let mut heaviest: Vec<&Demand> = demands.values().collect();
        heaviest.sort_by_key(|demand| Reverse(demand.calls));
        let choices = best(profile, &heaviest);
        let mut settled = vec![whole];
        for demand in demands.values().filter(|demand| demand.allows(&choices)) {
            let both = settled
                .iter()
                .flat_map(|set| demand.sets.iter().filter_map(|other| set.and(other)));
            // Sets without the best choices cannot be what is left.
            settled = reduced(both.filter(|set| set.contains(&choices)).collect());
        }
        let nearest = settled.iter().min_by_key(|set| set.distance(profile));
        let choices = nearest.map_or(choices, Box::choices);
        Self {
            whole,
            sets: settled,
            choices,
        }
    }

    /// Whether a call that is right in these ways is right under the choices.
    pub(super) fn allows(&self, ways: &[Answers]) -> bool {
        ways.iter().any(|way| {
            let set = self.whole.with(way);
            set.is_some_and(|set| self.sets.iter().any(|it| it.and(&set).is_some()))
        })
    }

    /// Whether no choice makes both calls right.
    pub(super) fn exclude(&self, ways: &[Answers], others: &[Answers]) -> bool {
        let sets = |ways: &[Answers]| -> Vec<Box> {
            let sets = ways.iter().filter_map(|way| self.whole.with(way));
            sets.collect()
        };
        let (ones, others) = (sets(ways), sets(others));
        !ones
            .iter()
            .any(|one| others.iter().any(|other| one.and(other).is_some()))
    }
}

/// The choices under which the fewest calls are wrong. Some choices help only together: where the
/// way from the canonical ones leaves calls wrong, it starts again from each other corner.
fn best(profile: &Profile, demands: &[&Demand]) -> Choices {
    let canonical = Choices::canonical(profile);
    let bounds = bounds(demands);
    let axes = axes(&Box::whole(profile), demands);
    let (mut best, mut least) = climb(canonical, &bounds, &axes, demands);
    for corner in 1..1_usize << axes.len() {
        if least == 0 {
            break;
        }
        let mut start = canonical;
        for (at, axis) in axes.iter().enumerate() {
            start.others[*axis] = corner >> at & 1 == 1;
        }
        let (choices, wrong) = climb(start, &bounds, &axes, demands);
        if wrong < least {
            (best, least) = (choices, wrong);
        }
    }
    best
}

/// One cut-off or axis is changed at a time, as long as that makes fewer calls wrong; how many are
/// left.
fn climb(
    start: Choices,
    bounds: &[Vec<u64>; 4],
    axes: &[usize],
    demands: &[&Demand],
) -> (Choices, usize) {
    let mut best = start;
    let mut least = wrong_below(demands, &best, usize::MAX).unwrap_or(usize::MAX);
    loop {
        let before = least;
        for other in neighbours(&best, bounds, axes) {
            if let Some(wrong) = wrong_below(demands, &other, least) {
                (best, least) = (other, wrong);
            }
        }
        if least == before {
            return (best, least);
        }
    }
}

/// How many calls are wrong under choices; `None` for `bound` or more.
fn wrong_below(demands: &[&Demand], choices: &Choices, bound: usize) -> Option<usize> {
    let mut wrong = 0;
    let mut refusing = demands.iter().filter(|demand| !demand.allows(choices));
    while wrong < bound {
        let Some(demand) = refusing.next() else {
            return Some(wrong);
        };
        wrong += demand.calls;
    }
    None
}

/// The bounds that calls set for each cut-off, without doubles.
fn bounds(demands: &[&Demand]) -> [Vec<u64>; 4] {
    Cut::ALL.map(|cut| {
        let sets = demands.iter().flat_map(|demand| &demand.sets);
        let bounds = sets.map(|set| set.cuts[cut as usize]);
        let bounds: BTreeSet<u64> = bounds.flat_map(|(low, high)| [low, high]).collect();
        bounds.into_iter().collect()
    })
}

/// The axes on which some call permits less than all choices.
fn axes(whole: &Box, demands: &[&Demand]) -> Vec<usize> {
    let sets = || demands.iter().flat_map(|demand| &demand.sets);
    let matters = |axis: &usize| sets().any(|set| set.axes[*axis] != whole.axes[*axis]);
    (0..Axis::ALL.len()).filter(matters).collect()
}

/// Choices that differ in one cut-off, at a bound that some call sets, on one or two axes, or in
/// both; those with the fewest differences first.
fn neighbours(choices: &Choices, bounds: &[Vec<u64>; 4], axes: &[usize]) -> Vec<Choices> {
    let axes = axes.iter().copied();
    let flipped = |choices: &Choices, axis: usize| {
        let mut other = *choices;
        other.others[axis] = !other.others[axis];
        other
    };
    let mut cuts = Vec::new();
    for (at, bounds) in bounds.iter().enumerate() {
        for &bound in bounds {
            let mut other = *choices;
            other.cuts[at] = bound;
            cuts.push(other);
        }
    }
    let one: Vec<Choices> = axes.clone().map(|axis| flipped(choices, axis)).collect();
    let both = cuts.iter().chain(&one);
    let both = both.flat_map(|other| axes.clone().map(move |axis| flipped(other, axis)));
    let both: Vec<Choices> = both.collect();
    [cuts, one, both].concat()
}

/// Without duplicates, and not more than can be looked at.
fn reduced(mut sets: Vec<Box>) -> Vec<Box> {
    const MOST: usize = 64;
    let mut kept: Vec<Box> = Vec::new();
    for set in sets.drain(..) {
        if !kept.contains(&set) && kept.len() < MOST {
            kept.push(set);
        }
    }
    kept
}
