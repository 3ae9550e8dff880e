//! Puts the verdict on a scenario into words and pictures: what the first wrong call did, what it
//! should have done, and how the heap looks either way.

use ref_tests::SCENARIOS;
use ref_tests::scenario::{Kind, Scenario};

use crate::diff;
use crate::fuzz::{self, FailureKind, Found};
use crate::judge::{Aspect, Divergence, Verdict, Violation};
use crate::model::{self, Choices, Environment, FaultSet};
use crate::picture::{self, Heap, Row};
use crate::record::{self, Failure, Output, ScenarioResult};
use crate::snapshot::{self, Recorded, Snapshot};
use crate::submission::neutral;
use crate::types::{Call, CallNumber, Clause, End, Layout, Outcome, Profile, Status, Transcript};

/// Bytes of a scenario's output that a report keeps.
const OUTPUT_KEPT: usize = 2048;

/// How wide pictures are, in columns.
const PICTURE_WIDTH: usize = 78;

/// A scenario that was run and judged.
pub struct Judged<'a> {
    /// Its index in the table of scenarios.
    pub index: usize,
    /// The calls that it makes.
    pub calls: &'a [Call],
    /// What was seen.
    pub transcript: &'a Transcript,
    /// What it printed.
    pub output: &'a [u8],
    /// Which system calls were made to fail.
    pub environment: Environment,
    /// What is said of it.
    pub verdict: &'a Verdict,
    /// Seconds on the wall.
    pub seconds: f64,
}

/// The result of a scenario that was run. `choices` are the permitted ones that the submission made.
#[must_use]
pub fn result(judged: &Judged<'_>, profile: &Profile, choices: &Choices) -> ScenarioResult {
    let mut result = blank(judged.index, judged.verdict.status);
    result.failure =
        first_trouble(judged.verdict).map(|trouble| failure(judged, &trouble, profile, choices));
    result.output = output(judged.output);
    result.seconds = judged.seconds;
    result
}

/// Turns the result of random sequences into that of the one that failed.
pub fn sequence(result: &mut ScenarioResult, found: &Found, profile: &Profile) {
    let fuzz::Failure {
        call,
        kind,
        clause,
        ref sentence,
        ..
    } = found.minimal.failure;
    let calls = &found.minimal.calls;
    let transcript = &found.minimal.transcript;
    let expected = &found.minimal.expected;
    let position = (call.0 as usize)
        .checked_sub(1)
        .filter(|&position| position < calls.len());
    result.status = match kind {
        FailureKind::Crash => Status::Crash,
        FailureKind::Timeout => Status::Timeout,
        _ => Status::Fail,
    };
    result.failure = Some(Failure {
        call: position.map(|_| call.0),
        code: position
            .map(|it| snapshot::call_text(call, calls[it]))
            .unwrap_or_default(),
        clause: Some(clause.to_string()),
        sentence: neutral(
            format!(
                "in the sequence of seed {}, {sentence}; `checker fuzz` shortens it",
                found.seed
            )
            .as_bytes(),
        ),
        picture: position
            .map(|it| draw(transcript, expected, it, profile))
            .unwrap_or_default(),
        ..Failure::default()
    });
}

/// The result of a scenario that was not run.
#[must_use]
pub fn not_run(index: usize, reason: &str) -> ScenarioResult {
    let failure = Failure {
        sentence: reason.to_owned(),
        ..Failure::default()
    };
    ScenarioResult {
        failure: Some(failure),
        ..blank(index, Status::NotReached)
    }
}

fn blank(index: usize, status: Status) -> ScenarioResult {
    let scenario: &Scenario = &SCENARIOS[index];
    ScenarioResult {
        stem: scenario.stem.to_owned(),
        purpose: scenario.purpose.to_owned(),
        clauses: scenario.clauses.iter().map(ToString::to_string).collect(),
        kind: match scenario.kind {
            Kind::Golden | Kind::Faults | Kind::Random => record::Kind::Golden,
            Kind::Probe => record::Kind::Probe,
            Kind::Robustness => record::Kind::Robustness,
        },
        status,
        mistakes: Vec::new(),
        calls: 0,
        wrong: 0,
        failure: None,
        output: Output::default(),
        seconds: 0.0,
    }
}

/// The first thing that is wrong, from whichever witness it comes.
struct Trouble<'a> {
    number: CallNumber,
    clauses: &'a [Clause],
    sentence: &'a str,
}

impl<'a> Trouble<'a> {
    const fn new(number: CallNumber, clauses: &'a [Clause], sentence: &'a str) -> Self {
        Self {
            number,
            clauses,
            sentence,
        }
    }
}

