//! What is known of one submission after it was graded: the one record that every report is made
//! from.
//!
//! Text that a submission can influence is neutral here already: it holds no control characters.
//! What a format gives a meaning of its own is the exporter's to neutralise.

use serde::{Deserialize, Serialize};

use crate::types::Status;

/// One submission, graded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The version of the suite.
    pub suite: String,
    /// The hash of the golden snapshots, 16 hexadecimal digits.
    pub snapshots: String,
    /// How the submission's processes were kept apart from the machine.
    pub isolation: Vec<String>,
    /// The seed of the first random sequence; `None` where none could be played.
    #[serde(default)]
    pub seed: Option<u64>,
    /// What the submission is called: as the instructor named it.
    pub submission: String,
    /// What became of its sources.
    pub build: Build,
    /// One for each scenario that was asked for, in the order of the numbers. Empty when the
    /// submission could not be built.
    pub results: Vec<ScenarioResult>,
    /// The permitted choices that were seen, where they differ from the canonical ones, in words.
    pub choices: Vec<String>,
    /// Pairs of calls that no one permitted choice explains, in words.
    pub contradictions: Vec<String>,
    /// What explains the behaviour as a whole.
    pub diagnosis: Option<Diagnosis>,
    /// How long it took.
    pub time: Time,
}

/// What became of a submission's sources.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// Why there is no library to run, in words; the scenarios were not run then.
    pub failure: Option<String>,
    /// What the compiler said all the same.
    pub warnings: String,
    /// Files that were not compiled, with the reason.
    pub left_out: Vec<String>,
    /// Functions of the assignment that the library does not export.
    pub missing: Vec<String>,
    /// Functions that the assignment forbids and the library imports, with the clause and reason.
    pub forbidden: Vec<String>,
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
    /// How it is judged: `golden`, `probe`, or `robustness` (reported, by default without points).
    pub kind: Kind,
    /// What is said of it.
    pub status: Status,
    /// Which aspects were right throughout.
    pub aspects: Aspects,
    /// What went wrong first; `None` when it passed.
    pub failure: Option<Failure>,
    /// What it printed, as far as it was kept.
    pub output: Output,
    /// Seconds on the wall.
    pub seconds: f64,
}

/// How a scenario is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// By its golden and the permitted variations.
    Golden,
    /// Probes a permitted band.
    Probe,
    /// What the assignment is silent about.
    Robustness,
}

/// Which aspects of a scenario were right throughout, for partial credit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aspects {
    /// Nothing was damaged, and it came to its end.
    pub safety: bool,
    /// The sequence and the arguments of the system calls.
    pub system_calls: bool,
    /// The address of each returned pointer.
    pub placement: bool,
    /// The blocks in the heap after each call.
    pub layout: bool,
}

/// What went wrong first in a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The number of the call, from 1; `None` when it is none.
    pub call: Option<u32>,
    /// The call, such as `p3 = os_malloc(85)`.
    pub code: String,
    /// The clause that it breaks, such as `C4`; none for a scenario that was skipped.
    pub clause: Option<String>,
    /// One sentence with the numbers of that call.
    pub sentence: String,
    /// What that call should have done, as a golden says it; empty when it may not be shown.
    pub expected: String,
    /// What it did, in the same form.
    pub observed: String,
    /// The heap before, as expected and as observed, drawn; empty when it may not be shown.
    pub picture: String,
    /// The difference of the transcripts; empty when it may not be shown.
    pub diff: String,
}

/// What a submission printed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// The beginning of it.
    pub text: String,
    /// Whether more was printed than is kept.
    pub truncated: bool,
}

/// What explains a submission's behaviour.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// The names of the faults that together explain it.
    pub faults: Vec<String>,
    /// One sentence for the student.
    pub sentence: String,
    /// The clauses that they break.
    pub clauses: Vec<String>,
    /// Where to look, without the solution.
    pub hints: Vec<String>,
    /// Calls that are as it says, each scenario counted up to the first that is not.
    pub explained: usize,
    /// Calls in all scenarios.
    pub total: usize,
}

/// Where the time went, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Time {
    /// Compiling and linking.
    pub build: f64,
    /// Running the scenarios.
    pub run: f64,
    /// Comparing with goldens and permitted variations.
    pub judge: f64,
    /// Looking for what explains the rest.
    pub diagnose: f64,
}

impl Record {
    /// Whether everything that counts passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        let counts = |result: &&ScenarioResult| result.kind != Kind::Robustness;
        self.build.failure.is_none()
            && self
                .results
                .iter()
                .filter(counts)
                .all(|result| result.status == Status::Pass)
    }
}
