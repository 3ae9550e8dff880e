//! The first calls of sequences that no submission can know.
//!
//! A library with a table of the scenarios' calls and answers passes every scenario, but it is not
//! an allocator. The calls here depend on the library itself and on the class's secret, so a table
//! cannot contain them. A submission that is right in hardly any of these calls, and in nearly all
//! calls of the scenarios, is a table of answers: it loses all points.
//!
//! So does one that hands out no memory of its own. Each mistake costs once, so a submission without
//! content, which makes few different mistakes, would keep most of its points.

use super::{Error, Grader};
use crate::explain::Observed;
use crate::fuzz::{self, Closely, Recipe};
use crate::inject::Injection;
use crate::judge::{self, Judged, Judgement, Reading, Run, Verdict};
use crate::plan::Plans;
use crate::record::Mistake;
use crate::suite::SCENARIOS;
use crate::tracer::Stage;
use crate::transcript;
use crate::types::{Clause, End, Finding, Kind, Outcome, Place, Step};

/// Sequences of which the first calls are played.
const SEQUENCES: u64 = 6;
/// Calls of each: few, so that an allocator that goes wrong only later is still right.
const CALLS: u32 = 24;

/// What the mistake is called.
pub const NO_ALLOCATOR: &str = "NoAllocator";

/// What was seen of the first calls.
pub(super) struct Openings(Vec<Observed>);

impl Grader {
    /// Plays them before anything else, so that a submission cannot use up its time first.
    pub(super) fn open(&self, stage: &Stage, library: &[u8]) -> Result<Openings, Error> {
        let is_random = |index: &usize| SCENARIOS[*index].kind == Kind::Random;
        if !self.indices.iter().any(is_random) {
            return Ok(Openings(Vec::new()));
        }
        let name = self.seed_of(library);
        // 64 bits of it.
        let first = u64::from_str_radix(&name[..16], 16).expect("a digest is hexadecimal");
        let mut closely = Closely::new(stage)?;
        let mut openings = Vec::new();
        for seed in (0..SEQUENCES).map(|count| first.wrapping_add(count)) {
            let calls = fuzz::generate(seed, &Recipe::new(self.profile, CALLS));
            let raw = closely.play(&calls)?;
            openings.push(Observed {
                index: None,
                stem: format!("seed {seed}"),
                calls,
                golden: None,
                injection: Injection::default(),
                prepared: 0,
                transcript: transcript::of(&raw, &self.profile),
                output: raw.output,
                complained: false,
                seconds: 0.0,
                trail: raw.trail,
            });
        }
        Ok(Openings(openings))
    }

    /// The mistake of being no allocator, given the judgement of the scenarios.
    pub(super) fn has_no_allocator(
        &self,
        stage: &Stage,
        openings: &Openings,
        observed: &[Observed],
        judgement: &Judgement,
    ) -> Result<Option<Mistake>, Error> {
        match self.serves_nothing(observed) {
            Some(mistake) => Ok(Some(mistake)),
            None => self.is_table(stage, openings, observed, judgement),
        }
    }

    /// The mistake of serving hardly any scenario. A scenario is served if the submission hands out
    /// memory that it has from the system, and that no other block uses.
    fn serves_nothing(&self, observed: &[Observed]) -> Option<Mistake> {
        // What ends a process otherwise, such as a forbidden system call, is charged for itself.
        let is_own_end = |end: &End| {
            let is_own = matches!(
                end,
                End::Finished(_) | End::Exited { .. } | End::Signal { .. }
            );
            is_own && !end.may_be_the_machines()
        };
        let runs = observed.iter().filter_map(|run| {
            let golden = run.golden.as_ref()?;
            is_own_end(&run.transcript.end).then_some((golden, &run.transcript.steps))
        });
        let runs: Vec<_> = runs.collect();
        let asking = runs.iter().filter(|(golden, _)| golden.iter().any(asks));
        let asked = |steps: &[Step]| steps.iter().any(|step| asks(&step.outcome));
        let asked = asking.clone().filter(|(_, steps)| asked(steps)).count();
        // Memory from elsewhere may have been taken while the library was loaded.
        let takes_memory = asked * 10 >= asking.count();
        let (mut served, mut all) = (0, 0);
        for (golden, steps) in runs {
            let requests = golden.iter().filter(|due| is_memory(due)).count();
            // Calls that were never made are not served either.
            let made = golden.iter().zip(steps);
            let made = made.filter(|(due, step)| is_memory(due) && is_served(step, takes_memory));
            all += usize::from(requests > 0);
            served += usize::from(made.count() * 2 > requests);
        }
        // What a few scenarios show is no more than that.
        if all * 2 < self.indices.len() || all < 10 || served * 10 >= all {
            return None;
        }
        let sentence = format!(
            "it hands out memory of its own in {served} of {all} scenarios: it is no allocator"
        );
        let hint = "does os_malloc return memory from brk or mmap, another part each time that it is called?";
        Some(self.costs_all(sentence, hint, (all - served, all)))
    }

