//! Which permitted choices a submission made, from all its runs together.
//!
//! Cut-offs are read off what was mapped and what was not; the few other axes are tried. A run is
//! replayed again only under choices that can make a difference to it.

use std::cmp::Reverse;
use std::ops::RangeInclusive;

use super::ScenarioRun;
use super::compare::{Fit, replay};
use super::sighting::{Contradiction, Side, Sighting};
use super::sightings::{Kept, Sightings};
use crate::model::{Axis, Choices, Coalescing, Failure, FaultSet, Relocation, band};
use crate::types::{CallNumber, Kind, Profile};

/// The runs of one submission, and what is known of them under the choices tried so far.
pub(super) struct Inference<'a> {
    profile: &'a Profile,
    runs: &'a [ScenarioRun<'a>],
    sightings: Sightings,
    /// For each run, fits that hold for all choices that agree on the sensitive axes.
    known: Vec<Vec<(Choices, Fit)>>,
    candidates: Vec<Choices>,
}

/// Runs up to this many calls are replayed for every candidate.
const SHORT: usize = 300;

type Score = (usize, usize, u32, Reverse<u32>);

impl<'a> Inference<'a> {
    pub(super) fn new(profile: &'a Profile, runs: &'a [ScenarioRun<'a>]) -> Self {
        Self {
            profile,
            runs,
            sightings: Sightings::collect(profile, runs),
            known: vec![Vec::new(); runs.len()],
            candidates: Vec::new(),
        }
    }

    /// How the run fits the choices.
    pub(super) fn fit(&mut self, run: usize, choices: &Choices) -> Fit {
        let known = self.known[run]
            .iter()
            .find(|(other, fit)| choices.agree_on(other, fit.sensitive));
        if let Some((_, fit)) = known {
            return *fit;
        }
        let fit = replay(self.profile, &self.runs[run], choices, FaultSet::NONE);
        self.known[run].push((*choices, fit));
        fit
    }

    /// The choices that explain most; the canonical ones when others explain no more.
    pub(super) fn best_choices(&mut self) -> Choices {
        let canonical = Choices::canonical(self.profile);
        if (0..self.runs.len()).all(|run| self.fit(run, &canonical).is_whole()) {
            return canonical;
        }
        self.candidates = self.combinations();
        let contenders = self.leading(canonical);
        let all: Vec<usize> = (0..self.runs.len()).collect();
        let mut best = (self.score(&canonical, &all), canonical);
        for choices in contenders {
            let score = self.score(&choices, &all);
            if score > best.0 {
                best = (score, choices);
            }
        }
        best.1
    }

    /// The candidates that explain most of the runs that are short enough to try them all.
    fn leading(&mut self, canonical: Choices) -> Vec<Choices> {
        let short: Vec<usize> = (0..self.runs.len())
            .filter(|run| self.runs[*run].calls.len() <= SHORT)
            .collect();
        let mut scored = Vec::with_capacity(self.candidates.len());
        for choices in self.candidates.clone() {
            let (explained, besides, aspects, _) = self.score(&choices, &short);
            scored.push(((explained, besides, aspects), choices));
        }
        let (explained, besides, aspects, _) = self.score(&canonical, &short);
        let most = scored.iter().map(|(score, _)| *score);
        let most = most.fold((explained, besides, aspects), Ord::max);
        scored.retain(|(score, _)| *score == most);
        scored.into_iter().map(|(_, choices)| choices).collect()
    }

    fn score(&mut self, choices: &Choices, runs: &[usize]) -> Score {
        let mut explained = 0;
        let mut besides = 0;
        let mut aspects = 0;
        for run in runs {
            let fit = self.fit(*run, choices);
            aspects += fit.agreeing_aspects();
            if fit.is_whole() && self.runs[*run].kind == Kind::Robustness {
                besides += 1;
            } else if fit.is_whole() {
                explained += 1;
            }
        }
        let departures = choices.differing(&Choices::canonical(self.profile)).len();
        (explained, besides, aspects, Reverse(departures))
    }

    /// For each combination of the other axes, the cut-offs that agree best with what was mapped.
    fn combinations(&self) -> Vec<Choices> {
        let mut combinations = Vec::new();
        for relocation in [Relocation::AsRealloc, Relocation::AsMalloc] {
            for (expand_first, keep_in_place) in
                [(false, false), (true, false), (false, true), (true, true)]
            {
                let mut choices = Choices {
                    relocation,
                    expand_first,
                    keep_in_place,
                    ..Choices::canonical(self.profile)
                };
                self.settle_cutoffs(&mut choices);
                self.spread(choices, &mut combinations);
            }
        }
        combinations
    }

    /// The combinations that differ only where the cut-offs do not tell.
    fn spread(&self, choices: Choices, combinations: &mut Vec<Choices>) {
        let harsh = self
            .runs
            .iter()
            .any(|run| run.injection.environment.is_harsh());
        let failures = [Failure::StaysMerged, Failure::RolledBack];
        let failures = &failures[..if harsh { 2 } else { 1 }];
        for realloc_cutoff in self.realloc_cutoffs(&choices) {
            for coalescing in Coalescing::ALL {
                combinations.extend(failures.iter().map(|failure| Choices {
                    realloc_cutoff,
                    coalescing,
                    failure: *failure,
                    ..choices
                }));
            }
        }
    }

    /// The settled cut-off of `os_realloc`, and others that agree with it on what was mapped:
    /// where a block is mapped because of the cut-off of `os_malloc`, only what happened to the
    /// heap tells whether `os_realloc` tried to grow it in place before.
    fn realloc_cutoffs(&self, choices: &Choices) -> Vec<u64> {
        let mut cutoffs = vec![choices.realloc_cutoff];
        let sides = self.sides(Axis::ReallocCutoff, choices);
        let (from, to) = interval(self.band(Axis::ReallocCutoff), &sides);
        for (side, kept) in &self.sightings.resized {
            let cutoff = side.size + 1;
            let open = *kept == Kept::Mapped && !tells_of_realloc(choices, side, *kept);
            if open && (from..=to).contains(&cutoff) && !cutoffs.contains(&cutoff) {
                cutoffs.push(cutoff);
            }
        }
        cutoffs
    }

    fn settle_cutoffs(&self, choices: &mut Choices) {
        for axis in [Axis::MallocCutoff, Axis::CallocCutoff, Axis::ReallocCutoff] {
            let cutoff = vote(self.band(axis), &self.sides(axis, choices));
            match axis {
                Axis::CallocCutoff => choices.calloc_cutoff = cutoff,
                Axis::ReallocCutoff => choices.realloc_cutoff = cutoff,
                _ => choices.malloc_cutoff = cutoff,
            }
        }
    }

    fn band(&self, axis: Axis) -> RangeInclusive<u64> {
        band(self.profile, axis).unwrap_or(0..=u64::MAX)
    }

    /// What was seen of the cut-off, given the other choices. The cut-off of `os_malloc` must be
    /// settled before that of `os_realloc`.
    fn sides(&self, axis: Axis, choices: &Choices) -> Vec<Side> {
        let seen = &self.sightings;
        let as_malloc = choices.relocation == Relocation::AsMalloc;
        match axis {
            Axis::MallocCutoff if as_malloc => {
                let moved_in_heap = seen
                    .resized
                    .iter()
                    .filter(|(_, kept)| *kept == Kept::MovedInHeap)
                    .map(|(side, _)| side);
                (seen
                    .malloc
                    .iter()
                    .chain(&seen.remapped)
                    .chain(moved_in_heap))
                .copied()
                .collect()
            }
            Axis::MallocCutoff => seen.malloc.clone(),
            Axis::CallocCutoff => seen.calloc.clone(),
            _ => {
                let remapped = if as_malloc { &[] } else { &seen.remapped[..] };
                let resized = seen.resized.iter().filter_map(|(side, kept)| {
                    tells_of_realloc(choices, side, *kept).then_some(side)
                });
                remapped.iter().chain(resized).copied().collect()
            }
        }
    }

    /// The cut-offs V1, V2, V3 that what was seen leaves possible; the chosen one alone when what
    /// was seen contradicts itself.
    pub(super) fn cutoffs(&self, choices: &Choices) -> [RangeInclusive<u64>; 3] {
        let possible = |axis, chosen| {
            let sides = self.sides(axis, choices);
            let (from, to) = interval(self.band(axis), &sides);
            if from <= to {
                from..=to
            } else {
                chosen..=chosen
            }
        };
        [
            possible(Axis::MallocCutoff, choices.malloc_cutoff),
            possible(Axis::CallocCutoff, choices.calloc_cutoff),
            possible(Axis::ReallocCutoff, choices.realloc_cutoff),
        ]
    }

    /// Cut-offs that were crossed both ways.
    pub(super) fn contradictory_sightings(&self, choices: &Choices) -> Vec<Contradiction> {
        [Axis::MallocCutoff, Axis::CallocCutoff, Axis::ReallocCutoff]
            .into_iter()
            .filter_map(|axis| {
                let sides = self.sides(axis, choices);
                let one = sides.iter().filter(|s| s.mapped).min_by_key(|s| s.size)?;
                let other = sides.iter().filter(|s| !s.mapped).max_by_key(|s| s.size)?;
                (other.size >= one.size).then_some(Contradiction {
                    axis,
                    one: one.at,
                    other: other.at,
                })
            })
            .collect()
    }

    /// The contradiction that keeps the choices from explaining the run: other choices would
    /// explain it, but then another run would not be explained.
    pub(super) fn contradiction(
        &mut self,
        run: usize,
        choices: &Choices,
        known: &[Contradiction],
    ) -> Option<Contradiction> {
        let named = |it: &&Contradiction| it.one.run == run || it.other.run == run;
        if let Some(contradiction) = known.iter().find(named) {
            return Some(*contradiction);
        }
        let one = self.first_contradicted(run, choices)?;
        let mut rivals = self.candidates.clone();
        rivals.push(Choices::canonical(self.profile));
        rivals.sort_by_cached_key(|rival| rival.differing(choices).len());
        let rival = rivals
            .into_iter()
            .find(|rival| self.fit(run, rival).is_whole())?;
        let differing = rival.differing(choices);
        (0..self.runs.len()).find_map(|index| {
            let fit = self.fit(index, choices);
            let shared = fit.sensitive.intersection(differing);
            let axis = shared.iter().next().filter(|_| fit.is_whole())?;
            let other = self.first_contradicted(index, &rival)?;
            Some(Contradiction { axis, one, other })
        })
    }

    fn first_contradicted(&mut self, run: usize, choices: &Choices) -> Option<Sighting> {
        let call = self.fit(run, choices).contradicted?;
        Some(Sighting {
            run,
            call: CallNumber(call),
            size: None,
        })
    }
}

/// Whether what became of a resized heap block tells of the cut-off of `os_realloc`.
fn tells_of_realloc(choices: &Choices, side: &Side, kept: Kept) -> bool {
    match kept {
        Kept::Mapped => {
            choices.relocation == Relocation::AsRealloc || side.size < choices.malloc_cutoff
        }
        Kept::MovedInHeap => true,
        Kept::InPlace { fitted: Some(true) } => !choices.keep_in_place,
        Kept::InPlace {
            fitted: Some(false),
        } => !choices.expand_first,
        Kept::InPlace { fitted: None } => !choices.keep_in_place && !choices.expand_first,
    }
}

/// The cut-offs from the largest size that was not mapped to the smallest that was.
fn interval(band: RangeInclusive<u64>, sides: &[Side]) -> (u64, u64) {
    let (mut from, mut to) = band.into_inner();
    for side in sides {
        if side.mapped {
            to = to.min(side.size);
        } else {
            from = from.max(side.size + 1);
        }
    }
    (from, to)
}

/// The cut-off that agrees with most of what was seen, the lowest of several.
fn vote(band: RangeInclusive<u64>, sides: &[Side]) -> u64 {
    let lowest = *band.start();
    let steps = sides
        .iter()
        .filter(|side| !side.mapped)
        .map(|side| side.size + 1);
    let disagreeing = |cutoff: u64| {
        sides
            .iter()
            .filter(|side| (side.size >= cutoff) != side.mapped)
            .count()
    };
    std::iter::once(lowest)
        .chain(steps.filter(|cutoff| band.contains(cutoff)))
        .min_by_key(|cutoff| (disagreeing(*cutoff), *cutoff))
        .unwrap_or(lowest)
}
