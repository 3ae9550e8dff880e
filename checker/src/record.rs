//! What is known of one submission after it was examined: the one record that every report is made
//! from.
//!
//! Text that a submission can influence is neutral here already: it holds no control characters.
//! Characters that have a meaning in one format are neutralised by its exporter.

mod cut;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::types::{State, Status};

/// One submission, graded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The version of the suite.
    pub suite: String,
    /// The hash of the golden snapshots, 16 hexadecimal digits.
    pub snapshots: String,
    /// How the submission's processes were isolated from the machine.
    pub isolation: Vec<String>,
    /// The seed of the first random sequence; `None` where none could be played.
    #[serde(default)]
    pub seed: Option<u64>,
    /// What the submission is called: as the instructor named it.
    pub submission: String,
    /// The result of the build.
    pub build: Build,
    /// How the submission's headers are read, in one sentence, where that is not as the assignment
    /// says: "the header seems to be 24 bytes long: size, status, next".
    pub reading: Option<String>,
    /// What is wrong with it, each mistake once, the most frequent first. The rubric says what each
    /// of them costs.
    pub mistakes: Vec<Mistake>,
    /// What is odd and never costs points, a sentence each.
    pub remarks: Vec<String>,
    /// A line for each clause that decided some call, in the order of the clauses.
    pub card: Vec<ClauseLine>,
    /// Where memory was damaged first, if anywhere: random sequences count too.
    pub damage: Option<Damage>,
    /// One for each scenario that was asked for, in the order of the numbers. Empty when the
    /// submission could not be built.
    pub results: Vec<ScenarioResult>,
    /// The permitted choices that were seen, where they differ from the canonical ones, in words.
    pub choices: Vec<String>,
    /// Pairs of calls that no single permitted choice explains, in words.
    pub contradictions: Vec<String>,
    /// Whether two runs of a scenario differed. The worse one counts, and a notice says where.
    #[serde(default)]
    pub unsteady: bool,
    /// How long it took.
    pub time: Time,
}

/// The result of a submission's build.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// Why there is no library to run, in words; the scenarios were not run then.
    pub failure: Option<String>,
    /// Notices that come first: that a makefile was needed, or that the submission
    /// seems to be written for another edition of the assignment.
    #[serde(default)]
    pub notices: Vec<String>,
    /// The warnings of a compiler that succeeded.
    pub warnings: String,
    /// The C files that were compiled, the one with the allocator first.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Files that were not compiled, with the reason.
    pub left_out: Vec<String>,
    /// Functions of the assignment that the library does not export.
    pub missing: Vec<String>,
    /// Functions that the assignment forbids and the library imports, with the clause and reason.
    pub forbidden: Vec<String>,
}

/// A mistake of a submission, in one or more calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mistake {
    /// Its name in the catalogue, such as `FirstFit`. One that is not there is called after its
    /// clause, with a number: `unnamed-C4-1`. No two mistakes of a record have one name.
    pub name: String,
    /// Whether it is in the catalogue.
    pub known: bool,
    /// Whether it was seen in a few situations only, so that it is worded as a guess.
    pub guess: bool,
    /// The clause that it breaks, such as `C4`.
    pub clause: String,
    /// What the submission does: a whole sentence without a full stop, which starts with "it".
    pub sentence: String,
    /// Where to look, as a question; empty where nothing is known of it.
    pub hint: String,
    /// In how many of `situations` it showed.
    pub shown: usize,
    /// In how many calls it could have shown.
    pub situations: usize,
    /// Its homes: the scenarios that are lost by it. Points are charged for these, once.
    pub homes: Vec<String>,
    /// Whether it damages memory or ends the process.
    pub damages: bool,
    /// The smallest example of it.
    pub example: Option<Example>,
}

/// A call in which a mistake shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// The scenario; "seed 7" for a random sequence.
    pub stem: String,
    /// The call, and what was wrong with it.
    pub failure: Failure,
    /// The calls up to it and a little further.
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// How a submission kept one clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClauseLine {
    /// The clause, such as `C4`.
    pub clause: String,
    /// What it says, in one line.
    pub summary: String,
    /// How many calls it decided.
    pub decided: usize,
    /// How many of these kept it.
    pub kept: usize,
    /// The first that did not.
    pub first: Option<Where>,
}

/// A call of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Where {
    /// The scenario; "seed 7" for a random sequence.
    pub stem: String,
    /// The number of the call, from 1.
    pub call: u32,
}

/// `0401-best-fit-smallest, call 10`
impl fmt::Display for Where {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, call {}", self.stem, self.call)
    }
}

/// Memory that was damaged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damage {
    /// What happened, a sentence without a full stop.
    pub sentence: String,
    /// The call that did it.
    pub place: Where,
    /// Where in the sources, where that is known.
    #[serde(default)]
    pub source: Option<Source>,
}

