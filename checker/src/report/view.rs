//! Takes out of a record what a student may not see.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::profile;
use crate::record::{Failure, Record};
use crate::types::{Clause, Status};

/// What of the golden snapshots is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Visibility {
    /// What was expected and what was observed.
    #[default]
    Full,
    /// What was observed only.
    ActualOnly,
    /// Neither; only which call failed, and the clause.
    None,
}

/// There is no such visibility.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown visibility {0:?}: expected full, actual-only or none")]
pub struct UnknownVisibility(pub String);

impl FromStr for Visibility {
    type Err = UnknownVisibility;

    fn from_str(text: &str) -> Result<Self, UnknownVisibility> {
        match text {
            "full" => Ok(Self::Full),
            "actual-only" => Ok(Self::ActualOnly),
            "none" => Ok(Self::None),
            _ => Err(UnknownVisibility(text.to_owned())),
        }
    }
}

/// What a report may show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct View {
    /// What of the golden snapshots.
    pub visibility: Visibility,
    /// Whether to keep back hints where to look.
    pub no_hints: bool,
}

impl View {
    /// The record without what this view does not show.
    ///
    /// Where goldens are hidden, so is everything made from them: what was expected, pictures,
    /// differences, and sentences about calls that differ from a golden, which name its numbers;
    /// the clause in one line replaces them. Crashes, time-outs and damaged memory are reported in
    /// full, because they reveal nothing of a golden.
    pub fn of(&self, record: &Record) -> Record {
        let mut shown = record.clone();
        if self.no_hints {
            shown.mistakes.iter_mut().for_each(|one| one.hint.clear());
        }
        if self.visibility == Visibility::Full {
            return shown;
        }
        if self.visibility == Visibility::None {
            let examples = shown.mistakes.iter_mut();
            let examples = examples.filter_map(|mistake| mistake.example.as_mut());
            examples.for_each(|example| example.steps.clear());
            shown.results.iter_mut().for_each(|one| one.steps.clear());
        }
        for mistake in &mut shown.mistakes {
            if !mistake.known && !mistake.damages {
                mistake.sentence = clause_in_words(Some(&mistake.clause));
            }
            if let Some(example) = &mut mistake.example {
                self.redact(&mut example.failure, !mistake.damages);
            }
        }
        for result in &mut shown.results {
            let damages = record.mistakes_in(result).any(|mistake| mistake.damages);
            let ended = !matches!(result.status, Status::Fail | Status::Carried);
            if let Some(failure) = &mut result.failure {
                self.redact(failure, !damages && !ended);
            }
        }
        shown
    }

    fn redact(self, failure: &mut Failure, from_golden: bool) {
        if from_golden {
            failure.sentence = clause_in_words(failure.clause.as_deref());
            // Which system call is wrong is what the golden says.
            failure.source = None;
        }
        failure.expected.clear();
        failure.picture.clear();
        failure.heaps = None;
        failure.diff.clear();
        if self.visibility == Visibility::None {
            failure.observed.clear();
        }
    }
}

fn clause_in_words(clause: Option<&str>) -> String {
    clause.and_then(Clause::numbered).map_or_else(
        || "it differs from what the assignment says".to_owned(),
        |clause| format!("it breaks {clause}: {}", profile::summary(clause)),
    )
}
