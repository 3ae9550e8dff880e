//! Puts a judgement into the record that reports are made from: mistakes with their homes and their
//! smallest examples, the card by clause, and what became of each scenario.

mod own_check;

use std::collections::{BTreeMap, BTreeSet};

use ref_tests::scenario::{Kind, Scenario};

use crate::backtrace::Backtraces;
use crate::homes::{Homes, of_unnamed};
use crate::inject::Injection;
use crate::judge::{self, Aspect, Cause, Due, Found, Judged, Judgement, Run, Scope, Verdict};
use crate::picture;
use crate::plan;
use crate::profile;
use crate::record::{
    self, ClauseLine, Damage, Example, Failure, HeapBlock, Heaps, Mistake, Output, Record,
    ScenarioResult, Source, Step, Where,
};
use crate::snapshot::{self, SnapshotStep};
use crate::spec::{self, State};
use crate::submission::neutral;
use crate::suite::SCENARIOS;
use crate::types::{
    Call, CallNumber, Clause, End, Layout, Outcome, Phase, Profile, Status, SystemCall, Trail,
    Transcript,
};

pub use own_check::OWN_CHECK;

use own_check::OwnCheck;

/// So many scenarios are tried for an example that shows a mistake by itself.
const TRIED_ALONE: usize = 8;
/// What breaks it counts as safety, but damages nothing that the caller has.
const ZEROING: Clause = Clause::A4;
/// Bytes of a submission's output that a result keeps.
pub const OUTPUT_KEPT: usize = 2048;
/// Columns of a picture.
const PICTURE_WIDTH: usize = 78;
/// Blocks of a heap that a result keeps.
const BLOCKS_KEPT: usize = 400;
/// Calls of a time line, and how many of them are after the first wrong one.
const STEPS_KEPT: usize = 40;
const STEPS_AFTER: usize = 3;
/// System calls of a call in a time line.
const SYSTEM_CALLS_KEPT: usize = 8;
/// Blocks that the calls of a time line have together.
const STEP_BLOCKS_KEPT: usize = 1500;

/// One run of a submission.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The scenario; `None` for a random sequence.
    pub index: Option<usize>,
    /// The scenario's stem, or `seed 7`.
    pub stem: String,
    /// The calls that it was to make.
    pub calls: Vec<Call>,
    /// Its golden outcomes, where there are some.
    pub golden: Option<Vec<Outcome>>,
    /// System calls that were made to fail.
    pub injection: Injection,
    /// Calls that came before the scenario's own, on a heap that was prepared.
    pub prepared: u32,
    /// What it did.
    pub transcript: Transcript,
    /// What it printed, the part that was kept.
    pub output: Vec<u8>,
    /// Whether any of that went to standard error.
    pub complained: bool,
    /// Seconds of wall-clock time.
    pub seconds: f64,
    /// Where in the submission's code it did what may have to be told.
    pub trail: Trail,
}

impl Observed {
    /// The run as the judge takes it.
    #[must_use]
    pub fn run(&self) -> Run<'_> {
        Run {
            stem: &self.stem,
            calls: &self.calls,
            golden: self.golden.as_deref(),
            transcript: &self.transcript,
            injected: self.injection.is_active(),
            message: self.complained,
            from: 0,
        }
    }

    fn is_of(&self, index: usize) -> bool {
        self.index == Some(index)
    }

    /// Whether what it shows is part of the assignment, and not beyond it.
    fn counts(&self) -> bool {
        self.index
            .is_none_or(|index| SCENARIOS[index].kind != Kind::Robustness)
    }

    /// Whether it is what a run of a scenario by hand does.
    fn is_by_hand(&self) -> bool {
        let named =
            |index: usize| SCENARIOS[index].stem == self.stem && SCENARIOS.own_at(index).is_none();
        self.index.is_some_and(named) && self.prepared == 0 && !self.injection.is_active()
    }

    /// The number of a call as the scenario counts.
    fn number(&self, number: CallNumber) -> u32 {
        number.0.saturating_sub(self.prepared)
    }
}

