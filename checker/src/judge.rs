//! From what was seen to judgement: each call by itself, from the state that it found.
//!
//! ```text
//! transcript   what was seen: calls, system calls, results, and the words in memory after each call
//!    │
//!    │  reading      the words become states, one way for all runs of a submission: how long a header
//!    │               is, what its size counts, which places are blocks, where a block ends
//!    ▼
//! (state before, call, effect, state after)                             `Seen`, `Sight` in call.rs
//!    │
//!    │  call         spec::step is put into the state before the call, under every permitted choice.
//!    │               Equal effect and equal state after: right, and the choices are kept. Where
//!    │               headers say less than the room that blocks have, the room may count too.
//!    │               Otherwise each known mistake that the step consulted is tried: exactly, or
//!    │               loosely where the mistake corrupts what follows
//!    │  settle       the permitted choices under which the most calls are right. Cut-offs stay
//!    │               intervals; choices that hang together are settled together. Where calls stay
//!    │               unexplained, the choices that explain them are tried too
//!    ▼
//! Judged: right, wrong or unknown, with the clauses that decided it
//!    │
//!    │  cause        the smallest set of known mistakes that explains the wrong calls, each weighed by
//!    │               how often it showed where it could, alone, in pairs, and in narrower scopes.
//!    │               What is left over is grouped by clause, function and kind: mistakes without a name
//!    │  words        what is wrong with a call, in a sentence, from decisions that differ
//!    │  links        links that are wrong: a remark, never more (B3)
//!    ▼
//! Judgement: reading, choices, calls, mistakes with evidence, conflicts, remarks
//! ```
//!
//! Nothing here runs or reads anything, and nothing here knows of points. A mistake marks the calls
//! that make it and no others, whatever happened before: the next call is judged from the state that
//! was really there. A call that finds a block it holds already lost is unknown, not wrong.
//!
//! Around it: [`spec`](crate::spec) says what is right; [`homes`](crate::homes) which scenarios are
//! there to find a mistake, before anyone is graded; [`explain`](crate::explain) puts a judgement into
//! the record; `rubric` charges each mistake for its homes, once. Random sequences
//! ([`fuzz`](crate::fuzz)) and recordings (`cli/recordings.rs`) are judged by the same `judge`.
//!
//! # To add something
//!
//! | what | where |
//! |---|---|
//! | a known mistake | an entry in `spec/mistakes.rs`: name, clause, sentence, hint, and the change of a decision at one of the points there, which the clause asks with `decide!`; in `damages` and `corrupts` there, if it does. Its switch in `ref_tests/mistakes/osmem.c`. Homes and price come by themselves: look at `checker mistakes NAME`. A price of 0 asks for a scenario |
//! | a clause | its number, summary and lesson in `ref_tests/src/clause.rs`; what it says in its file of `spec/`: a `Reason` there, which the card counts, with the sentences about calls that break it; a scenario that rests on it |
//! | a kind of difference | a `Deviation` in `spec/reason.rs`, with its usual sentence; found in `judge/words.rs` |
//! | a permitted choice (section V) | a `Question` or a `Cut` in `spec/choices.rs`, asked in the clause; its words for the report there; in `judge/settle.rs` what it hangs together with; a flag in `ref_tests/submissions/variations` |
//! | a reading | a `Rooms` in `judge/reading.rs`, with its sentence; in `judge` which readings are tried, and in `words_for` how odd it is |
//! | a kind of damage | a `Finding` in `types/outcome.rs`, made in `transcript.rs` or in the walk of `judge.rs`; `Harm` in `spec.rs` for mistakes that do it; its comparison in `judge/call.rs`, its sentence in `judge/words.rs` |
//!
//! After each of them: `cargo test`, the grades of `ref_tests/submissions`, and
//! `checker recordings` on recordings of real submissions, where there are some: a new name that makes
//! other names vanish explains less than it seems to.

mod call;
mod cause;
mod links;
mod reading;
mod settle;
#[cfg(test)]
mod tests;
mod words;

pub use call::Aspect;
pub(crate) use call::same_system_calls;
pub use cause::{Cause, Found, Scope};
pub use reading::{Reading, Rooms};
pub use words::{Complaint, call_text, clause_of_end, end_text};