/// One scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScenarioResult {
    /// Number and slug, such as `0203-malloc-split-first`.
    pub stem: String,
    /// What it finds out, in one line.
    pub purpose: String,
    /// The clauses that it rests on, such as `C6`.
    pub clauses: Vec<String>,
    /// How it counts: by its golden, as a probe, or as robustness (what the assignment does not say).
    #[serde(rename = "kind")]
    pub tier: Tier,
    /// What is said of it.
    pub status: Status,
    /// The names of the mistakes that make calls of it wrong.
    pub mistakes: Vec<String>,
    /// How many of its calls were judged.
    pub calls: usize,
    /// How many of these were wrong.
    pub wrong: usize,
    /// What went wrong first; `None` when nothing did.
    pub failure: Option<Failure>,
    /// What it printed, the part that was kept.
    pub output: Output,
    /// Its calls, where one is wrong, up to a few calls after the first wrong one.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// Seconds of wall-clock time.
    pub seconds: f64,
}

/// A call in the time line of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its number, from 1.
    pub number: u32,
    /// The call, such as `p3 = os_malloc(85)`.
    pub code: String,
    /// What it returned, such as `H+0x20`; empty where it returned nothing, or not at all.
    pub result: String,
    /// The system calls that it made, as a golden has them.
    pub system_calls: Vec<String>,
    /// The heap after it; `None` where it did not return.
    pub heap: Option<Vec<HeapBlock>>,
    /// Whether it is wrong.
    pub wrong: bool,
}

/// How a scenario is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// By its golden and the permitted variations.
    Golden,
    /// Probes a permitted band.
    Probe,
    /// What the assignment is silent about.
    Robustness,
}

/// What went wrong first in a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The number of the call, from 1; `None` when it is none.
    pub call: Option<u32>,
    /// The call, such as `p3 = os_malloc(85)`.
    pub code: String,
    /// The clause that it breaks, such as `C4`; none where no call is wrong.
    pub clause: Option<String>,
    /// One sentence with the numbers of that call.
    pub sentence: String,
    /// What that call should have done, as a golden says it; empty when it may not be shown.
    pub expected: String,
    /// What it did, in the same form.
    pub observed: String,
    /// The heap before, as expected and as observed, drawn; empty when it may not be shown.
    pub picture: String,
    /// The heaps that the picture shows, for formats that draw them themselves.
    #[serde(default)]
    pub heaps: Option<Heaps>,
    /// The difference of the transcripts; empty when it may not be shown.
    pub diff: String,
    /// Where in the sources it happened, where that is known.
    #[serde(default)]
    pub source: Option<Source>,
    /// Whether it is a call of a scenario and goes wrong without any help: no system call was made to
    /// fail, and no heap was prepared. So it goes wrong in a run by hand too.
    #[serde(default)]
    pub by_hand: bool,
}

/// Where in the submission's sources something went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// What happened there: a signal such as `SIGSEGV`, or a function of the system such as `brk`.
    pub what: String,
    /// The function in which it happened, then the one that called it, and so on outwards. Never empty.
    pub frames: Vec<Frame>,
    /// The function of the assignment that was in progress, such as `os_realloc`.
    pub call: String,
    /// Whether there are more between the last of `frames` and `call`.
    pub cut: bool,
}

/// A function in progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Its name; empty where it has none.
    pub function: String,
    /// The file of the line, relative to the submission's root; `None` where the library was built
    /// without debug information.
    pub file: Option<String>,
    /// The line, from 1, at which it was.
    pub line: Option<u32>,
}

impl Source {
    /// The file and line to look at.
    pub fn place(&self) -> Option<(&str, u32)> {
        let mut frames = self.frames.iter();
        frames.find_map(|frame| Some((frame.file.as_deref()?, frame.line?)))
    }
}

/// `SIGSEGV in split_block (src/osmem.c:141), called by reuse from os_realloc`
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Callers that are named.
        const CALLERS: usize = 3;
        let Some((first, callers)) = self.frames.split_first() else {
            return write!(f, "{}", self.what);
        };
        write!(f, "{} in {first}", self.what)?;
        let shown = callers.len().min(CALLERS);
        for (number, caller) in callers[..shown].iter().enumerate() {
            let word = if number == 0 { ", called by" } else { " from" };
            write!(f, "{word} {}", caller.name())?;
        }
        match callers.last() {
            Some(last) if shown < callers.len() && !self.cut => write!(f, " … {}", last.name()),
            _ if self.cut => write!(f, " … {}", self.call),
            _ => Ok(()),
        }
    }
}

impl Frame {
    fn name(&self) -> &str {
        match self.function.as_str() {
            "" => "a function without a name",
            name => name,
        }
    }
}

/// `split_block (src/osmem.c:141)`
impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, "{} ({file}:{line})", self.name()),
            (Some(file), None) => write!(f, "{} ({file})", self.name()),
            (None, _) => write!(f, "{}", self.name()),
        }
    }
}

/// The heap around one call, to be drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heaps {
    /// Bytes of a block's header.
    pub header: u64,
    /// As the call found it.
    pub before: Vec<HeapBlock>,
    /// As the call should have left it.
    pub expected: Vec<HeapBlock>,
    /// As it left it; `None` where it did not return.
    pub observed: Option<Vec<HeapBlock>>,
}

