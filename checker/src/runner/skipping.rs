//! Which scenarios are not worth running after what came before them.
//!
//! Decided from the scenarios in front only, in order, so that the answer is the same however many
//! workers there are.

use std::collections::{BTreeMap, BTreeSet};

use ref_tests::scenario::Scenario;

use super::Outcome;
use crate::types::{Call, End};

/// So many time-outs in a function, and the scenarios that call it are skipped: each would wait
/// until its own time is up.
const PATIENCE: u32 = 3;

/// What is known so far.
#[derive(Debug)]
pub(super) struct Skipping {
    all: bool,
    unfinished: BTreeSet<&'static str>,
    timed_out: BTreeMap<&'static str, u32>,
}

impl Skipping {
    pub(super) fn new(all: bool) -> Self {
        Self {
            all,
            unfinished: BTreeSet::new(),
            timed_out: BTreeMap::new(),
        }
    }

    /// Why the scenario should be skipped.
    pub(super) fn reason(&self, scenario: &Scenario, calls: &[Call]) -> Option<String> {
        if self.all {
            return None;
        }
        let need = scenario
            .needs
            .iter()
            .find(|&&number| self.unfinished.contains(number));
        if let Some(number) = need {
            return Some(format!(
                "it depends on {number}, which did not come to its end"
            ));
        }
        let hopeless = calls.iter().map(Call::function).find(|function| {
            self.timed_out
                .get(function)
                .is_some_and(|&times| times >= PATIENCE)
        })?;
        Some(format!(
            "{hopeless} did not return in {PATIENCE} scenarios before"
        ))
    }

    /// Takes note of how a scenario ended.
    pub(super) fn note(&mut self, scenario: &Scenario, outcome: &Outcome) {
        let end = match outcome {
            Outcome::Recorded(recording, _) => Some(&recording.end),
            Outcome::Skipped(_) => None,
        };
        if !matches!(end, Some(End::Finished(_))) {
            self.unfinished.insert(scenario.number());
        }
        if let Some(End::TimedOut { moment, .. }) = end
            && let Some(call) = moment.call
        {
            *self.timed_out.entry(call.function()).or_default() += 1;
        }
    }
}