use std::borrow::Cow;
use std::mem;

use crate::spec::{Choices, Mistake, Request, State, Stepped, pointee};
use crate::types::{
    Call, CallNumber, Clause, End, Finding, Outcome, Place, Pointer, Profile, Transcript,
};
use call::{Answers, Leniency, Sight, Standard};
use cause::{Causes, Evidence};
use reading::{Held, Mappings};
use settle::Settled;
use words::Words;

/// One scenario or sequence as one submission ran it.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// What it is called.
    pub stem: &'a str,
    /// The calls that it was to make.
    pub calls: &'a [Call],
    /// Its golden outcomes, one a call, where there are some.
    pub golden: Option<&'a [Outcome]>,
    /// What was seen.
    pub transcript: &'a Transcript,
    /// Whether system calls were made to fail.
    pub injected: bool,
    /// Whether the process wrote to its standard error.
    pub message: bool,
    /// The index of the first call that is judged; memory was looked at from the one before on.
    pub from: usize,
}

impl Run<'_> {
    /// Whether it did exactly what its golden says, with nothing wrong in memory.
    #[must_use]
    pub fn equals_golden(&self) -> bool {
        let Some(golden) = self.golden else {
            return false;
        };
        let steps = &self.transcript.steps;
        self.transcript.end == End::Finished(0)
            && steps.len() == golden.len()
            && steps.iter().zip(golden).all(|(step, due)| {
                step.findings.is_empty()
                    && step.outcome.result == due.result
                    && step.outcome.layout == due.layout
                    && same_system_calls(&step.outcome.system_calls, &due.system_calls)
            })
    }
}

/// What is said of one call.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Which of the runs.
    pub run: usize,
    /// The call's number.
    pub number: CallNumber,
    /// The verdict.
    pub verdict: Verdict,
    /// The clauses that decided it, without duplicates.
    pub clauses: Vec<Clause>,
    /// The known mistakes that would have decided otherwise somewhere on its way.
    pub consulted: Vec<Mistake>,
    /// What is wrong with it; `None` for a right call.
    pub complaint: Option<Complaint>,
    /// What it should have done, unless it is right.
    pub due: Option<Box<Due>>,
}

/// What a wrong call should have done, from the state that it found.
#[derive(Clone, Debug)]
pub struct Due {
    /// What it should have returned, asked of the system, and left.
    pub outcome: Outcome,
    /// The state that it found.
    pub before: State,
    /// The state that it left, where it returned.
    pub after: Option<State>,
    /// The state that it should have left.
    pub due: State,
    /// In what it differs.
    pub aspect: Aspect,
}

/// Whether a call is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As the clauses say, or as section V permits.
    Right,
    /// Not so.
    Wrong,
    /// Wrong, but a block that is held was already lost: nothing can be said of it.
    Unknown,
}

/// All that is said of a submission's calls.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// How its headers are read.
    pub reading: Reading,
    /// The permitted choices that it made, canonical where nothing tells.
    pub choices: Choices,
    /// Every call that was judged, run after run.
    pub calls: Vec<Judged>,
    /// What is wrong with it, each mistake once, the one with the most wrong calls first.
    pub mistakes: Vec<Found>,
    /// Calls that are right by another choice than most others, in words.
    pub conflicts: Vec<String>,
    /// What is odd and never counts (B3), a sentence each.
    pub remarks: Vec<String>,
    /// By which choices its calls were judged, and what was worked out of single ones.
    settled: Settled,
    evidence: Evidence,
}

/// A call with all that is known of it, while causes are looked for.
struct Seen<'a> {
    run: usize,
    number: CallNumber,
    sight: Sight<'a>,
    /// The call on a heap of whole rooms, where it is not right by what headers say.
    roomy: Option<Box<Sight<'a>>>,
    ways: Vec<Answers>,
    canonical: Stepped,
    /// Whether the run is its golden, call for call.
    golden: bool,
}