    /// The mistake of being a table of answers.
    fn is_table(
        &self,
        stage: &Stage,
        openings: &Openings,
        observed: &[Observed],
        judgement: &Judgement,
    ) -> Result<Option<Mistake>, Error> {
        let runs: Vec<Run<'_>> = openings.0.iter().map(Observed::run).collect();
        let opened = judge::judge_again(&self.profile, &judgement.reading, &runs);
        // Only calls that were made count: an allocator that lacks a function, or damages memory,
        // is charged for that elsewhere.
        let is_served = |at: usize| {
            let of_it = |call: &Judged| call.run == at;
            let made = opened.calls.iter().filter(|call| of_it(call)).count();
            right(&opened.calls, of_it) * 2 > made && hands_out(&openings.0[at])
        };
        if runs.is_empty() || (0..runs.len()).any(is_served) {
            return Ok(None);
        }
        // A table knows the published scenarios.
        let right_there = match self.plans.is_varied() {
            true => self.right_as_published(stage, &judgement.reading)?,
            false => right_in_scenarios(observed, judgement),
        };
        // Calls that were never made are not served either.
        let indices = self.indices.iter();
        let lengths = indices.map(|&index| self.plans.calls(index).len());
        let all_there: usize = lengths.sum();
        // A submission that is as bad in the scenarios is charged there.
        if right_there * 4 < all_there * 3 {
            return Ok(None);
        }
        let all = CALLS as usize * runs.len();
        let right_here = right(&opened.calls, |_| true);
        let sentence = format!(
            "it is right in {right_there} of {all_there} calls of the scenarios, but only in {right_here} of {all} calls that it cannot know before: it is a table of answers, not an allocator"
        );
        let hint = "does your code handle calls that no scenario makes?";
        Ok(Some(self.costs_all(
            sentence,
            hint,
            (all - right_here, all),
        )))
    }

    /// A mistake that shows in so many of so many situations, and costs all scenarios.
    fn costs_all(
        &self,
        sentence: String,
        hint: &str,
        (shown, situations): (usize, usize),
    ) -> Mistake {
        let stems = self.indices.iter().map(|&index| SCENARIOS[index].stem);
        Mistake {
            name: NO_ALLOCATOR.to_owned(),
            known: false,
            guess: false,
            clause: Clause::E4.number().to_owned(),
            sentence,
            hint: hint.to_owned(),
            shown,
            situations,
            homes: stems.map(str::to_owned).collect(),
            damages: false,
            example: None,
        }
    }

    /// How many calls of the scenarios are right where these have the usual sizes.
    fn right_as_published(&self, stage: &Stage, reading: &Reading) -> Result<usize, Error> {
        let usual = self.run(stage, &Plans::usual(&self.profile))?;
        let runs: Vec<Run<'_>> = usual.observed.iter().map(Observed::run).collect();
        let judgement = judge::judge_again(&self.profile, reading, &runs);
        Ok(right_in_scenarios(&usual.observed, &judgement))
    }
}

/// Whether most calls that ask for memory get it. Without any, each `os_free` is right by itself.
fn hands_out(observed: &Observed) -> bool {
    let steps = observed.calls.iter().zip(&observed.transcript.steps);
    let asking = steps.filter(|(call, _)| call.size().is_some_and(|size| size > 0));
    let got = asking.clone().filter(|(_, step)| is_memory(&step.outcome));
    got.count() * 2 > asking.count()
}

/// Whether a call returns memory of the system that no other block uses. A submission that
/// `takes_memory` in its calls may also return memory that it took before the first call.
fn is_served(step: &Step, takes_memory: bool) -> bool {
    let taken = |finding: &Finding| matches!(finding, Finding::Overlap { .. });
    let place = step.outcome.result.filter(|place| match place {
        Place::Null => false,
        Place::Heap(_) | Place::Mapping(..) => true,
        Place::Elsewhere => takes_memory,
    });
    place.is_some() && !step.findings.iter().any(taken)
}

/// Whether a call makes a system call for memory.
fn asks(outcome: &Outcome) -> bool {
    !outcome.system_calls.is_empty()
}

fn is_memory(outcome: &Outcome) -> bool {
    outcome.result.is_some_and(|it| it != Place::Null)
}

fn right_in_scenarios(observed: &[Observed], judgement: &Judgement) -> usize {
    right(&judgement.calls, |call| observed[call.run].golden.is_some())
}

fn right(calls: &[Judged], of: impl Fn(&Judged) -> bool) -> usize {
    let of_these = calls.iter().filter(|call| of(call));
    of_these
        .filter(|call| call.verdict == Verdict::Right)
        .count()
}
