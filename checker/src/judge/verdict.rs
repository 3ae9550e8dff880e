//! The verdict on one scenario, under the choices that explain the submission best.

use super::ScenarioRun;
use super::attribution;
use super::compare::{self, Agreement, Fit};
use super::sighting::Contradiction;
use super::situation::Situation;
use super::wording;
use crate::model::{AxisSet, Choices, FaultSet, Simulation};
use crate::types::{
    Call, CallNumber, Clause, End, Finding, Kind, Layout, Outcome, Profile, Status, Step,
};

/// What is compared, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// Content, alignment, overlap, truthful headers.
    Safety,
    /// The system calls of a call.
    SystemCalls,
    /// What a call returned.
    Placement,
    /// The blocks of the heap after a call.
    Layout,
    /// How the process ended.
    End,
}

/// Which aspects are right over the whole scenario, each judged by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aspects {
    /// No finding in memory, and no crash.
    pub safety: bool,
    /// The system calls of all calls.
    pub system_calls: bool,
    /// The results of all calls.
    pub placement: bool,
    /// The layouts after all calls.
    pub layout: bool,
}

/// The first call that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// The call; for the end, the one in progress.
    pub number: CallNumber,
    /// What differs, the strongest aspect of it.
    pub aspect: Aspect,
    /// What the call must do, where the scenario got that far.
    pub expected: Option<Outcome>,
    /// What it did, where it returned.
    pub seen: Option<Outcome>,
    /// The clauses that it breaks, the closest first.
    pub clauses: Vec<Clause>,
    /// What is wrong, as a sentence without a full stop.
    pub sentence: String,
}

/// A finding in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The call after which it was found.
    pub number: CallNumber,
    /// What was found.
    pub finding: Finding,
    /// The clauses that it breaks, the closest first.
    pub clauses: Vec<Clause>,
    /// The same as a sentence without a full stop.
    pub sentence: String,
}

/// What is said of one scenario.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The one word.
    pub status: Status,
    /// Which aspects are right.
    pub aspects: Aspects,
    /// The first call that is not as it must be.
    pub divergence: Option<Divergence>,
    /// How the process ended, when not as it should.
    pub ending: Option<Divergence>,
    /// All findings in memory.
    pub violations: Vec<Violation>,
    /// The two calls that no consistent choice explains, where that is what is wrong.
    pub contradiction: Option<Contradiction>,
    /// The axes on which this scenario shows a permitted choice, whether or not it passes.
    pub seen: AxisSet,
}

pub(super) fn verdict(
    profile: &Profile,
    run: &ScenarioRun<'_>,
    choices: &Choices,
    fit: &Fit,
) -> Verdict {
    let violations = violations(run);
    let ending = if fit.is_whole() {
        None
    } else {
        ending(profile, run, choices)
    };
    let status = status(profile, run, choices, fit);
    let divergence = match status {
        Status::Pass => None,
        _ => first_divergence(profile, run, choices, fit).or_else(|| ending.clone()),
    };
    Verdict {
        status,
        aspects: Aspects {
            safety: fit.safety && !matches!(run.transcript.end, End::Signal { .. }),
            system_calls: fit.system_calls,
            placement: fit.placement,
            layout: fit.layout,
        },
        divergence,
        ending,
        violations,
        contradiction: None,
        seen: fit.sensitive,
    }
}

fn status(profile: &Profile, run: &ScenarioRun<'_>, choices: &Choices, fit: &Fit) -> Status {
    let by_end = status_of_end(&run.transcript.end);
    if !fit.is_whole() && by_end != Status::Fail {
        return by_end;
    }
    let canonical = Choices::canonical(profile);
    match run.golden {
        Some(golden) if compare::equals(run.transcript, golden) => {
            as_golden(profile, run, choices, fit)
        }
        // There the comparison is wider than that with the golden.
        Some(_) if run.kind == Kind::Robustness && fit.is_whole() => Status::Pass,
        Some(golden) if !fit.is_whole() || choices.agree_on(&canonical, fit.sensitive) => {
            beside_golden(profile, run, golden, fit)
        }
        _ if fit.is_whole() => Status::Pass,
        _ => Status::Fail,
    }
}

/// Canonical behaviour fails only when the submission behaves otherwise elsewhere.
fn as_golden(profile: &Profile, run: &ScenarioRun<'_>, choices: &Choices, fit: &Fit) -> Status {
    let canonical = Choices::canonical(profile);
    if fit.is_whole()
        || *choices == canonical
        || !compare::replay(profile, run, &canonical, FaultSet::NONE).is_whole()
    {
        Status::Pass
    } else {
        Status::Fail
    }
}

/// Where golden and model do not agree, nothing can be said of a submission.
fn beside_golden(
    profile: &Profile,
    run: &ScenarioRun<'_>,
    golden: &[Outcome],
    fit: &Fit,
) -> Status {
    if fit.is_whole() || !model_agrees(profile, run, golden) {
        Status::GraderError
    } else {
        Status::Fail
    }
}

/// Whether the canonical model does what the golden says.
fn model_agrees(profile: &Profile, run: &ScenarioRun<'_>, golden: &[Outcome]) -> bool {
    let mut simulation = Simulation::new(profile, &Choices::canonical(profile), FaultSet::NONE)
        .within(run.injection.environment);
    golden.len() == run.calls.len()
        && run.calls.iter().zip(golden).all(|(call, outcome)| {
            let reply = simulation.call(call);
            reply.result == outcome.result
                && compare::same_system_calls(&reply.system_calls, &outcome.system_calls)
                && compare::same_layout(simulation.blocks(), &outcome.layout)
        })
}