/// Judges all runs of one submission together, in the reading that needs the fewest words: calls
/// that are wrong for no known reason, mistakes, and how odd the reading is.
#[must_use]
pub fn judge(profile: &Profile, runs: &[Run<'_>]) -> Judgement {
    let first = Reading::of(profile, runs);
    let mut case = Case::of(first, runs);
    let mut best = case.causes(&[], false);
    let others: &[Rooms] = if is_doubtful(&best, case.calls.len()) {
        &[Rooms::Sizes, Rooms::Top, Rooms::Distances, Rooms::Blind]
    } else if has_odd_calls(&best) {
        &[Rooms::Sizes]
    } else {
        &[]
    };
    let mut rival: Option<(Case<'_, '_>, Causes)> = None;
    let mut fewest = words_for(&case, &best);
    for &rooms in others {
        // The first other reading differs only in the use of the list. If it explains more, the
        // reading with free space at the end of the heap uses the list too.
        let by_list = rival
            .as_ref()
            .is_some_and(|(other, _)| other.reading.listed);
        let listed = rooms == Rooms::Sizes || rooms == Rooms::Top && by_list;
        let reading = Reading {
            rooms,
            listed,
            ..first
        };
        // One that is too odd in itself needs no look.
        if oddness(&reading) >= fewest {
            continue;
        }
        let mut other = Case::of(reading, runs);
        let alike = other.sees_alike(&case);
        if alike.len() == case.seen.len() {
            continue;
        }
        if other.settled == case.settled {
            other.evidence = case.evidence.of_calls(&alike);
        }
        let causes = other.causes(&[], false);
        let words = words_for(&other, &causes);
        if words < fewest {
            fewest = words;
            rival = Some((other, causes));
        }
    }
    if best.unexplained().count() > 0 {
        best = case.causes(&[], true);
    }
    // What several mistakes do together may look like an odd reading.
    if let Some((other, mut causes)) = rival {
        if causes.unexplained().count() > 0 {
            causes = other.causes(&[], true);
        }
        if words_for(&other, &causes) < words_for(&case, &best) {
            (best, case) = (causes, other);
        }
    }
    let causes = case.reconsider(best, &[]);
    with_reading(case.judgement(causes), profile)
}

/// Judges again, with more runs after those that were judged, in the reading that was found.
#[must_use]
pub fn judge_more(profile: &Profile, earlier: Judgement, runs: &[Run<'_>]) -> Judgement {
    let mut case = Case::of(earlier.reading, runs);
    case.take_over(earlier);
    let causes = case.causes(&[], true);
    let causes = case.reconsider(causes, &[]);
    with_reading(case.judgement(causes), profile)
}

/// Judges other runs in the reading that was found.
#[must_use]
pub fn judge_again(profile: &Profile, reading: &Reading, runs: &[Run<'_>]) -> Judgement {
    with_reading(judge_in(reading, runs, &[]), profile)
}

/// Adds the mistake that the reading itself is, unless one that was found is the reason for it.
fn with_reading(mut judgement: Judgement, profile: &Profile) -> Judgement {
    let blurs = |found: &Found| found.known().is_some_and(Mistake::blurs_sizes);
    let explained = judgement.mistakes.iter().any(blurs);
    let mistake = judgement.reading.mistake(profile);
    let mistake = mistake.filter(|it| *it != Mistake::SizesUnreliable || !explained);
    judgement.mistakes.extend(mistake.map(|mistake| Found {
        cause: Cause::Known(mistake),
        scope: Scope::Everywhere,
        wrong: Vec::new(),
        situations: 0,
        guess: false,
    }));
    judgement
}

/// The same in a reading that is known, for a submission that is known to make some mistakes: of
/// several that explain a call, those come first.
#[must_use]
pub fn judge_in(reading: &Reading, runs: &[Run<'_>], known: &[Mistake]) -> Judgement {
    let mut case = Case::of(*reading, runs);
    let causes = case.causes(known, true);
    let causes = case.reconsider(causes, known);
    case.judgement(causes)
}

/// Whether a reading explains so little that another one may explain more: calls are left over, there
/// are many of which nothing can be said, or a mistake often does not show where it could.
fn is_doubtful(causes: &Causes, calls: usize) -> bool {
    let all_often = causes.mistakes.iter().all(Found::is_often);
    causes.unexplained().count() > calls / 200 || causes.unknown.len() > calls / 20 || !all_often
}

/// Whether a few calls ask for words of their own.
fn has_odd_calls(causes: &Causes) -> bool {
    let few = |found: &Found| found.wrong.len() < cause::FEW;
    causes.unexplained().count() > 0 || causes.mistakes.iter().any(few)
}

/// How much must be said of a submission in a reading: of calls of which nothing can be said, four
/// count as much as one without an explanation.
fn words_for(case: &Case<'_, '_>, causes: &Causes) -> usize {
    let unknown = |call: &&Judged| call.verdict == Verdict::Unknown;
    let unknown = case.calls.iter().filter(unknown).count() + causes.unknown.len();
    oddness(&case.reading)
        + unknown / 4
        + causes.unexplained().count()
        + OF_MISTAKE * causes.mistakes.len()
}

/// What each mistake adds to that.
const OF_MISTAKE: usize = 10;

/// What a reading itself adds to that.
const fn oddness(reading: &Reading) -> usize {
    let rooms = match reading.rooms {
        Rooms::Sizes => 0,
        Rooms::Top | Rooms::Distances => 20,
        Rooms::Blind => 200,
    };
    rooms + if reading.listed { 5 } else { 0 }
}

/// All runs in a reading, each call compared with what it must do.
struct Case<'r, 'a> {
    reading: Reading,
    runs: &'r [Run<'a>],
    seen: Vec<Seen<'a>>,
    settled: Settled,
    calls: Vec<Judged>,
    evidence: Evidence,
}

impl<'r, 'a> Case<'r, 'a> {
    fn of(reading: Reading, runs: &'r [Run<'a>]) -> Self {
        let seen = sights(&reading, runs);
        let ways = seen.iter().map(|call| (call.ways.as_slice(), 1));
        let settled = Settled::of(&reading.profile, ways);
        Self {
            calls: judged(&seen, &settled),
            reading,
            runs,
            seen,
            settled,
            evidence: Evidence::default(),
        }
    }

    /// Tries other choices, under which calls that nothing explains are right or explained. Keeps them
    /// if fewer mistakes are left: what most calls do may itself be a known mistake.
    fn reconsider(&mut self, causes: Causes, known: &[Mistake]) -> Causes {
        let Some(settled) = self.other_choices(&causes) else {
            return causes;
        };
        let words = words_for(self, &causes);
        let calls = judged(&self.seen, &settled);
        let before = (
            mem::replace(&mut self.settled, settled),
            mem::replace(&mut self.calls, calls),
            mem::take(&mut self.evidence),
        );
        let others = self.causes(known, true);
        if words_for(self, &others) + OF_MISTAKE <= words {
            return others;
        }
        (self.settled, self.calls, self.evidence) = before;
        causes
    }

    /// Choices under which some calls that nothing explains are right or explained.
    fn other_choices(&self, causes: &Causes) -> Option<Settled> {
        let seen = self.seen.iter();
        let ways = seen.map(|call| (Cow::Borrowed(call.ways.as_slice()), 1));
        let mut ways: Vec<(Cow<'_, [Answers]>, usize)> = ways.collect();
        for position in causes.unexplained() {
            let others = self.other_ways(position, causes);
            ways[position] = (Cow::Owned(others), self.seen.len());
        }
        let mut others = causes.unexplained();
        if others.all(|position| ways[position].0.is_empty()) {
            return None;
        }
        let ways = ways.iter().map(|(ways, weight)| (&**ways, *weight));
        let settled = Settled::of(&self.reading.profile, ways);
        (settled != self.settled).then_some(settled)
    }

    /// The answers under which a call is right, or is explained by a mistake that was found. Other
    /// calls may contradict them.
    fn other_ways(&self, position: usize, causes: &Causes) -> Vec<Answers> {
        let Seen { sight, ways, .. } = &self.seen[position];
        let free = Standard {
            reading: &self.reading,
            settled: None,
        };
        let mistakes = causes.mistakes.iter().filter_map(Found::known);
        let explained = mistakes.flat_map(|mistake| free.answers(sight, mistake));
        ways.iter().cloned().chain(explained).collect()
    }

    /// Takes over what an earlier judgement of the first of the runs has worked out.
    fn take_over(&mut self, earlier: Judgement) {
        if earlier.settled == self.settled {
            self.evidence = earlier.evidence;
        }
    }

    /// The positions of the calls whose states are the same in another reading, which compares them
    /// in the same way.
    fn sees_alike(&self, other: &Self) -> Vec<usize> {
        if matches!(self.reading.rooms, Rooms::Distances | Rooms::Blind) {
            return Vec::new();
        }
        let same = |(one, other): (&Seen<'_>, &Seen<'_>)| {
            let (one, other) = (&one.sight, &other.sight);
            one.before == other.before && one.after == other.after
        };
        let both = self.seen.iter().zip(&other.seen).enumerate();
        let alike = both.filter(|(_, both)| same(*both));
        alike.map(|(position, _)| position).collect()
    }

    /// What explains the wrong calls.
    fn causes(&self, known: &[Mistake], thorough: bool) -> Causes {
        let standard = Standard {
            reading: &self.reading,
            settled: Some(&self.settled),
        };
        let (seen, calls) = (&self.seen, &self.calls);
        let mut causes = cause::causes(
            &standard,
            self.runs,
            seen,
            calls,
            &self.evidence,
            known,
            thorough,
        );
        if self.reading.rooms == Rooms::Blind {
            causes.leave_out_few();
        }
        causes
    }

    fn judgement(self, causes: Causes) -> Judgement {
        let Self {
            reading,
            runs,
            seen,
            settled,
            mut calls,
            evidence,
        } = self;
        for position in causes.unknown {
            calls[position].verdict = Verdict::Unknown;
        }
        let standard = Standard {
            reading: &reading,
            settled: Some(&settled),
        };
        let wrong = calls.iter_mut().zip(&seen);
        for (call, seen) in wrong.filter(|(call, _)| call.verdict != Verdict::Right) {
            let (complaint, due) = told(&standard, runs, seen);
            call.complaint = Some(complaint);
            call.due = Some(Box::new(due));
        }
        Judgement {
            reading,
            choices: settled.choices,
            calls,
            mistakes: causes.mistakes,
            conflicts: conflicts(runs, &seen, &settled),
            remarks: links::remarks(&reading, runs, &seen),
            settled,
            evidence,
        }
    }
}

/// The verdict on each call, under the choices of the submission. `told` adds what is wrong with it.
fn judged(seen: &[Seen<'_>], settled: &Settled) -> Vec<Judged> {
    seen.iter().map(|call| judged_call(call, settled)).collect()
}

fn judged_call(seen: &Seen<'_>, settled: &Settled) -> Judged {
    let right = seen.golden || settled.allows(&seen.ways);
    let verdict = match (right, seen.sight.doubtful) {
        (true, _) => Verdict::Right,
        (false, true) => Verdict::Unknown,
        (false, false) => Verdict::Wrong,
    };
    Judged {
        run: seen.run,
        number: seen.number,
        verdict,
        clauses: seen.canonical.clauses(),
        consulted: seen.canonical.differing.clone(),
        complaint: None,
        due: None,
    }
}

/// What is wrong with a call, and what it should have done.
fn told(standard: &Standard<'_>, runs: &[Run<'_>], seen: &Seen<'_>) -> (Complaint, Due) {
    // What it should have done, it should have done by its own choices.
    let allowed = standard.first_allowed(&seen.sight);
    let due = allowed.as_ref().unwrap_or(&seen.canonical);
    let aspect = match seen.ways.is_empty() {
        true => standard.difference(due, &seen.sight, Leniency::Nothing),
        false => Some(Aspect::Choice),
    };
    let aspect = aspect.unwrap_or(Aspect::SystemCalls);
    let words = Words {
        profile: &standard.reading.profile,
        calls: runs[seen.run].calls,
        number: seen.number,
        sight: &seen.sight,
        due,
    };
    let complaint = match aspect {
        Aspect::Choice => words.conflict(&seen.ways),
        _ => words.complaint(aspect),
    };
    let due = Due {
        outcome: outcome_of(due),
        before: seen.sight.before.clone(),
        after: seen.sight.after.clone(),
        due: due.after.clone(),
        aspect,
    };
    (complaint, due)
}

/// Calls that fit only a choice which most others exclude, each with one of the others.
fn conflicts(runs: &[Run<'_>], seen: &[Seen<'_>], settled: &Settled) -> Vec<String> {
    let told = |call: &Seen<'_>| {
        let run = &runs[call.run];
        let made = run.calls.get((call.number.0 as usize).wrapping_sub(1));
        let made = made.map_or_else(String::new, call_text);
        format!("{made} in call {} of {}", call.number.0, run.stem)
    };
    let odd =
        |call: &&Seen<'_>| !call.golden && !call.ways.is_empty() && !settled.allows(&call.ways);
    let sentence = |call: &Seen<'_>| {
        let excludes = |other: &&Seen<'_>| {
            settled.allows(&other.ways) && settled.exclude(&call.ways, &other.ways)
        };
        let other = seen.iter().find(excludes);
        let beside = other.map_or_else(String::new, |other| {
            format!("; {} makes the other choice", told(other))
        });
        format!(
            "{} makes a different choice than most calls{beside}",
            told(call)
        )
    };
    seen.iter().filter(odd).map(sentence).collect()
}

