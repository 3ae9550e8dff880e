//! Which scenarios are not run: those that call a function that did not return in several earlier
//! scenarios.
//!
//! Decided from the scenarios in front only, in order, so that the answer is the same however many
//! workers there are.

use std::collections::BTreeMap;

use super::Outcome;
use crate::types::{Call, End};

/// After this many time-outs in a function, the scenarios that call it are skipped: each would only
/// run into its time limit.
const PATIENCE: u32 = 3;

/// What is known so far.
#[derive(Debug, Default)]
pub(super) struct Skipping {
    timed_out: BTreeMap<&'static str, u32>,
}

impl Skipping {
    /// Why a scenario with these calls is skipped.
    pub(super) fn reason(&self, calls: &[Call]) -> Option<String> {
        let hopeless = calls.iter().map(Call::function).find(|function| {
            self.timed_out
                .get(function)
                .is_some_and(|&times| times >= PATIENCE)
        })?;
        Some(format!(
            "not run: {hopeless} did not return in {PATIENCE} earlier scenarios"
        ))
    }

    /// Takes note of how a scenario ended.
    pub(super) fn note(&mut self, outcome: &Outcome) {
        if let Outcome::Recorded(recording, _) = outcome
            && let End::TimedOut { moment, .. } = &recording.end
            && let Some(call) = moment.call
        {
            *self.timed_out.entry(call.function()).or_default() += 1;
        }
    }
}
