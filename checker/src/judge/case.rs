//! All runs of a submission in one reading: verdicts, choices and causes.

use std::borrow::Cow;
use std::mem;

use super::call::{Answers, Leniency, Standard};
use super::cause::{Causes, Found};
use super::evidence::Evidence;
use super::reading::{Reading, Rooms};
use super::settle::Settled;
use super::walk::{Seen, sights};
use super::words::Words;
use super::{Aspect, Complaint, Due, Judged, Judgement, Run, Verdict, call_text, links, search};
use crate::spec::{Mistake, Stepped};
use crate::types::{Layout, Outcome};

/// What each mistake adds to the words for a reading.
const OF_MISTAKE: usize = 10;

/// All runs in a reading, each call compared with what it must do.
pub(super) struct Case<'r, 'a> {
    pub(super) reading: Reading,
    runs: &'r [Run<'a>],
    pub(super) seen: Vec<Seen<'a>>,
    pub(super) settled: Settled,
    pub(super) calls: Vec<Judged>,
    pub(super) evidence: Evidence,
}

impl<'r, 'a> Case<'r, 'a> {
    pub(super) fn of(reading: Reading, runs: &'r [Run<'a>]) -> Self {
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

    /// How much must be said of a submission in this reading: of calls of which nothing can be said,
    /// four count as much as one without an explanation.
    pub(super) fn words(&self, causes: &Causes) -> usize {
        let unknown = |call: &&Judged| call.verdict == Verdict::Unknown;
        let unknown = self.calls.iter().filter(unknown).count() + causes.unknown.len();
        self.reading.oddness()
            + unknown / 4
            + causes.unexplained().count()
            + OF_MISTAKE * causes.mistakes.len()
    }

    /// Tries other permitted choices, under which calls without an explanation get one, or are right.
    /// Keeps these choices if fewer mistakes are left: what most calls do may be a known mistake.
    pub(super) fn reconsider(&mut self, causes: Causes, known: &[Mistake]) -> Causes {
        let Some(settled) = self.other_choices(&causes) else {
            return causes;
        };
        let words = self.words(&causes);
        let calls = judged(&self.seen, &settled);
        let before = (
            mem::replace(&mut self.settled, settled),
            mem::replace(&mut self.calls, calls),
            mem::take(&mut self.evidence),
        );
        let others = self.causes(known, true);
        if self.words(&others) + OF_MISTAKE <= words {
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
    pub(super) fn take_over(&mut self, earlier: Judgement) {
        if earlier.settled == self.settled {
            self.evidence = earlier.evidence;
        }
    }

    /// The positions of the calls whose states are the same in another reading, which compares them
    /// in the same way.
    pub(super) fn sees_alike(&self, other: &Self) -> Vec<usize> {
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
    pub(super) fn causes(&self, known: &[Mistake], thorough: bool) -> Causes {
        let standard = Standard {
            reading: &self.reading,
            settled: Some(&self.settled),
        };
        let (seen, calls) = (&self.seen, &self.calls);
        let mut causes = search::causes(
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

    pub(super) fn judgement(self, causes: Causes) -> Judgement {
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
pub(super) fn told(standard: &Standard<'_>, runs: &[Run<'_>], seen: &Seen<'_>) -> (Complaint, Due) {
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
        layout: Layout::Blocks(stepped.after.heap.layout()),
    }
}