fn outcome_of(stepped: &Stepped) -> Outcome {
    Outcome {
        result: stepped.result,
        system_calls: stepped.system_calls.clone(),
        layout: crate::types::Layout::Blocks(stepped.after.heap.layout()),
    }
}

/// All calls of all runs as they were seen in a reading, each with the ways in which it is right.
fn sights<'a>(reading: &Reading, runs: &[Run<'a>]) -> Vec<Seen<'a>> {
    let steps = runs.iter().map(|run| run.transcript.steps.len() + 1);
    let mut seen = Vec::with_capacity(steps.sum());
    for (index, run) in runs.iter().enumerate() {
        Walk::new(reading, *run, index).take(&mut seen);
    }
    seen
}

/// What memory holds after each call of a run, in a reading.
#[must_use]
pub fn states(reading: &Reading, run: Run<'_>) -> Vec<State> {
    Walk::new(reading, run, 0).states()
}

/// A run, call by call.
struct Walk<'r, 'a> {
    reading: &'r Reading,
    run: Run<'a>,
    index: usize,
    places: Vec<Place>,
    held: Vec<Held>,
    /// Whether two blocks that are held share bytes.
    shared: bool,
    mappings: Mappings,
    before: State,
    golden: bool,
    /// Whether the heap has been grown by the submission.
    started: bool,
    /// Whether a system call has failed yet: before that, an injected run repeats another one.
    failed: bool,
}

