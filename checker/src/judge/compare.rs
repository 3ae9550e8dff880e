//! Whether the model, under some choices and faults, does what was seen.

use super::ScenarioRun;
use crate::model::{AxisSet, Certainty, Choices, FaultSet, How, Reply, Simulation};
use crate::types::{
    Block, End, Finding, Kind, Layout, Outcome, Phase, Profile, Step, SystemCall, Transcript,
};

/// How far a simulation explains a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fit {
    /// Calls from the first on that it explains exactly.
    pub explained: u32,
    /// The first call that it contradicts, from 1; one past the last call for the end.
    pub contradicted: Option<u32>,
    /// Whether no finding is left unexplained.
    pub safety: bool,
    /// Whether all calls were made and all system calls are as simulated.
    pub system_calls: bool,
    /// Whether all calls were made and all results are as simulated.
    pub placement: bool,
    /// Whether all calls were made and all layouts are as simulated.
    pub layout: bool,
    /// The axes on which the run depends.
    pub sensitive: AxisSet,
}

impl Fit {
    /// Whether nothing contradicts it.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.contradicted.is_none()
    }

    /// How many of the aspects agree.
    #[must_use]
    pub fn agreeing_aspects(&self) -> u32 {
        [self.system_calls, self.placement, self.layout]
            .into_iter()
            .map(u32::from)
            .sum()
    }
}

/// What agrees between one call as seen and as simulated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Agreement {
    pub(super) safety: bool,
    pub(super) system_calls: bool,
    pub(super) placement: bool,
    pub(super) layout: bool,
}

impl Agreement {
    pub(super) const fn is_whole(self) -> bool {
        self.safety && self.system_calls && self.placement && self.layout
    }
}

/// Replays the scenario's calls and compares.
#[must_use]
pub(super) fn replay(
    profile: &Profile,
    run: &ScenarioRun<'_>,
    choices: &Choices,
    faults: FaultSet,
) -> Fit {
    let mut simulation =
        Simulation::new(profile, choices, faults).within(run.injection.environment);
    let mut fit = Fit {
        explained: 0,
        contradicted: None,
        safety: true,
        system_calls: true,
        placement: true,
        layout: true,
        sensitive: AxisSet::EMPTY,
    };
    for (number, (call, step)) in (1..).zip(run.calls.iter().zip(&run.transcript.steps)) {
        if simulation.certainty() == Certainty::Nothing {
            break;
        }
        let reply = simulation.call(call);
        let mut agreement = agreement(&simulation, faults, &reply, step);
        if run.kind == Kind::Robustness {
            agreement.system_calls =
                same_successful_calls(&reply.system_calls, &step.outcome.system_calls);
        }
        note(&mut fit, number, agreement);
    }
    compare_end(&mut fit, &mut simulation, run);
    fit.sensitive = simulation.sensitive();
    fit
}

fn note(fit: &mut Fit, number: u32, agreement: Agreement) {
    fit.safety &= agreement.safety;
    fit.system_calls &= agreement.system_calls;
    fit.placement &= agreement.placement;
    fit.layout &= agreement.layout;
    if !agreement.is_whole() {
        fit.contradicted.get_or_insert(number);
    } else if fit.is_whole() {
        fit.explained = number;
    }
}

fn compare_end(fit: &mut Fit, simulation: &mut Simulation, run: &ScenarioRun<'_>) {
    if simulation.certainty() == Certainty::Nothing
        || ends_as_it_may(simulation, run)
        || ends_in_ruins(simulation, run)
    {
        return;
    }
    let made = u32::try_from(run.transcript.steps.len()).unwrap_or(u32::MAX);
    fit.contradicted.get_or_insert(made.saturating_add(1));
    if run.transcript.steps.len() < run.calls.len() {
        fit.system_calls = false;
        fit.placement = false;
        fit.layout = false;
    }
}

/// Whether the run ended with all calls made, or as V10 lets it end.
pub(super) fn ends_as_it_may(simulation: &mut Simulation, run: &ScenarioRun<'_>) -> bool {
    match &run.transcript.end {
        End::Finished(0) => run.transcript.steps.len() == run.calls.len(),
        End::Exited { status, moment } => {
            *status != 0
                && run.injection.message
                && moment.phase == Phase::InCall
                && gives_up(simulation, run)
        }
        _ => false,
    }
}

