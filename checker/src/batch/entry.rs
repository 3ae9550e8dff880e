//! One finished submission.

use serde::{Deserialize, Serialize};

use crate::record::{Build, Record, ScenarioResult};
use crate::rubric::{Grade, Ungraded};
use crate::types::Status;

/// What a result depends on, each as a hash or a version. A submission is graded again only when
/// one of these changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// What was handed in: `content::fingerprint`.
    pub submission: String,
    pub suite: String,
    /// The version of the golden snapshots.
    pub snapshots: String,
    /// Everything on the command line that can change a result or a report.
    pub options: String,
    pub rubric: String,
}

/// A submission that is finished.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// What it is called in files and tables.
    pub id: String,
    /// What the result depends on.
    pub key: Key,
    /// Names its behaviour in everything that was observed: the same for the same behaviour.
    /// Empty when nothing was observed.
    pub behaviour: String,
    /// What is known of it, without times.
    pub record: Record,
    /// Its points, or why there are none.
    pub grade: Result<Grade, Ungraded>,
}

/// What became of a submission, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Everything that counts passed.
    Passed,
    /// Something did not.
    Failed,
    /// It could not be built.
    NotBuilt,
    /// There is no grade, and that is not the submission's fault.
    Ungraded,
}

impl Entry {
    pub fn standing(&self) -> Standing {
        match &self.grade {
            Err(_) => Standing::Ungraded,
            Ok(_) if self.record.build.failure.is_some() => Standing::NotBuilt,
            Ok(_) if self.record.passed() => Standing::Passed,
            Ok(_) => Standing::Failed,
        }
    }

    /// Whether the result is final; otherwise the submission is graded again in the next run.
    pub fn is_settled(&self) -> bool {
        let unknown = |result: &ScenarioResult| result.status == Status::GraderError;
        self.grade.is_ok() && !self.record.results.iter().any(unknown)
    }

    /// The same without texts: enough to compare and to group.
    pub(super) fn summary(mut self) -> Self {
        let failure = self.record.build.failure.map(|_| String::new());
        self.record.build = Build {
            failure,
            ..Build::default()
        };
        for mistake in &mut self.record.mistakes {
            mistake.sentence = String::new();
            mistake.hint = String::new();
            mistake.example = None;
        }
        self.record.card = Vec::new();
        self.record.remarks = Vec::new();
        self.record.choices = Vec::new();
        self.record.contradictions = Vec::new();
        for result in &mut self.record.results {
            result.purpose = String::new();
            result.clauses = Vec::new();
            result.failure = None;
            result.output.text = String::new();
            result.steps = Vec::new();
        }
        if let Ok(grade) = &mut self.grade {
            grade.scenarios = Vec::new();
        }
        self
    }
}