/// A block of the heap, from its header on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "(u64, u64, State)", into = "(u64, u64, State)")]
pub struct HeapBlock {
    /// Where its header is, in bytes from the heap start.
    pub start: u64,
    /// Bytes of its payload.
    pub size: u64,
    /// Used or free.
    pub state: State,
}

impl From<(u64, u64, State)> for HeapBlock {
    fn from((start, size, state): (u64, u64, State)) -> Self {
        Self { start, size, state }
    }
}

impl From<HeapBlock> for (u64, u64, State) {
    fn from(block: HeapBlock) -> Self {
        (block.start, block.size, block.state)
    }
}

/// What a submission printed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// The beginning of it.
    pub text: String,
    /// Whether more was printed than is kept.
    pub truncated: bool,
}

/// Where the time went, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Time {
    /// Compiling and linking.
    pub build: f64,
    /// Running the scenarios.
    pub run: f64,
    /// Judging each call, and finding the mistakes.
    pub judge: f64,
}

impl Time {
    /// All of it.
    pub fn whole(&self) -> f64 {
        self.build + self.run + self.judge
    }
}

impl ScenarioResult {
    /// The result of a scenario of which nothing else is known.
    pub fn blank(stem: &str, tier: Tier, status: Status) -> Self {
        Self {
            stem: stem.to_owned(),
            purpose: String::new(),
            clauses: Vec::new(),
            tier,
            status,
            mistakes: Vec::new(),
            calls: 0,
            wrong: 0,
            failure: None,
            output: Output::default(),
            steps: Vec::new(),
            seconds: 0.0,
        }
    }
}

impl Record {
    /// The record of a submission of which nothing is known yet.
    pub fn blank(submission: &str) -> Self {
        Self {
            suite: env!("CARGO_PKG_VERSION").to_owned(),
            snapshots: String::new(),
            isolation: Vec::new(),
            seed: None,
            submission: submission.to_owned(),
            build: Build::default(),
            reading: None,
            mistakes: Vec::new(),
            remarks: Vec::new(),
            card: Vec::new(),
            damage: None,
            results: Vec::new(),
            choices: Vec::new(),
            contradictions: Vec::new(),
            unsteady: false,
            time: Time::default(),
        }
    }

    /// Whether nothing that counts is wrong. What only the robustness tier finds does not count.
    pub fn passed(&self) -> bool {
        let counts = |result: &&ScenarioResult| result.tier != Tier::Robustness;
        let fine = |status| matches!(status, Status::Pass | Status::Carried | Status::NotReached);
        let mut counted = self.results.iter().filter(counts);
        self.build.failure.is_none()
            && self.damage.is_none()
            && self.mistakes.iter().all(|mistake| self.is_minor(mistake))
            && counted.all(|result| fine(result.status))
    }

    /// Whether a mistake is at home in the robustness tier only.
    pub fn is_minor(&self, mistake: &Mistake) -> bool {
        let robust = |stem: &String| {
            let result = self.results.iter().find(|result| result.stem == *stem);
            result.is_some_and(|result| result.tier == Tier::Robustness)
        };
        !mistake.homes.is_empty() && mistake.homes.iter().all(robust)
    }

    /// The mistakes that make calls of this scenario wrong.
    pub fn mistakes_in<'a>(
        &'a self,
        result: &'a ScenarioResult,
    ) -> impl Iterator<Item = &'a Mistake> {
        let named = |mistake: &&Mistake| result.mistakes.contains(&mistake.name);
        self.mistakes.iter().filter(named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(golden: Status, robust: Status) -> Record {
        Record {
            results: vec![
                ScenarioResult::blank("0401-golden", Tier::Golden, golden),
                ScenarioResult::blank("0402-robust", Tier::Robustness, robust),
            ],
            ..Record::blank("")
        }
    }

    fn mistake(homes: &[&str]) -> Mistake {
        Mistake {
            homes: homes.iter().map(ToString::to_string).collect(),
            ..Mistake::default()
        }
    }

    #[test]
    fn what_counts_decides_whether_it_passed() {
        for status in Status::ALL {
            let fine = !status.is_wrong() && status != Status::GraderError;
            assert_eq!(record(status, Status::Pass).passed(), fine, "{status:?}");
            assert!(record(Status::Pass, status).passed(), "{status:?}");
        }
        let mut record = record(Status::Pass, Status::Fail);
        for (homes, passed) in [
            (&["0402-robust"][..], true),
            (&["0401-golden", "0402-robust"], false),
            (&["unknown"], false),
            (&[], false),
        ] {
            record.mistakes = vec![mistake(homes)];
            assert_eq!(record.passed(), passed, "{homes:?}");
        }
        record.mistakes.clear();
        let (stem, call) = ("0401-golden".to_owned(), 3);
        record.damage = Some(Damage {
            sentence: String::new(),
            place: Where { stem, call },
            source: None,
        });
        assert!(!record.passed());
    }
}
