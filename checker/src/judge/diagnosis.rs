//! Which known mistakes explain a submission: all runs replayed with faults in the model.
//!
//! A fault stays a candidate for as long as it carries on from where the faults so far stop
//! explaining; so most of the catalogue is left after the first diverging scenario.

use super::compare::{Fit, replay};
use super::{Judgement, ScenarioRun};
use crate::model::{Choices, Fault, FaultSet};
use crate::types::{Profile, Status};

/// The most faults that one diagnosis names.
const MOST_FAULTS: usize = 3;
/// How many of the best single faults are tried in pairs.
const PAIRED: usize = 12;

/// The known mistakes that explain a submission best.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The smallest set found that explains most; none when nothing helps.
    pub faults: Vec<Fault>,
    /// Single faults that explain exactly as much as a single one named here.
    pub alternatives: Vec<Fault>,
    /// Calls that are explained, each scenario counted up to the first that is not.
    pub explained: u32,
    /// The same without any fault.
    pub explained_without: u32,
    /// Calls in all scenarios.
    pub total: u32,
    /// Whether nothing that was seen is left unexplained.
    pub complete: bool,
}

/// How much a set of faults explains: runs first, then calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Reach {
    whole: u32,
    calls: u32,
}

struct Search<'a> {
    profile: &'a Profile,
    runs: Vec<&'a ScenarioRun<'a>>,
    choices: Choices,
}

/// Explains what was judged wrong. `None` when nothing was.
#[must_use]
pub fn diagnose(
    profile: &Profile,
    runs: &[ScenarioRun<'_>],
    judgement: &Judgement,
) -> Option<Diagnosis> {
    let wrong = |status| !matches!(status, Status::Pass | Status::GraderError | Status::Skipped);
    if !judgement
        .verdicts
        .iter()
        .any(|verdict| wrong(verdict.status))
    {
        return None;
    }
    let search = Search::new(profile, runs, judgement);
    Some(search.run())
}

impl<'a> Search<'a> {
    /// The failing runs come first, the shortest of them in front.
    fn new(profile: &'a Profile, runs: &'a [ScenarioRun<'a>], judgement: &Judgement) -> Self {
        let mut ordered: Vec<_> = runs.iter().zip(&judgement.verdicts).collect();
        ordered.retain(|(_, verdict)| verdict.status != Status::GraderError);
        ordered.sort_by_key(|(run, verdict)| (verdict.status == Status::Pass, run.calls.len()));
        Self {
            profile,
            runs: ordered.into_iter().map(|(run, _)| run).collect(),
            choices: judgement.choices,
        }
    }

    fn run(&self) -> Diagnosis {
        let without = self.reach(FaultSet::NONE);
        let singles = self.singles(without);
        let Some(&(mut best, first)) = singles.first() else {
            return self.diagnosis(&[], Vec::new(), without, without);
        };
        let alternatives = self.alternatives(&singles);
        let mut faults = vec![first];
        if !self.is_complete(best)
            && let Some((reach, pair)) = self.best_pair(&singles, best)
        {
            best = reach;
            faults = pair.to_vec();
            best = self.extend(&mut faults, best);
        }
        let alternatives = if faults == [first] {
            alternatives
        } else {
            Vec::new()
        };
        self.diagnosis(&faults, alternatives, without, best)
    }

    /// All faults that explain more than none does, the best first.
    fn singles(&self, without: Reach) -> Vec<(Reach, Fault)> {
        let mut singles: Vec<_> = Fault::ALL
            .iter()
            .map(|fault| (self.reach(FaultSet::of(*fault)), *fault))
            .filter(|(reach, _)| *reach > without)
            .collect();
        singles.sort_by_key(|(reach, fault)| (std::cmp::Reverse(*reach), *fault));
        singles
    }

    fn alternatives(&self, singles: &[(Reach, Fault)]) -> Vec<Fault> {
        let Some((best, _)) = singles.first() else {
            return Vec::new();
        };
        let equal = singles
            .iter()
            .skip(1)
            .take_while(|(reach, _)| reach == best);
        equal.map(|(_, fault)| *fault).collect()
    }

    fn best_pair(&self, singles: &[(Reach, Fault)], alone: Reach) -> Option<(Reach, [Fault; 2])> {
        let mut best = None;
        let mut most = alone;
        for (index, (_, first)) in singles.iter().take(PAIRED).enumerate() {
            for second in self.partners(singles, index) {
                let faults = FaultSet::of(*first).with(second);
                if let Some(reach) = self.reach_beyond(faults, most) {
                    most = reach;
                    best = Some((reach, [*first, second]));
                }
            }
            if self.is_complete(most) {
                break;
            }
        }
        best
    }

    /// What can go with the fault at `index`: faults that help by themselves, and for the best
    /// one the whole catalogue, because a second mistake may show only where the first is known.
    fn partners(&self, singles: &[(Reach, Fault)], index: usize) -> Vec<Fault> {
        let helpful = singles.iter().skip(index + 1).map(|(_, fault)| *fault);
        let mut partners: Vec<_> = helpful.collect();
        if index == 0 {
            let rest = Fault::ALL.iter().copied();
            let first = singles[0].1;
            let others: Vec<_> = rest
                .filter(|fault| *fault != first && !partners.contains(fault))
                .collect();
            partners.extend(others);
        }
        partners
    }

    /// Adds faults for as long as each explains more.
    fn extend(&self, faults: &mut Vec<Fault>, mut reach: Reach) -> Reach {
        while faults.len() < MOST_FAULTS && !self.is_complete(reach) {
            let set = set_of(faults);
            let mut found = None;
            for fault in Fault::ALL.iter().filter(|fault| !set.has(**fault)) {
                if let Some(more) = self.reach_beyond(set.with(*fault), reach) {
                    reach = more;
                    found = Some(*fault);
                }
            }
            match found {
                Some(fault) => faults.push(fault),
                None => break,
            }
        }
        reach
    }

    fn fit(&self, run: &ScenarioRun<'_>, faults: FaultSet) -> Fit {
        replay(self.profile, run, &self.choices, faults)
    }

    fn reach(&self, faults: FaultSet) -> Reach {
        let mut reach = Reach::default();
        for run in &self.runs {
            reach.add(&self.fit(run, faults));
        }
        reach
    }

    /// The reach when it is beyond `least`; given up as soon as it cannot be.
    fn reach_beyond(&self, faults: FaultSet, least: Reach) -> Option<Reach> {
        let mut reach = Reach::default();
        let mut left = count(self.runs.len());
        for run in &self.runs {
            reach.add(&self.fit(run, faults));
            left -= 1;
            if reach.whole + left < least.whole {
                return None;
            }
        }
        (reach > least).then_some(reach)
    }

    fn is_complete(&self, reach: Reach) -> bool {
        reach.whole == count(self.runs.len())
    }

    fn diagnosis(
        &self,
        faults: &[Fault],
        alternatives: Vec<Fault>,
        without: Reach,
        best: Reach,
    ) -> Diagnosis {
        Diagnosis {
            faults: faults.to_vec(),
            alternatives,
            explained: best.calls,
            explained_without: without.calls,
            total: self.runs.iter().map(|run| count(run.calls.len())).sum(),
            complete: self.is_complete(best),
        }
    }
}

impl Reach {
    fn add(&mut self, fit: &Fit) {
        self.calls += fit.explained;
        self.whole += u32::from(fit.is_whole());
    }
}

fn set_of(faults: &[Fault]) -> FaultSet {
    faults
        .iter()
        .fold(FaultSet::NONE, |set, fault| set.with(*fault))
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
