//! From what was seen to a verdict: every scenario of one submission against its golden and the
//! model.
//!
//! Nothing here runs or reads anything. All scenarios are judged together, because a submission
//! must make its permitted choices (section V) consistently.

mod attribution;
mod compare;
mod diagnosis;
mod inference;
mod sighting;
mod sightings;
mod situation;
#[cfg(test)]
mod tests;
mod verdict;
mod why;
mod wording;

pub use compare::Fit;
pub(crate) use compare::same_system_calls;
pub use diagnosis::{Diagnosis, diagnose};
pub use sighting::{Contradiction, Sighting};
pub use verdict::{Aspect, Aspects, Divergence, Verdict, Violation, explain_call, explain_end};

use std::ops::RangeInclusive;

use crate::model::{AxisSet, Choices, Environment};
use crate::types::{Call, Kind, Outcome, Profile, Transcript};
use inference::Inference;

/// System calls that were made to fail in a run, and what else is known of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Injection {
    /// Which system calls failed.
    pub environment: Environment,
    /// Whether the process wrote to its standard error (V10).
    pub message: bool,
}

/// One scenario as one submission ran it.
#[derive(Clone, Copy, Debug)]
pub struct ScenarioRun<'a> {
    /// The scenario's id.
    pub stem: &'a str,
    /// How it is judged.
    pub kind: Kind,
    /// The calls that it was to make.
    pub calls: &'a [Call],
    /// Its golden outcomes, one a call, where there are some.
    pub golden: Option<&'a [Outcome]>,
    /// What was seen.
    pub transcript: &'a Transcript,
    /// Failures that were injected.
    pub injection: Injection,
}

/// What is said of a submission.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The permitted choices that explain most of what it does; canonical where nothing tells.
    pub choices: Choices,
    /// The axes on which something was seen of its choice.
    pub seen: AxisSet,
    /// The cut-offs V1, V2 and V3 that what was seen leaves possible.
    pub cutoffs: [RangeInclusive<u64>; 3],
    /// Choices that it made one way here and another way there.
    pub contradictions: Vec<Contradiction>,
    /// One for each scenario, in the order they were given.
    pub verdicts: Vec<Verdict>,
}

/// Judges all scenarios of one submission together.
#[must_use]
pub fn judge(profile: &Profile, runs: &[ScenarioRun<'_>]) -> Judgement {
    let mut inference = Inference::new(profile, runs);
    let choices = inference.best_choices();
    let mut contradictions = inference.contradictory_sightings(&choices);
    let fits: Vec<Fit> = (0..runs.len())
        .map(|run| inference.fit(run, &choices))
        .collect();
    let mut seen = AxisSet::EMPTY;
    let mut verdicts = Vec::with_capacity(runs.len());
    for (index, (run, fit)) in runs.iter().zip(&fits).enumerate() {
        let mut verdict = verdict::verdict(profile, run, &choices, fit);
        if fit.is_whole() {
            seen = seen.union(fit.sensitive);
        } else {
            verdict.contradiction = inference.contradiction(index, &choices, &contradictions);
            contradictions.extend(
                verdict
                    .contradiction
                    .filter(|it| !contradictions.contains(it)),
            );
        }
        verdicts.push(verdict);
    }
    Judgement {
        choices,
        seen,
        cutoffs: inference.cutoffs(&choices),
        contradictions,
        verdicts,
    }
}