/// The earliest call; of several complaints about one call, damage to memory before behaviour.
fn first_trouble<'v>(verdict: &'v Verdict) -> Option<Trouble<'v>> {
    let differing = |it: &'v Divergence| {
        let rank = if it.aspect == Aspect::Safety { 0 } else { 2 };
        (
            (it.number, rank),
            Trouble::new(it.number, &it.clauses, &it.sentence),
        )
    };
    let violating = |it: &'v Violation| {
        (
            (it.number, 1),
            Trouble::new(it.number, &it.clauses, &it.sentence),
        )
    };
    let divergences = verdict.divergence.iter().chain(&verdict.ending);
    let candidates = divergences
        .map(differing)
        .chain(verdict.violations.iter().map(violating));
    candidates
        .min_by_key(|&(rank, _)| rank)
        .map(|(_, trouble)| trouble)
}

fn failure(
    judged: &Judged<'_>,
    trouble: &Trouble<'_>,
    profile: &Profile,
    choices: &Choices,
) -> Failure {
    let stem = SCENARIOS[judged.index].stem;
    let expected = model::run(
        profile,
        choices,
        FaultSet::NONE,
        judged.environment,
        judged.calls,
    );
    let position = (trouble.number.0 as usize).checked_sub(1);
    let call = position.and_then(|position| judged.calls.get(position).copied());
    let seen = position.and_then(|position| judged.transcript.steps.get(position));
    let due = position.and_then(|position| expected.get(position));
    let text = |call: Option<Call>, outcome: Option<&Outcome>| match (call, outcome) {
        (Some(call), Some(outcome)) => snapshot::step_text(
            trouble.number,
            &Recorded {
                call,
                outcome: outcome.clone(),
            },
        ),
        _ => String::new(),
    };
    Failure {
        call: call.map(|_| trouble.number.0),
        code: call
            .map(|call| snapshot::call_text(trouble.number, call))
            .unwrap_or_default(),
        clause: match judged.environment.is_harsh() {
            true => Some(Clause::E3.to_string()),
            false => trouble.clauses.first().map(ToString::to_string),
        },
        sentence: neutral(sentence(judged.environment, trouble).as_bytes()),
        expected: text(call, due),
        observed: text(call, seen.map(|step| &step.outcome)),
        picture: position
            .map(|position| draw(judged.transcript, &expected, position, profile))
            .unwrap_or_default(),
        diff: difference(stem, judged, expected),
    }
}

fn sentence(environment: Environment, trouble: &Trouble<'_>) -> String {
    let sentence = trouble.sentence;
    match environment.is_harsh() {
        true if trouble.clauses.contains(&Clause::E3) => format!("when {environment}: {sentence}"),
        true => format!("when {environment}: {sentence} (E3)"),
        false => sentence.to_owned(),
    }
}

/// The heap before the call at `position`, as expected after it, and as observed.
#[must_use]
pub fn draw(
    transcript: &Transcript,
    expected: &[Outcome],
    position: usize,
    profile: &Profile,
) -> String {
    let empty = Layout::Blocks(Vec::new());
    let before = match position.checked_sub(1) {
        Some(before) => transcript
            .steps
            .get(before)
            .map_or(&empty, |step| &step.outcome.layout),
        None => &empty,
    };
    let mut rows = vec![Row {
        label: "before",
        heap: Heap::from(before),
    }];
    if let Some(due) = expected.get(position) {
        rows.push(Row {
            label: "expected",
            heap: Heap::from(&due.layout),
        });
    }
    if let Some(seen) = transcript.steps.get(position) {
        rows.push(Row {
            label: "observed",
            heap: Heap::from(&seen.outcome.layout),
        });
    }
    let options = picture::Options {
        width: PICTURE_WIDTH,
        ..picture::Options::default()
    };
    picture::picture(&rows, profile.header, &options).join("\n")
}

fn difference(stem: &str, judged: &Judged<'_>, expected: Vec<Outcome>) -> String {
    let steps = judged.calls.iter().zip(expected);
    let golden = Snapshot {
        stem: stem.to_owned(),
        steps: steps
            .map(|(&call, outcome)| Recorded { call, outcome })
            .collect(),
        unfinished: Vec::new(),
        end: End::Finished(0),
    };
    let observed = snapshot::render(stem, judged.transcript);
    diff::diff(&golden.render(), &observed, &diff::Options::default()).unwrap_or_default()
}

fn output(bytes: &[u8]) -> Output {
    let kept = &bytes[..bytes.len().min(OUTPUT_KEPT)];
    Output {
        text: neutral(kept),
        truncated: kept.len() < bytes.len(),
    }
}