impl<'r, 'a> Walk<'r, 'a> {
    fn new(reading: &'r Reading, run: Run<'a>, index: usize) -> Self {
        Self {
            reading,
            run,
            index,
            places: Vec::new(),
            held: Vec::new(),
            shared: false,
            mappings: Mappings::default(),
            before: State::new(reading.profile.header),
            golden: run.equals_golden(),
            failed: !run.injected,
            started: false,
        }
    }

    fn states(mut self) -> Vec<State> {
        let start = mem::replace(&mut self.before, State::new(0));
        let mut states: Vec<State> = Vec::new();
        for (position, step) in self.run.transcript.steps.iter().enumerate() {
            self.mappings.note(&step.outcome.system_calls);
            self.note_result(position, &step.call, step.outcome.result);
            let after = self.after(step, states.last().unwrap_or(&start));
            states.push(after);
        }
        states
    }

    fn take(mut self, seen: &mut Vec<Seen<'a>>) {
        let Transcript {
            steps,
            unfinished,
            end,
        } = self.run.transcript;
        for (position, step) in steps.iter().enumerate() {
            let request = self.request(&step.call);
            let calls = &step.outcome.system_calls;
            let before = mem::replace(&mut self.before, State::new(0));
            let doubtful = self.is_doubtful(&before);
            self.mappings.note(calls);
            self.note_result(position, &step.call, step.outcome.result);
            if position + 1 < self.run.from {
                continue;
            }
            let after = self.after(step, &before);
            self.failed |= calls.iter().any(crate::spec::has_failed);
            let foreign = matches!(step.call, Call::MoveBreak { .. });
            let findings = self.findings(step);
            let judged = position >= self.run.from && self.failed;
            if judged && !(foreign && findings.is_empty()) {
                let sight = Sight {
                    request,
                    before,
                    system_calls: calls,
                    result: step.outcome.result,
                    findings,
                    after: Some(after.clone()),
                    end: None,
                    message: self.run.message,
                    injected: self.run.injected,
                    doubtful,
                };
                self.judge(position, sight, seen);
            }
            self.before = after;
        }
        self.take_end(unfinished, end, seen);
    }

