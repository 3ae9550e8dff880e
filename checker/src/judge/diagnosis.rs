//! Which known mistakes explain a submission: all runs replayed with faults in the model.
//!
//! A fault stays a candidate for as long as it carries on from where the faults so far stop
//! explaining; so most of the catalogue is left after the first diverging scenario.

use super::compare::{Fit, replay};
use super::{Judgement, ScenarioRun};
use crate::model::{Choices, Fault, FaultSet};
use crate::types::{Kind, Profile, Status};

/// The most faults that one diagnosis names.
const MOST_FAULTS: usize = 4;
/// How many of the best single faults are tried in pairs.
const PAIRED: usize = 12;
/// Calls that are replayed for each set of faults at most; longer runs only judge the outcome.
const REPLAYED: usize = 2500;

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

impl Diagnosis {
    /// Whether the faults explain at least half of the calls that would be unexplained without;
    /// all of them, where one of the faults explains whatever is in the heap.
    #[must_use]
    pub fn is_convincing(&self) -> bool {
        let gained = self.explained.saturating_sub(self.explained_without);
        let missing = self.total.saturating_sub(self.explained_without);
        let telling = !self.faults.iter().any(|fault| fault.blurs());
        self.complete || telling && gained * 2 >= missing && gained > 0
    }
}

/// How much a set of faults explains: runs first, then calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Reach {
    whole: u32,
    calls: u32,
}

struct Search<'a> {
    profile: &'a Profile,
    /// All runs, the failing ones first, the shortest of them in front.
    all: &'a [&'a ScenarioRun<'a>],
    /// Those that are replayed again and again.
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
    let wrong = |status| {
        !matches!(
            status,
            Status::Pass | Status::GraderError | Status::NotReached
        )
    };
    let ordered = in_order(runs, judgement);
    let failed = runs.iter().zip(&judgement.verdicts);
    let mut failed = failed.filter(|(run, _)| run.kind != Kind::Robustness);
    if !failed.any(|(_, verdict)| wrong(verdict.status)) {
        return None;
    }
    let mut best: Option<Diagnosis> = None;
    for choices in readings(profile, judgement.choices) {
        let found = Search::new(profile, &ordered, choices).run();
        let explained = best.as_ref().map(|best| best.explained);
        if Some(found.explained) > explained {
            best = Some(found);
        }
        if best.as_ref().is_some_and(|best| best.complete) {
            break;
        }
    }
    best
}

/// The inferred choices, the same cut-offs with all else canonical, and the canonical choices: a
/// fault can look like a choice.
fn readings(profile: &Profile, choices: Choices) -> Vec<Choices> {
    let canonical = Choices::canonical(profile);
    let plain = Choices {
        malloc_cutoff: choices.malloc_cutoff,
        calloc_cutoff: choices.calloc_cutoff,
        realloc_cutoff: choices.realloc_cutoff,
        ..canonical
    };
    let mut readings = vec![choices, plain, canonical];
    readings.dedup();
    readings
}

/// The runs to explain. Those of the robustness tier are not: the catalogue is about what the
/// assignment says, and a submission that knows nothing of foreign breaks has a fault more for
/// each of them, which would be looked for in vain.
fn in_order<'a>(runs: &'a [ScenarioRun<'a>], judgement: &Judgement) -> Vec<&'a ScenarioRun<'a>> {
    let mut ordered: Vec<_> = runs.iter().zip(&judgement.verdicts).collect();
    ordered.retain(|(run, verdict)| {
        verdict.status != Status::GraderError && run.kind != Kind::Robustness
    });
    ordered.sort_by_key(|(run, verdict)| (verdict.status == Status::Pass, run.calls.len()));
    ordered.into_iter().map(|(run, _)| run).collect()
}

impl<'a> Search<'a> {
    fn new(profile: &'a Profile, all: &'a [&'a ScenarioRun<'a>], choices: Choices) -> Self {
        let mut left = REPLAYED;
        let affordable = |run: &&&ScenarioRun<'_>| {
            let calls = run.calls.len();
            let fits = calls <= left;
            left -= if fits { calls } else { 0 };
            fits
        };
        let mut runs: Vec<_> = all.iter().filter(affordable).copied().collect();
        if runs.is_empty() {
            runs.extend(all.first());
        }
        Self {
            profile,
            all,
            runs,
            choices,
        }
    }

    fn run(&self) -> Diagnosis {
        let without = self.reach(FaultSet::NONE);
        let singles = self.singles(without);
        let Some(&(best, first)) = singles.first() else {
            return self.diagnosis(&[], Vec::new());
        };
        let alternatives = self.alternatives(&singles);
        let mut faults = vec![first];
        if !self.is_complete(best)
            && let Some((reach, pair)) = self.best_pair(&singles, best)
        {
            faults = pair.to_vec();
            self.extend(&mut faults, reach);
        }
        let alternatives = if faults == [first] {
            alternatives
        } else {
            Vec::new()
        };
        self.diagnosis(&faults, alternatives)
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

    /// Adds faults for as long as each explains another scenario.
    fn extend(&self, faults: &mut Vec<Fault>, mut reach: Reach) {
        while faults.len() < MOST_FAULTS && !self.is_complete(reach) {
            let set = set_of(faults);
            let whole = reach.whole;
            let mut found = None;
            for fault in Fault::ALL.iter().filter(|fault| !set.has(**fault)) {
                if let Some(more) = self.reach_beyond(set.with(*fault), reach) {
                    reach = more;
                    found = Some(*fault);
                }
            }
            match found {
                Some(fault) if reach.whole > whole => faults.push(fault),
                _ => break,
            }
        }
    }

    fn fit(&self, run: &ScenarioRun<'_>, faults: FaultSet) -> Fit {
        replay(self.profile, run, &self.choices, faults)
    }

    fn reach(&self, faults: FaultSet) -> Reach {
        self.reach_in(&self.runs, faults)
    }

    fn reach_in(&self, runs: &[&ScenarioRun<'_>], faults: FaultSet) -> Reach {
        let mut reach = Reach::default();
        for run in runs {
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

    /// Says of all runs how far the faults explain them.
    fn diagnosis(&self, faults: &[Fault], alternatives: Vec<Fault>) -> Diagnosis {
        let without = self.reach_in(self.all, FaultSet::NONE);
        let best = self.reach_in(self.all, set_of(faults));
        Diagnosis {
            faults: faults.to_vec(),
            alternatives,
            explained: best.calls,
            explained_without: without.calls,
            total: self.all.iter().map(|run| count(run.calls.len())).sum(),
            complete: best.whole == count(self.all.len()),
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