/// Whether a mistake makes the unfinished call destroy memory.
fn ends_in_ruins(simulation: &Simulation, run: &ScenarioRun<'_>) -> bool {
    let mut simulation = simulation.clone();
    let unfinished = run.calls.get(run.transcript.steps.len());
    unfinished.is_some_and(|call| {
        simulation.call(call);
        simulation.certainty() == Certainty::Nothing
    })
}

/// Whether the unfinished call is one that cannot succeed, and made no system call after the one
/// that failed.
fn gives_up(simulation: &mut Simulation, run: &ScenarioRun<'_>) -> bool {
    let Some(call) = run.calls.get(run.transcript.steps.len()) else {
        return false;
    };
    let reply = simulation.call(call);
    simulation.account().how == How::Failed
        && same_system_calls(&reply.system_calls, &run.transcript.unfinished)
}

pub(super) fn agreement(
    simulation: &Simulation,
    faults: FaultSet,
    reply: &Reply,
    step: &Step,
) -> Agreement {
    let ruined = simulation.certainty() == Certainty::Nothing;
    let excused = |finding: &Finding| ruined || faults.excuses(finding);
    let linked = |finding: &&Finding| matches!(finding, Finding::Links { .. });
    Agreement {
        safety: !(step.findings.iter()).any(|finding| !linked(&finding) && !excused(finding)),
        system_calls: same_system_calls(&reply.system_calls, &step.outcome.system_calls),
        placement: reply.result == step.outcome.result,
        layout: simulation.certainty() != Certainty::Exact
            || (same_layout(simulation.blocks(), &step.outcome.layout)
                && step.findings.iter().filter(linked).all(excused)),
    }
}

pub(super) fn same_layout(blocks: impl ExactSizeIterator<Item = Block>, layout: &Layout) -> bool {
    match layout {
        Layout::Blocks(seen) => {
            seen.len() == blocks.len() && blocks.zip(seen).all(|(block, seen)| block == *seen)
        }
        Layout::Undecodable { .. } => false,
    }
}

/// The same, for the robustness tier: there the assignment does not say whether the system is
/// asked for what it cannot give, so calls that fail do not count.
fn same_successful_calls(some: &[SystemCall], others: &[SystemCall]) -> bool {
    let succeeded = |call: &&SystemCall| match call {
        SystemCall::Brk { failed, .. } | SystemCall::Munmap { failed, .. } => failed.is_none(),
        SystemCall::Mmap { result, .. } => result.is_ok(),
    };
    let some: Vec<_> = some.iter().filter(succeeded).collect();
    let others: Vec<_> = others.iter().filter(succeeded).collect();
    some.len() == others.len()
        && some
            .iter()
            .zip(others)
            .all(|(one, other)| same_system_call(one, other))
}

/// Which error a failed system call reports is the system's affair.
pub(crate) fn same_system_calls(some: &[SystemCall], others: &[SystemCall]) -> bool {
    some.len() == others.len()
        && some
            .iter()
            .zip(others)
            .all(|(one, other)| same_system_call(one, other))
}

pub(super) fn same_system_call(one: &SystemCall, other: &SystemCall) -> bool {
    match (one, other) {
        (
            SystemCall::Brk { delta, failed },
            SystemCall::Brk {
                delta: other_delta,
                failed: other_failed,
            },
        ) => delta == other_delta && failed.is_some() == other_failed.is_some(),
        (
            SystemCall::Mmap { request, result },
            SystemCall::Mmap {
                request: other_request,
                result: other_result,
            },
        ) => request == other_request && result.ok() == other_result.ok(),
        (
            SystemCall::Munmap {
                start,
                length,
                failed,
            },
            SystemCall::Munmap {
                start: other_start,
                length: other_length,
                failed: other_failed,
            },
        ) => {
            start == other_start
                && length == other_length
                && failed.is_some() == other_failed.is_some()
        }
        _ => one == other,
    }
}

/// Whether the run did exactly what its golden says, with nothing wrong in memory.
pub(super) fn equals(transcript: &Transcript, golden: &[Outcome]) -> bool {
    transcript.end == End::Finished(0)
        && transcript.steps.len() == golden.len()
        && transcript.steps.iter().zip(golden).all(|(step, outcome)| {
            step.findings.is_empty()
                && step.outcome.result == outcome.result
                && step.outcome.layout == outcome.layout
                && same_system_calls(&step.outcome.system_calls, &outcome.system_calls)
        })
}
