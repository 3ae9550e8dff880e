//! Submissions are simulated: the model under other choices, with faults, or with single outcomes
//! changed by hand.

mod catalogue;
mod choices;
mod compare;
mod ends;
mod garbage;
mod page;
mod scenes;
mod verdicts;

use super::{Injection, Judgement, ScenarioRun, judge};
use crate::model::{Choices, Environment, FaultSet, run};
use crate::types::{Call, End, Kind, Outcome, Profile, Step, Transcript};
use scenes::{Scene, scenes};

const P: Profile = Profile::DEFAULT;
const T: u64 = P.mmap_threshold;

/// What a submission with these choices and faults does.
fn transcript(calls: &[Call], choices: &Choices, faults: FaultSet) -> Transcript {
    let outcomes = run(&P, choices, faults, Environment::KIND, calls);
    let steps = calls.iter().zip(outcomes).map(|(call, outcome)| Step {
        call: *call,
        outcome,
        findings: Vec::new(),
        memory: crate::types::Memory::default(),
    });
    Transcript {
        steps: steps.collect(),
        unfinished: Vec::new(),
        end: End::Finished(0),
    }
}

fn golden(calls: &[Call]) -> Vec<Outcome> {
    run(
        &P,
        &Choices::canonical(&P),
        FaultSet::NONE,
        Environment::KIND,
        calls,
    )
}

fn transcripts(scenes: &[Scene], choices: &Choices, faults: FaultSet) -> Vec<Transcript> {
    scenes
        .iter()
        .map(|scene| transcript(&scene.calls, choices, faults))
        .collect()
}

fn judged(scenes: &[Scene], transcripts: &[Transcript]) -> Judgement {
    let goldens: Vec<_> = scenes.iter().map(|scene| golden(&scene.calls)).collect();
    let runs: Vec<_> = scenes
        .iter()
        .zip(transcripts)
        .zip(&goldens)
        .map(|((scene, transcript), golden)| ScenarioRun {
            stem: scene.stem,
            kind: scene.kind,
            calls: &scene.calls,
            golden: (scene.kind == Kind::Golden).then_some(golden.as_slice()),
            transcript,
            injection: Injection::default(),
        })
        .collect();
    judge(&P, &runs)
}
