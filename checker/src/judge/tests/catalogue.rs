//! Every fault of the catalogue, simulated, judged and diagnosed.

use std::time::Instant;

use super::*;
use crate::judge::{Diagnosis, diagnose};
use crate::model::Fault;
use crate::types::{Finding, Place, Status};

/// What a submission with the faults does, and what it does to memory where that can be told.
fn faulty(scenes: &[Scene], faults: FaultSet) -> Vec<Transcript> {
    let mut seen = transcripts(scenes, &Choices::canonical(&P), faults);
    for (scene, transcript) in scenes.iter().zip(&mut seen) {
        for index in 0..transcript.steps.len() {
            let finding = finding(&scene.calls, transcript, index, faults);
            transcript.steps[index].findings.extend(finding);
        }
    }
    seen
}

fn finding(
    calls: &[Call],
    transcript: &Transcript,
    index: usize,
    faults: FaultSet,
) -> Option<Finding> {
    let result = transcript.steps[index].outcome.result?;
    let reused = transcript.steps[..index]
        .iter()
        .any(|step| step.outcome.result == Some(result));
    match calls[index] {
        Call::Calloc { .. } if faults.has(Fault::CallocNotZeroed) && reused => {
            matches!(result, Place::Heap(_)).then_some(Finding::NotZero { offset: 0 })
        }
        Call::Realloc { .. } if faults.has(Fault::ReallocLosesContent) && !reused => {
            (result != Place::Null).then_some(Finding::NotKept { offset: 0 })
        }
        _ => None,
    }
}

fn diagnosed(scenes: &[Scene], faults: FaultSet) -> Option<Diagnosis> {
    let seen = faulty(scenes, faults);
    let goldens: Vec<_> = scenes.iter().map(|scene| golden(&scene.calls)).collect();
    let runs: Vec<_> = scenes
        .iter()
        .zip(&seen)
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
    diagnose(&P, &runs, &judge(&P, &runs))
}

#[test]
fn every_fault_is_failed() {
    let scenes = scenes();
    for fault in Fault::ALL {
        let judgement = judged(&scenes, &faulty(&scenes, FaultSet::of(*fault)));
        let failed = judgement
            .verdicts
            .iter()
            .any(|verdict| verdict.status == Status::Fail);
        assert!(failed, "{fault:?} passes");
    }
}

#[test]
fn every_fault_is_diagnosed() {
    let scenes = scenes();
    for fault in Fault::ALL {
        let diagnosis = diagnosed(&scenes, FaultSet::of(*fault)).expect("it fails");
        assert!(
            diagnosis.complete,
            "{fault:?} is not explained: {diagnosis:?}"
        );
        assert_eq!(diagnosis.faults, [*fault], "{diagnosis:?}");
        assert!(diagnosis.explained_without < diagnosis.explained);
    }
}

#[test]
fn nothing_is_diagnosed_where_nothing_fails() {
    assert_eq!(diagnosed(&scenes(), FaultSet::NONE), None);
}

#[test]
fn the_robustness_tier_is_not_diagnosed() {
    let mut scenes = scenes();
    for scene in &mut scenes {
        scene.kind = Kind::Robustness;
    }
    assert_eq!(diagnosed(&scenes, FaultSet::of(Fault::FirstFit)), None);
}

#[test]
fn what_explains_any_layout_convinces_only_when_it_explains_everything() {
    let diagnosis = |faults: &[Fault], complete| Diagnosis {
        faults: faults.to_vec(),
        alternatives: Vec::new(),
        explained: 90,
        explained_without: 10,
        total: 100,
        complete,
    };
    assert!(diagnosis(&[Fault::FirstFit], false).is_convincing());
    assert!(diagnosis(&[Fault::TailDropped], true).is_convincing());
    assert!(!diagnosis(&[Fault::FirstFit, Fault::TailDropped], false).is_convincing());
}

#[test]
fn faults_are_told_apart_by_name_and_sentence() {
    let mut sentences: Vec<_> = Fault::ALL.iter().map(|fault| fault.sentence()).collect();
    sentences.sort_unstable();
    sentences.dedup();
    assert_eq!(sentences.len(), Fault::ALL.len());
    assert!(Fault::ALL.iter().all(|fault| !fault.hint().is_empty()));
}

#[test]
fn pairs_are_explained_together() {
    let scenes = scenes();
    let pairs = [
        [Fault::FirstFit, Fault::NeverCoalesces],
        [Fault::NeverSplits, Fault::MappedNeverUnmapped],
        [Fault::NoPreallocation, Fault::LastNotGrown],
        [Fault::ShrinkDoesNotSplit, Fault::CallocUsesMallocThreshold],
        [Fault::MergesAllFollowing, Fault::FreeLastNotGrown],
    ];
    for [one, other] in pairs {
        let diagnosis = diagnosed(&scenes, FaultSet::of(one).with(other)).expect("it fails");
        assert!(diagnosis.complete, "{one:?}, {other:?}: {diagnosis:?}");
        assert_eq!(
            diagnosis.faults.len(),
            2,
            "{one:?}, {other:?}: {diagnosis:?}"
        );
    }
}

/// Several thousand calls with some hundred live blocks.
fn stress() -> Scene {
    let mut calls = Vec::new();
    for number in 1..=5000u32 {
        let size = u64::from(number.wrapping_mul(2_654_435_761) >> 22);
        calls.push(match number {
            601.. if number % 2 == 0 => super::scenes::free(number - 600),
            601.. if number % 7 == 0 => super::scenes::realloc(number - 500, size + 1),
            _ => super::scenes::malloc(size + 1),
        });
    }
    super::scenes::golden("stress", &calls)
}

/// Prints how long one submission takes: `cargo test --release -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn time_of_a_diagnosis() {
    let mut scenes: Vec<_> = scenes().into_iter().chain(super::scenes()).collect();
    scenes.push(stress());
    for faults in [
        FaultSet::NONE,
        FaultSet::of(Fault::NeverSplits),
        FaultSet::of(Fault::NeverSplits).with(Fault::MappedNeverUnmapped),
        FaultSet::of(Fault::NoPreallocation)
            .with(Fault::FirstFit)
            .with(Fault::MergesAllFollowing)
            .with(Fault::LastNotGrown),
    ] {
        let seen = faulty(&scenes, faults);
        let started = Instant::now();
        let judgement = judged(&scenes, &seen);
        let judged_in = started.elapsed();
        let diagnosis = diagnosed(&scenes, faults);
        let all = started.elapsed();
        println!("{judged_in:?}, {all:?}: {diagnosis:?}");
        assert_eq!(judgement.verdicts.len(), scenes.len());
    }
}
