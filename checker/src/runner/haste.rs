//! Gives little time to scenarios that call a function that did not return in several earlier
//! scenarios. They are run all the same, because the calls before that one may be right or wrong.
//!
//! This depends on the earlier scenarios only, in their order. A scenario that another worker ran
//! before this was known had more time than it needed, and ended in the same way.

use std::collections::BTreeMap;

use super::Outcome;
use crate::types::{Call, End};

/// After this many time-outs in a function, the scenarios that call it are hurried.
const PATIENCE: u32 = 3;

/// How often each function did not return so far.
#[derive(Debug, Default)]
pub(super) struct Haste {
    timed_out: BTreeMap<&'static str, u32>,
}

impl Haste {
    /// Whether a scenario with these calls has little time.
    pub(super) fn hurries(&self, calls: &[Call]) -> bool {
        let hopeless = |function| {
            let times = self.timed_out.get(function);
            times.is_some_and(|times| *times >= PATIENCE)
        };
        calls.iter().map(Call::function).any(hopeless)
    }

    /// Takes note of how a scenario ended.
    pub(super) fn note(&mut self, outcome: &Outcome) {
        if let Outcome::Observed(raw, _) = outcome
            && let End::TimedOut { moment, .. } = &raw.end
            && let Some(call) = moment.call
        {
            *self.timed_out.entry(call.function()).or_default() += 1;
        }
    }
}