    /// The call in which the process ended.
    fn take_end(
        mut self,
        unfinished: &'a [crate::types::SystemCall],
        end: &'a End,
        seen: &mut Vec<Seen<'a>>,
    ) {
        let position = self.run.transcript.steps.len();
        let Some(call) = self.run.calls.get(position) else {
            return;
        };
        if matches!(end, End::Finished(_) | End::NotLoaded { .. }) {
            return;
        }
        // What a call returned was used before the next one began: it is that call's end.
        let number = CallNumber(u32::try_from(position).unwrap_or(u32::MAX));
        let last = seen.last_mut().filter(|last| last.run == self.index);
        if let Some(last) = last.filter(|last| last.number == number)
            && end.moment().is_some_and(|moment| moment.number == number)
        {
            last.sight.end = Some(end);
            *last = self.look(number, last.sight.clone());
            return;
        }
        let request = self.request(call);
        let before = mem::replace(&mut self.before, State::new(0));
        let doubtful = self.is_doubtful(&before);
        let sight = Sight {
            request,
            before,
            system_calls: unfinished,
            result: None,
            findings: Vec::new(),
            after: None,
            end: Some(end),
            message: self.run.message,
            injected: self.run.injected,
            doubtful,
        };
        self.judge(position, sight, seen);
    }