const fn status_of_end(end: &End) -> Status {
    match end {
        End::Finished(_)
        | End::Exited { .. }
        | End::Missing { .. }
        | End::NotLoaded { crashed: false, .. } => Status::Fail,
        End::Signal { .. } | End::NotLoaded { crashed: true, .. } => Status::Crash,
        End::TimedOut { .. } => Status::Timeout,
        End::Limit { .. } => Status::Limit,
        End::Forbidden { .. } | End::Allocated { .. } | End::Forged { .. } => Status::Forbidden,
    }
}

fn violations(run: &ScenarioRun<'_>) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (number, step) in (1..).zip(&run.transcript.steps) {
        for finding in &step.findings {
            let number = CallNumber(number);
            let (clauses, sentence) = complaint(run.calls, number, finding);
            violations.push(Violation {
                number,
                finding: finding.clone(),
                clauses,
                sentence,
            });
        }
    }
    violations
}

/// The clauses and the sentence of a finding.
fn complaint(calls: &[Call], number: CallNumber, finding: &Finding) -> (Vec<Clause>, String) {
    let special = attribution::special_clause(calls, number);
    let clauses = wording::led_by(special, vec![attribution::clause_of(finding)]);
    let sentence = wording::cite(&wording::finding(calls, number, finding), &clauses);
    (clauses, sentence)
}

fn ending(profile: &Profile, run: &ScenarioRun<'_>, choices: &Choices) -> Option<Divergence> {
    let mut simulation =
        Simulation::new(profile, choices, FaultSet::NONE).within(run.injection.environment);
    for call in run.calls.iter().take(run.transcript.steps.len()) {
        simulation.call(call);
    }
    if compare::ends_as_it_may(&mut simulation, run) {
        return None;
    }
    Some(explain_end(run))
}

fn first_divergence(
    profile: &Profile,
    run: &ScenarioRun<'_>,
    choices: &Choices,
    fit: &Fit,
) -> Option<Divergence> {
    let number = fit.contradicted?;
    let index = usize::try_from(number).ok()?.checked_sub(1)?;
    let step = run.transcript.steps.get(index)?;
    let mut before =
        Simulation::new(profile, choices, FaultSet::NONE).within(run.injection.environment);
    for call in &run.calls[..index] {
        before.call(call);
    }
    explain_call(profile, run.calls, CallNumber(number), &before, step)
}

/// How the call of this number differs from what it must do; `before` has made the calls in front
/// of it. `None` when it does not.
#[must_use]
pub fn explain_call(
    profile: &Profile,
    calls: &[Call],
    number: CallNumber,
    before: &Simulation,
    step: &Step,
) -> Option<Divergence> {
    let call = calls.get((number.0 as usize).checked_sub(1)?)?;
    let mut simulation = before.clone();
    let reply = simulation.call(call);
    let agreement = compare::agreement(&simulation, FaultSet::NONE, &reply, step);
    if agreement.is_whole() {
        return None;
    }
    let expected = Outcome {
        result: reply.result,
        system_calls: reply.system_calls,
        layout: Layout::Blocks(simulation.layout()),
    };
    let situation = Situation::new(profile, call, before, &simulation, &expected, step);
    Some(divergence(calls, number, agreement, &situation))
}

/// What is said of a process that did not end as it must.
#[must_use]
pub fn explain_end(run: &ScenarioRun<'_>) -> Divergence {
    let clauses = attribution::clauses_of_end(run);
    let sentence = wording::cite(&wording::end(run), &clauses);
    Divergence {
        number: attribution::moment(run),
        aspect: Aspect::End,
        expected: None,
        seen: None,
        clauses,
        sentence,
    }
}

fn divergence(
    calls: &[Call],
    number: CallNumber,
    agreement: Agreement,
    situation: &Situation<'_>,
) -> Divergence {
    let special = attribution::special_clause(calls, number);
    let aspect = strongest(agreement);
    let (clauses, sentence) = match (aspect, unsafe_finding(situation.step)) {
        (Aspect::Safety, Some(finding)) => complaint(calls, number, finding),
        (Aspect::SystemCalls, _) => {
            wording::tell(situation, special, attribution::of_system_calls(situation))
        }
        (Aspect::Placement, _) => {
            wording::tell(situation, special, attribution::of_placement(situation))
        }
        _ => wording::tell(situation, special, attribution::of_layout(situation)),
    };
    Divergence {
        number,
        aspect,
        expected: Some(situation.expected.clone()),
        seen: Some(situation.step.outcome.clone()),
        clauses,
        sentence,
    }
}

const fn strongest(agreement: Agreement) -> Aspect {
    if !agreement.safety {
        Aspect::Safety
    } else if !agreement.system_calls {
        Aspect::SystemCalls
    } else if !agreement.placement {
        Aspect::Placement
    } else {
        Aspect::Layout
    }
}

fn unsafe_finding(step: &Step) -> Option<&Finding> {
    let unlinked = |finding: &&Finding| !matches!(finding, Finding::Links { .. });
    step.findings.iter().find(unlinked)
}