/// A judgement with all that it was made from.
pub struct Account<'a> {
    /// The constants.
    pub profile: &'a Profile,
    /// The runs, in the order in which they were judged.
    pub observed: &'a [Observed],
    /// What was said of them.
    pub judgement: &'a Judgement,
    /// Where mistakes are at home.
    pub homes: &'a Homes,
    /// What finds the lines of the submission, where its library is at hand.
    pub backtraces: Option<&'a Backtraces<'a>>,
}

/// A mistake of the submission, with its name and homes.
struct Charged<'a> {
    found: &'a Found,
    name: String,
    homes: BTreeSet<usize>,
}

impl Account<'_> {
    /// Fills in what the judgement says; the scenarios of `indices` have a result each.
    pub fn fill(&self, record: &mut Record, indices: &[usize]) {
        let judgement = self.judgement;
        let charged = self.charged();
        record.reading = judgement.reading.sentence(self.profile);
        record.mistakes = charged.iter().map(|one| self.mistake(one)).collect();
        record.remarks = judgement
            .remarks
            .iter()
            .map(|it| neutral(it.as_bytes()))
            .collect();
        record.card = self.card(&charged);
        record.damage = self.damage();
        record.results = indices
            .iter()
            .map(|&index| self.result(index, &charged))
            .collect();
        record.results.sort_by(|a, b| a.stem.cmp(&b.stem));
        if let Some(mistake) = self.own_checks(indices, &charged) {
            let failed = |it: &&mut ScenarioResult| mistake.homes.contains(&it.stem);
            for result in record.results.iter_mut().filter(failed) {
                result.mistakes.push(mistake.name.clone());
            }
            record.mistakes.push(mistake);
        }
        record.choices = judgement.choices.words(&judgement.reading.profile);
        record.contradictions.clone_from(&judgement.conflicts);
    }

    /// Whether a scenario's purpose came about in none of its runs: none of the mistakes that are
    /// at home there could have shown.
    #[must_use]
    pub fn misses_purpose(&self, index: usize) -> bool {
        let purposes = self.homes.in_scenario(index);
        !purposes.is_empty()
            && !self
                .calls_of(index)
                .any(|call| purposes.iter().any(|it| call.consulted.contains(it)))
    }

    fn calls_of(&self, index: usize) -> impl Iterator<Item = &Judged> {
        let calls = self.judgement.calls.iter();
        calls.filter(move |call| self.observed[call.run].is_of(index))
    }

    fn call(&self, position: usize) -> &Judged {
        &self.judgement.calls[position]
    }

    fn charged(&self) -> Vec<Charged<'_>> {
        let mut unnamed: BTreeMap<Clause, u32> = BTreeMap::new();
        let charge = |found| {
            let name = match found_name(found) {
                Some(name) => name,
                None => {
                    let count = unnamed.entry(found.clause()).or_default();
                    *count += 1;
                    format!("unnamed-{}-{count}", found.clause())
                }
            };
            Charged {
                found,
                name,
                homes: self.homes_of(found),
            }
        };
        let judged = |found: &&Found| profile::edition().judges(found.clause());
        let mistakes = self.judgement.mistakes.iter();
        mistakes.filter(judged).map(charge).collect()
    }

    /// The wrong calls that break only clauses that the course leaves out.
    fn pardoned(&self) -> BTreeSet<usize> {
        let of = |judged: bool| {
            let mistakes = self.judgement.mistakes.iter();
            let mistakes =
                mistakes.filter(move |it| profile::edition().judges(it.clause()) == judged);
            mistakes.flat_map(|found| found.wrong.iter().copied())
        };
        let counting: BTreeSet<usize> = of(true).collect();
        of(false).filter(|at| !counting.contains(at)).collect()
    }

    /// The scenarios that a mistake costs: where it is at home and has shown, or could not show.
    fn homes_of(&self, found: &Found) -> BTreeSet<usize> {
        let shown: BTreeSet<usize> = found
            .wrong
            .iter()
            .filter_map(|at| self.observed[self.call(*at).run].index)
            .collect();
        let Cause::Known(mistake) = found.cause else {
            return match found.cause {
                Cause::Unnamed(..) if self.follows(found) => BTreeSet::new(),
                Cause::Unnamed(_, _, Aspect::End) => shown,
                _ => of_unnamed(found.clause(), &shown).into_iter().collect(),
            };
        };
        let kept = |index: &usize| {
            let mut calls = self
                .calls_of(*index)
                .filter(|it| it.verdict == Verdict::Right);
            !shown.contains(index) && calls.any(|call| call.consulted.contains(&mistake))
        };
        let homes = self.homes.of_mistake(mistake, found.scope).iter().copied();
        // A mistake costs the same beside others, which keep it from showing as often as alone. One
        // that is made only sometimes costs where it is made, and where it could not show, unless it
        // was seen a few times only.
        let often = found.is_often();
        let costs = |index: &usize| match found.guess && !often {
            true => shown.contains(index),
            false => often || !kept(index),
        };
        let homes: BTreeSet<usize> = homes.filter(costs).collect();
        match homes.is_empty() {
            true => of_unnamed(found.clause(), &shown).into_iter().collect(),
            false => homes,
        }
    }

    /// Whether only random sequences show it, each time after a call that a known mistake explains
    /// which the scenarios show too: the heap was no longer what it should be. Harm follows only where
    /// one of those mistakes does harm.
    fn follows(&self, found: &Found) -> bool {
        let of_random = |at: &usize| {
            let index = self.observed[self.call(*at).run].index;
            index.is_some_and(|it| SCENARIOS[it].kind == Kind::Random)
        };
        if !found.wrong.iter().all(of_random) {
            return false;
        }
        let plainly = |at: &usize| {
            let observed = &self.observed[self.call(*at).run];
            let golden = |index: usize| SCENARIOS[index].kind == Kind::Golden;
            observed.is_by_hand() && observed.index.is_some_and(golden)
        };
        let known = |it: &&Found| it.known().is_some();
        let shown = self.judgement.mistakes.iter().filter(known);
        let shown: Vec<&Found> = shown.filter(|it| it.wrong.iter().any(plainly)).collect();
        let corrupts = |it: &&Found| it.known().is_some_and(spec::Mistake::corrupts);
        let corrupted = shown.iter().any(corrupts);
        let explained = shown.iter().flat_map(|found| &found.wrong);
        let explained: Vec<&Judged> = explained.map(|at| self.call(*at)).collect();
        found.wrong.iter().map(|at| self.call(*at)).all(|call| {
            let aspect = call.due.as_ref().map(|due| due.aspect);
            let harmful = matches!(aspect, Some(Aspect::Safety | Aspect::End));
            let mut others = explained.iter();
            let before = others.any(|other| other.run == call.run && other.number < call.number);
            before && (corrupted || !harmful)
        })
    }

    fn mistake(&self, charged: &Charged<'_>) -> Mistake {
        let Charged { found, name, homes } = charged;
        let example = self.smallest(found);
        let (sentence, hint) = match found.cause {
            Cause::Known(mistake) => (
                format!("it {}{}", mistake.sentence(), found.scope.words()),
                mistake.hint().to_owned(),
            ),
            Cause::Unnamed(..) => {
                let complaint = example.and_then(|at| self.call(at).complaint.as_ref());
                let text = complaint.map_or("goes wrong", |it| it.sentence.as_str());
                let text = text.strip_suffix(&format!(" ({})", found.clause()));
                let text = text.unwrap_or("goes wrong");
                (
                    format!("it makes an unknown mistake: {text}"),
                    String::new(),
                )
            }
        };
        let damages = match found.cause {
            Cause::Known(mistake) => mistake.damages(),
            Cause::Unnamed(clause, _, Aspect::Safety) => clause != ZEROING,
            Cause::Unnamed(_, _, aspect) => aspect == Aspect::End,
        };
        Mistake {
            name: name.clone(),
            known: found.known().is_some(),
            guess: found.guess,
            clause: found.clause().to_string(),
            sentence: neutral(sentence.as_bytes()),
            hint,
            shown: found.wrong.len(),
            situations: found.situations,
            homes: homes
                .iter()
                .map(|&index| SCENARIOS[index].stem.to_owned())
                .collect(),
            damages,
            example: example.map(|at| {
                let call = self.call(at);
                Example {
                    stem: self.observed[call.run].stem.clone(),
                    failure: self.failure(call),
                    steps: self.steps(call.run, &[call.number]),
                }
            }),
        }
    }

    /// The calls of a run up to a few after the first of `wrong`.
    fn steps(&self, run: usize, wrong: &[CallNumber]) -> Vec<Step> {
        let observed = &self.observed[run];
        let Some(first) = wrong.iter().min() else {
            return Vec::new();
        };
        let states = judge::states(&self.judgement.reading, observed.run());
        let step = |(index, call): (usize, &Call)| {
            let number = CallNumber(u32::try_from(index + 1).unwrap_or(u32::MAX));
            let seen = observed.transcript.steps.get(index);
            let outcome = seen.map(|seen| &seen.outcome);
            let result = outcome.and_then(|outcome| outcome.result);
            let unfinished = &observed.transcript.unfinished;
            let system_calls = outcome.map_or(unfinished, |outcome| &outcome.system_calls);
            Step {
                number: observed.number(number),
                code: snapshot::call_text(number, *call),
                result: result.map_or_else(String::new, snapshot::place_text),
                system_calls: told(system_calls),
                heap: states.get(index).map(blocks),
                wrong: wrong.contains(&number),
            }
        };
        let end = (first.0 as usize).saturating_add(STEPS_AFTER);
        let start = end.saturating_sub(STEPS_KEPT);
        let returned = observed.transcript.steps.len();
        // The call in which the process ended is the last one.
        let all = observed.calls.iter().enumerate().take(returned + 1);
        let mut steps: Vec<Step> = all.take(end).skip(start).map(step).collect();
        let size = |step: &Step| 1 + step.heap.as_ref().map_or(0, Vec::len);
        let mut kept = 0;
        let fits = steps.iter().rev().take_while(|step| {
            kept += size(step);
            kept <= STEP_BLOCKS_KEPT
        });
        let left_out = steps.len() - fits.count();
        steps.drain(..left_out);
        steps
    }

    /// The wrong call that is easiest to look at; one that breaks the clause of the mistake itself
    /// comes first.
    fn smallest(&self, found: &Found) -> Option<usize> {
        let effort = |at: &&usize| {
            let call = self.call(**at);
            let observed = &self.observed[call.run];
            let blocks = call
                .due
                .as_ref()
                .map_or(usize::MAX, |due| due.before.heap.blocks.len());
            let clause = call.complaint.as_ref().map(|it| it.clause);
            (
                observed.injection.is_active(),
                observed.prepared > 0,
                observed.index.is_none(),
                clause != Some(found.clause()),
                blocks,
                call.number,
            )
        };
        let mut calls = found.wrong.clone();
        calls.sort_by_cached_key(|at| effort(&at));
        let mut runs = BTreeSet::new();
        let firsts = calls.iter().filter(|at| runs.insert(self.call(**at).run));
        let mut firsts = firsts.take(TRIED_ALONE);
        let alike = firsts.find(|at| self.shows_alone(found, self.call(**at)));
        alike.or(calls.first()).copied()
    }

    /// Whether the scenario by itself shows the mistake in this call, as a run of it by hand does.
    fn shows_alone(&self, found: &Found, call: &Judged) -> bool {
        let observed = &self.observed[call.run];
        let is_same = |alone: &Judgement, it: &Found| {
            let mut wrong = it.wrong.iter().map(|at| alone.calls[*at].number);
            it.cause == found.cause && wrong.any(|number| number == call.number)
        };
        observed.is_by_hand() && {
            let alone = judge::judge(self.profile, &[observed.run()]);
            alone.mistakes.iter().any(|it| is_same(&alone, it))
        }
    }

    fn failure(&self, call: &Judged) -> Failure {
        let observed = &self.observed[call.run];
        let index = (call.number.0 as usize).wrapping_sub(1);
        let made = observed.calls.get(index).copied();
        let seen = observed
            .transcript
            .steps
            .get(index)
            .map(|step| &step.outcome);
        let due = call.due.as_deref();
        let text = |outcome: Option<&Outcome>| match (made, outcome) {
            (Some(call_made), Some(outcome)) => {
                let recorded = SnapshotStep {
                    call: call_made,
                    outcome: outcome.clone(),
                };
                snapshot::step_text(call.number, &recorded)
            }
            _ => String::new(),
        };
        let complaint = call.complaint.as_ref();
        let sentence = complaint.map_or_else(String::new, |it| it.sentence.clone());
        let header = self.judgement.reading.profile.header;
        let heaps = due.map(|due| heaps(due, header));
        let sentence = match observed.injection.is_active() {
            true => format!("when {}: {sentence}", observed.injection),
            false => sentence,
        };
        Failure {
            call: Some(observed.number(call.number)),
            code: made.map_or_else(String::new, |made| snapshot::call_text(call.number, made)),
            clause: complaint.map(|it| it.clause.to_string()),
            sentence: neutral(sentence.as_bytes()),
            expected: text(due.map(|due| &due.outcome)),
            observed: text(seen),
            picture: heaps.as_ref().map_or_else(String::new, draw),
            heaps: heaps.filter(is_small),
            diff: String::new(),
            source: self.source(call),
            by_hand: observed.is_by_hand(),
        }
    }

    /// Where in the sources a call went wrong: where it ended the process, or where it made the
    /// first system call that it should not have made.
    fn source(&self, call: &Judged) -> Option<Source> {
        let observed = &self.observed[call.run];
        let index = (call.number.0 as usize).checked_sub(1)?;
        let Some(step) = observed.transcript.steps.get(index) else {
            return self.source_of_end(observed);
        };
        let due = call
            .due
            .as_ref()
            .filter(|due| due.aspect == Aspect::SystemCalls)?;
        let (made, due) = (&step.outcome.system_calls, &due.outcome.system_calls);
        let agrees = |at: usize| {
            let due = due.get(at..=at).unwrap_or_default();
            judge::same_system_calls(&made[at..=at], due)
        };
        let first = (0..made.len()).find(|&at| !agrees(at))?;
        let name = match made[first] {
            SystemCall::Brk { .. } => "brk",
            SystemCall::Mmap { .. } => "mmap",
            SystemCall::Munmap { .. } => "munmap",
        };
        self.locate(observed, call.number, Some(first), name)
    }

    /// Where in the sources a run was ended.
    fn source_of_end(&self, observed: &Observed) -> Option<Source> {
        let end = &observed.transcript.end;
        let what = match end {
            End::Signal { name, .. }
            | End::Forbidden { name, .. }
            | End::Allocated { name, .. } => name,
            End::Limit { resource, .. } => resource,
            _ => return None,
        };
        self.locate(observed, end.moment()?.number, None, what)
    }

    fn locate(
        &self,
        observed: &Observed,
        number: CallNumber,
        system_call: Option<usize>,
        what: &str,
    ) -> Option<Source> {
        let site = observed.trail.site(number, system_call)?;
        let call = observed.calls.get((number.0 as usize).checked_sub(1)?)?;
        self.backtraces?
            .source(&observed.trail, site, what, call.function())
    }

    fn card(&self, charged: &[Charged<'_>]) -> Vec<ClauseLine> {
        let mut broken: BTreeMap<usize, BTreeSet<Clause>> = BTreeMap::new();
        for one in charged {
            for &at in &one.found.wrong {
                broken.entry(at).or_default().insert(one.found.clause());
            }
        }
        let mut lines: BTreeMap<Clause, ClauseLine> = BTreeMap::new();
        for (position, call) in self.judgement.calls.iter().enumerate() {
            let breaks = broken.get(&position);
            let mut clauses: BTreeSet<Clause> = call.clauses.iter().copied().collect();
            clauses.extend(breaks.into_iter().flatten());
            if call.verdict == Verdict::Unknown {
                continue;
            }
            for clause in clauses {
                if !profile::edition().judges(clause) {
                    continue;
                }
                let line = lines.entry(clause).or_insert_with(|| ClauseLine {
                    clause: clause.to_string(),
                    summary: profile::summary(clause).to_owned(),
                    decided: 0,
                    kept: 0,
                    first: None,
                });
                line.decided += 1;
                match breaks.is_some_and(|breaks| breaks.contains(&clause)) {
                    false => line.kept += 1,
                    true => {
                        line.first.get_or_insert_with(|| self.place(call));
                    }
                }
            }
        }
        lines.into_values().collect()
    }

    fn place(&self, call: &Judged) -> Where {
        let observed = &self.observed[call.run];
        Where {
            stem: observed.stem.clone(),
            call: observed.number(call.number),
        }
    }

    /// The first call that damages what the caller holds, or that crashes, where nothing was made
    /// to fail. Where there is none, a mistake that always damages memory.
    fn damage(&self) -> Option<Damage> {
        let (call, sentence) = match self.damaged() {
            Some(call) => (call, call.complaint.as_ref()?.sentence.clone()),
            None => self.must_damage()?,
        };
        Some(Damage {
            sentence: neutral(sentence.as_bytes()),
            place: self.place(call),
            source: self.source(call),
        })
    }

    /// The first call that was seen to damage memory, or to crash.
    fn damaged(&self) -> Option<&Judged> {
        let harmful = |call: &&Judged| {
            let observed = &self.observed[call.run];
            let aspect = call.due.as_ref().map(|due| due.aspect);
            let ended = matches!(observed.transcript.end, End::Signal { .. });
            let clause = call.complaint.as_ref().map(|complaint| complaint.clause);
            let damages = match aspect {
                Some(Aspect::Safety) => clause != Some(ZEROING),
                Some(Aspect::End) => ended,
                _ => false,
            };
            damages && observed.counts() && !observed.injection.is_active()
        };
        // What follows from another mistake is damage where that mistake damages memory.
        let damaging = |found: &Found| found.known().is_some_and(spec::Mistake::damages);
        let follows = self.judgement.mistakes.iter().any(damaging);
        let mut harmful = self.judgement.calls.iter().filter(harmful);
        harmful.find(|call| follows || call.verdict == Verdict::Wrong)
    }

    /// A mistake that damages memory costs the same where others keep the damage from being seen:
    /// one that is made everywhere, and beyond doubt.
    fn must_damage(&self) -> Option<(&Judged, String)> {
        let damaging = |found: &&Found| {
            let known = found.known().is_some_and(spec::Mistake::adds_damage);
            known && found.scope == Scope::Everywhere && !found.guess && found.is_often()
        };
        let found = self.judgement.mistakes.iter().find(damaging)?;
        let call = self.call(self.smallest(found)?);
        // A call that ends the process damages memory only where `damaged` says so.
        call.due.as_ref().filter(|due| due.aspect != Aspect::End)?;
        let hidden = "which damages memory; other mistakes keep the damage from being seen";
        Some((call, format!("it {}, {hidden}", found.known()?.sentence())))
    }

    /// What a course's test says by itself, where it does not pass.
    fn own_check(&self, index: usize, main: &Observed) -> Option<OwnCheck> {
        SCENARIOS.test_at(index)?;
        OwnCheck::of(main, &plan::calls(&SCENARIOS[index], self.profile))
    }

    /// The tests of a course that fail by a check of their own, where no mistake is at home.
    fn own_checks(&self, indices: &[usize], charged: &[Charged<'_>]) -> Option<Mistake> {
        let free = |index: &usize| !charged.iter().any(|one| one.homes.contains(index));
        let failed = |index: usize| {
            let main = self.main_run(index)?;
            Some((main, self.own_check(index, main)?))
        };
        let tests = indices.iter().copied();
        let tests = tests.filter(|index| SCENARIOS.test_at(*index).is_some());
        let situations = tests.clone().count();
        let failed: Vec<(&Observed, OwnCheck)> = tests.filter(free).filter_map(failed).collect();
        let (first, check) = failed.first()?;
        let s = if situations == 1 { "" } else { "s" };
        let tests = failed.iter().map(|(main, _)| main.stem.clone());
        Some(Mistake {
            name: OWN_CHECK.to_owned(),
            known: false,
            guess: false,
            clause: Clause::E4.number().to_owned(),
            sentence: format!(
                "it fails {} of {situations} test{s} of the course by a check of the test's own",
                failed.len()
            ),
            hint: "what does the test print?".to_owned(),
            shown: failed.len(),
            situations,
            homes: tests.collect(),
            damages: false,
            example: Some(Example {
                stem: first.stem.clone(),
                failure: check.failure(),
                steps: Vec::new(),
            }),
        })
    }

    /// The run of a scenario in which nothing is made to fail.
    fn main_run(&self, index: usize) -> Option<&Observed> {
        let mut runs = self.observed.iter().filter(|it| it.is_of(index));
        runs.find(|it| it.prepared == 0 && !it.injection.is_active())
    }

    /// Whether a process may end in this way: with a message, in a call that cannot succeed (E3).
    fn is_permitted(&self, observed: &Observed, end: &End) -> bool {
        let End::Exited { moment, .. } = end else {
            return false;
        };
        moment.phase == Phase::InCall
            && self.judgement.calls.iter().any(|call| {
                std::ptr::eq(&raw const self.observed[call.run], observed)
                    && call.number == moment.number
                    && call.verdict == Verdict::Right
            })
    }

    fn result(&self, index: usize, charged: &[Charged<'_>]) -> ScenarioResult {
        let mut result = blank(index, Status::Pass);
        let Some(main) = self.main_run(index) else {
            return result;
        };
        result.output = output(&main.output);
        result.seconds = main.seconds;
        let calls = self.calls_of(index);
        result.calls = calls.filter(|it| it.verdict != Verdict::Unknown).count();
        let pardoned = self.pardoned();
        let calls = self.judgement.calls.iter().enumerate();
        let wrong = calls.filter(|(at, call)| {
            let counts = call.verdict == Verdict::Wrong && !pardoned.contains(at);
            counts && self.observed[call.run].is_of(index)
        });
        let wrong: Vec<&Judged> = wrong.map(|(_, call)| call).collect();
        result.wrong = wrong.len();
        let shows = |one: &&Charged<'_>| {
            let mut wrong = one.found.wrong.iter();
            wrong.any(|at| self.observed[self.call(*at).run].is_of(index))
        };
        let here: Vec<&Charged<'_>> = charged.iter().filter(shows).collect();
        let costing = charged.iter().filter(|one| one.homes.contains(&index));
        let costing: Vec<&Charged<'_>> = costing.collect();
        let names = here.iter().chain(&costing).map(|one| one.name.clone());
        result.mistakes = names.collect::<BTreeSet<String>>().into_iter().collect();
        result.failure = wrong.first().map(|call| self.failure(call));
        if let Some(run) = wrong.first().map(|call| call.run) {
            let here = wrong.iter().filter(|call| call.run == run);
            let numbers: Vec<CallNumber> = here.map(|call| call.number).collect();
            result.steps = self.steps(run, &numbers);
        }
        let at_home = here.iter().any(|one| one.homes.contains(&index));
        let end = Some(&main.transcript.end).filter(|end| !self.is_permitted(main, end));
        result.status = match (end.and_then(status_of_end), wrong.is_empty()) {
            (Some(status), _) if status != Status::Fail => status,
            (Some(status), true) => status,
            (_, false) if at_home => Status::Fail,
            (_, false) => Status::Carried,
            (None, true) if !costing.is_empty() || self.misses_purpose(index) => Status::NotReached,
            (None, true) => Status::Pass,
        };
        if let Some(failed) = self.own_check(index, main) {
            failed.told_in(&mut result);
        }
        if result.failure.is_none() && result.status.is_wrong() {
            result.failure = Some(ended(main));
        }
        if let Some(failure) = &mut result.failure
            && failure.source.is_none()
            && result.status.is_wrong()
        {
            failure.source = self.source_of_end(main);
        }
        if result.status == Status::NotReached {
            result.failure = Some(not_reached(&costing));
        }
        result
    }
}

fn found_name(found: &Found) -> Option<String> {
    let mistake = found.known()?;
    Some(format!("{}{}", mistake.name(), found.scope.tag()))
}

/// Why a scenario's purpose was not reached, and how the submission did elsewhere.
fn not_reached(costing: &[&Charged<'_>]) -> Failure {
    let sentence = match costing.first() {
        Some(one) => format!(
            "its situation did not occur; elsewhere {} occurred in {} of {} situations",
            one.name,
            one.found.wrong.len(),
            one.found.situations
        ),
        None => "its situation did not occur".to_owned(),
    };
    Failure {
        sentence,
        ..Failure::default()
    }
}

/// A process that did not end as it must, though all its calls are right.
fn ended(observed: &Observed) -> Failure {
    let end = &observed.transcript.end;
    let clause = judge::clause_of_end(end);
    let text = judge::end_text(end, observed.complained);
    Failure {
        clause: Some(clause.to_string()),
        sentence: neutral(format!("{text} ({clause})").as_bytes()),
        ..Failure::default()
    }
}

/// What an end by itself says of a scenario; `None` when it came to its end.
const fn status_of_end(end: &End) -> Option<Status> {
    match end {
        End::Finished(0) => None,
        End::Finished(_)
        | End::Exited { .. }
        | End::Missing { .. }
        | End::NotLoaded { crashed: false, .. } => Some(Status::Fail),
        End::Signal { .. } | End::NotLoaded { crashed: true, .. } => Some(Status::Crash),
        End::TimedOut { .. } => Some(Status::Timeout),
        End::Limit { .. } => Some(Status::Limit),
        End::Forbidden { .. } | End::Allocated { .. } | End::Forged { .. } => {
            Some(Status::Forbidden)
        }
    }
}

/// The result of a scenario that was not run, for a reason.
#[must_use]
pub fn not_run(index: usize, status: Status, reason: &str) -> ScenarioResult {
    let failure = Failure {
        sentence: reason.to_owned(),
        ..Failure::default()
    };
    ScenarioResult {
        failure: Some(failure),
        ..blank(index, status)
    }
}

/// What is known of a scenario without a run.
fn blank(index: usize, status: Status) -> ScenarioResult {
    let scenario: &Scenario = &SCENARIOS[index];
    let tier = match scenario.kind {
        Kind::Golden | Kind::Faults | Kind::Random => record::Tier::Golden,
        Kind::Probe => record::Tier::Probe,
        Kind::Robustness => record::Tier::Robustness,
    };
    ScenarioResult {
        purpose: scenario.purpose.to_owned(),
        clauses: scenario.clauses.iter().map(ToString::to_string).collect(),
        ..ScenarioResult::blank(scenario.stem, tier, status)
    }
}

/// The heap before a call, as it should be after it, and as it is, drawn.
#[must_use]
pub fn draw(heaps: &Heaps) -> String {
    let options = picture::Options {
        width: PICTURE_WIDTH,
        ..picture::Options::default()
    };
    picture::of(heaps, &options).join("\n")
}

/// The heap before a call, as it should be after it, and as it is.
#[must_use]
pub fn heaps(due: &Due, header: u64) -> Heaps {
    Heaps {
        header,
        before: blocks(&due.before),
        expected: blocks(&due.due),
        observed: due.after.as_ref().map(blocks),
    }
}

fn blocks(state: &State) -> Vec<HeapBlock> {
    let (blocks, layout) = (&state.heap.blocks, state.heap.layout());
    let both = blocks.iter().zip(layout);
    let of = |(block, said): (&spec::Block, crate::types::Block)| HeapBlock {
        start: block.start,
        size: said.size,
        state: said.state,
    };
    both.map(of).collect()
}

/// System calls in words, the first few.
fn told(calls: &[SystemCall]) -> Vec<String> {
    let words = calls.iter().map(snapshot::system_call_text);
    let mut words: Vec<String> = words.take(SYSTEM_CALLS_KEPT).collect();
    if calls.len() > words.len() {
        words.push(format!(
            "and {} more system calls",
            calls.len() - words.len()
        ));
    }
    words
}

/// Whether heaps are kept with a result, and not only their picture.
fn is_small(heaps: &Heaps) -> bool {
    let rows = [&heaps.before, &heaps.expected];
    let mut rows = rows.into_iter().chain(&heaps.observed);
    rows.all(|row| row.len() <= BLOCKS_KEPT)
}

/// What a process printed, cut to what a result keeps.
fn output(bytes: &[u8]) -> Output {
    let kept = &bytes[..bytes.len().min(OUTPUT_KEPT)];
    Output {
        text: neutral(kept),
        truncated: kept.len() < bytes.len(),
    }
}

/// The number of the first call, from 1, in which a golden is not as the specification says.
#[must_use]
pub fn first_difference(golden: &[Outcome], due: &[Outcome]) -> Option<usize> {
    let agree = |(golden, due): (&Outcome, &Outcome)| {
        golden.result == due.result
            && golden.layout == due.layout
            && matches!(due.layout, Layout::Blocks(_))
            && judge::same_system_calls(&golden.system_calls, &due.system_calls)
    };
    let wrong = golden.iter().zip(due).position(|both| !agree(both));
    let shorter = golden.len().min(due.len());
    let missing = (golden.len() != due.len()).then_some(shorter);
    wrong.or(missing).map(|index| index + 1)
}