    fn standard(&self) -> Standard<'r> {
        Standard {
            reading: self.reading,
            settled: None,
        }
    }

    fn judge(&self, position: usize, sight: Sight<'a>, seen: &mut Vec<Seen<'a>>) {
        let number = CallNumber(u32::try_from(position + 1).unwrap_or(u32::MAX));
        seen.push(self.look(number, sight));
    }

    /// Compares a call with the sizes in the headers; where it is not right by them, with the room that
    /// the blocks really have.
    fn look(&self, number: CallNumber, sight: Sight<'a>) -> Seen<'a> {
        let standard = self.standard();
        let (mut ways, mut canonical) = standard.right(&sight);
        let profile = &self.reading.profile;
        let roomy = if ways.is_empty() {
            sight.roomy(profile)
        } else {
            None
        };
        if let Some(roomy) = &roomy {
            let (others, other) = standard.right(roomy);
            ways = others;
            let known = |mistake: &Mistake| canonical.differing.contains(mistake);
            let new: Vec<Mistake> = other
                .differing
                .into_iter()
                .filter(|it| !known(it))
                .collect();
            canonical.differing.extend(new);
        }
        Seen {
            run: self.index,
            number,
            sight,
            roomy,
            ways,
            canonical,
            golden: self.golden,
        }
    }

    fn request(&self, call: &Call) -> Request {
        Request::of(call, |pointer| pointee(&self.places, pointer))
    }

    fn after(&mut self, step: &crate::types::Step, before: &State) -> State {
        let Mappings { list, made } = &self.mappings;
        let mut after = self.reading.state(&step.memory, &self.held, list, *made);
        if self.reading.rooms == Rooms::Blind {
            let profile = &self.reading.profile;
            after.heap = reading::blind(profile, &step.memory, &self.held, &before.heap);
        }
        self.started |= after.heap.started;
        after.heap.started = self.started;
        after.heap.calloc_only = before.heap.calloc_only && !self.takes_but_for_calloc(step);
        // A process that has not grown its heap yet has none to read.
        if step.memory.regions.is_empty() {
            after.heap.gaps.clone_from(&before.heap.gaps);
        }
        after
    }

    /// Whether a call has taken a block from the heap, and is not `os_calloc`.
    fn takes_but_for_calloc(&self, step: &crate::types::Step) -> bool {
        let result = step.outcome.result;
        matches!(result, Some(Place::Heap(_)))
            && match self.request(&step.call) {
                Request::Calloc { .. } => false,
                Request::Realloc { target, .. } => Some(target) != result,
                _ => true,
            }
    }

    fn note_result(&mut self, position: usize, call: &Call, result: Option<Place>) {
        let place = result.unwrap_or(Place::Null);
        if let Some(Pointer::Of(gone)) = call.released(place == Place::Null) {
            // Another held block may lie at the same place. It stays held, unless the freed block was
            // freed before.
            let is_it = |held: &Held| held.call + 1 == gone.0 as usize;
            let place = pointee(&self.places, Pointer::Of(gone));
            match self.held.iter().position(is_it) {
                Some(at) => {
                    self.held.remove(at);
                }
                None => self.held.retain(|held| held.place != place),
            }
            self.shared = self.shared && self.shares();
        }
        self.places.push(place);
        if let Some(size) = reading::asked(call).filter(|_| place != Place::Null) {
            self.shared |= self
                .held
                .iter()
                .any(|held| share_bytes((place, size), (held.place, held.size)) == Some(true));
            self.held.push(Held {
                call: position,
                place,
                size,
            });
        }
    }

    /// What is wrong with payloads after a call.
    fn findings(&self, step: &crate::types::Step) -> Vec<Finding> {
        let mut findings = step.findings.clone();
        findings.retain(|finding| match finding {
            // The process compares with the header's length that the assignment has.
            Finding::Overlap { other } => self.overlaps(step, *other),
            _ => true,
        });
        let place = step.outcome.result.unwrap_or(Place::Null);
        let size = reading::asked(&step.call).unwrap_or(0);
        let inside = match place {
            _ if size == 0 => true,
            Place::Null => true,
            Place::Elsewhere => false,
            Place::Heap(payload) => {
                let end = payload.saturating_add(size);
                let mut regions = step.memory.regions.iter();
                regions.any(|region| region.start <= payload && end <= region.end)
            }
            Place::Mapping(number, offset) => {
                let mut live = self.mappings.list.iter();
                let mapping = live.find(|mapping| mapping.number == number);
                let length = mapping.map_or(0, |it| self.reading.profile.whole_pages(it.length));
                offset.saturating_add(size) <= length
            }
        };
        if !inside {
            findings.push(Finding::OutOfBounds);
        }
        findings
    }

    /// Whether what a call returned overlaps the payload of the block that another call returned.
    fn overlaps(&self, step: &crate::types::Step, other: CallNumber) -> bool {
        let size = reading::asked(&step.call).unwrap_or(0);
        let returned = step.outcome.result.unwrap_or(Place::Null);
        let number = (other.0 as usize).wrapping_sub(1);
        let mut held = self.held.iter().filter(|held| held.call == number);
        held.any(|held| share_bytes((returned, size), (held.place, held.size)).unwrap_or(true))
    }

    /// Whether two blocks that are held share bytes.
    fn shares(&self) -> bool {
        let held = self.held.iter();
        let mut held: Vec<(Place, u64)> = held.map(|held| (held.place, held.size)).collect();
        held.sort_unstable();
        let mut neighbours = held.windows(2);
        neighbours.any(|two| share_bytes(two[0], two[1]) == Some(true))
    }

    /// Whether a block that is held is free, gone or overlapped.
    fn is_doubtful(&self, before: &State) -> bool {
        if self.shared {
            return true;
        }
        let header = self.reading.profile.header;
        let blocks = &before.heap.blocks;
        self.reading.rooms != Rooms::Blind
            && self.held.iter().any(|held| match held.place {
                Place::Heap(payload) => {
                    let at = payload
                        .checked_sub(header)
                        .and_then(|start| blocks.at(start));
                    let Some(at) = at else { return true };
                    let next = blocks.get(at + 1).map_or(before.heap.end, |it| it.start);
                    blocks[at].free || payload.saturating_add(held.size) > next
                }
                Place::Mapping(number, _) => before.mapping(number).is_none(),
                Place::Null | Place::Elsewhere => true,
            })
    }
}

/// Whether two blocks, with their sizes, share bytes; `None` where their places cannot be compared.
fn share_bytes(one: (Place, u64), two: (Place, u64)) -> Option<bool> {
    match (one.0, two.0) {
        (Place::Heap(first), Place::Heap(second)) => {
            Some(first < second.saturating_add(two.1) && second < first.saturating_add(one.1))
        }
        (Place::Mapping(first, _), Place::Mapping(second, _)) => Some(first == second),
        _ => None,
    }
}
