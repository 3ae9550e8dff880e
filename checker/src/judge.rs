//! From what was seen to judgement: each call by itself, from the state that it found.
//!
//! ```text
//! transcript   what was seen: calls, system calls, results, and the words in memory after each call
//!    │
//!    │  reading      the words become states, one way for all runs of a submission: how long a header
//!    │               is, what its size counts, which places are blocks, where a block ends
//!    ▼
//! (state before, call, effect, state after)               `Seen` in walk.rs, `Sight` in call.rs
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
//!    │  search       the smallest set of known mistakes that explains the wrong calls, each weighed by
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
//! | a reading | a `Rooms` in `judge/reading.rs`, with its sentence; there how odd it is; in `judge.rs` when it is tried |
//! | a kind of damage | a `Finding` in `types/outcome.rs`, made in `transcript.rs` or in `judge/walk.rs`; `Harm` in `spec.rs` for mistakes that do it; its comparison in `judge/call.rs`, its sentence in `judge/words.rs` |
//!
//! After each of them: `cargo test`, the grades of `ref_tests/submissions`, and
//! `checker recordings` on recordings of real submissions, where there are some: a new name that makes
//! other names vanish explains less than it seems to.

mod call;
mod case;
mod cause;
mod evidence;
mod links;
mod reading;
mod search;
mod settle;
#[cfg(test)]
mod tests;
mod walk;
mod words;

pub use call::Aspect;
pub(crate) use call::same_system_calls;
pub use cause::{Cause, Found, Scope};
pub use reading::{Reading, Rooms};
pub use walk::states;
pub use words::{Complaint, call_text, clause_of_end, end_text};

use crate::spec::{Choices, Mistake, State};
use crate::types::{Call, CallNumber, Clause, End, Outcome, Profile, Transcript};
use case::Case;
use cause::Causes;
use evidence::Evidence;
use settle::Settled;
use walk::Seen;

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
    let mut fewest = case.words(&best);
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
        if reading.oddness() >= fewest {
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
        let words = other.words(&causes);
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
        if other.words(&causes) < case.words(&best) {
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
    causes.unexplained().count() > calls / 400 || causes.unknown.len() > calls / 20 || !all_often
}

/// Whether a few calls ask for words of their own.
fn has_odd_calls(causes: &Causes) -> bool {
    let few = |found: &Found| found.wrong.len() < cause::FEW;
    causes.unexplained().count() > 0 || causes.mistakes.iter().any(few)
}
