//! Whatever a submission does, it is judged and diagnosed.

use proptest::prelude::*;

use super::scenes::{calloc, free, malloc, realloc};
use super::*;
use crate::judge::diagnose;
use crate::model::{Failure, MemoryCall};
use crate::types::{
    Block, CallNumber, Errno, Finding, Layout, MapRequest, MappingNumber, Moment, Phase, Place,
    State, Status, SystemCall,
};

fn call() -> impl Strategy<Value = Call> {
    let size = prop_oneof![0u64..600, T - 60..T + 60, Just(u64::MAX)];
    (0u8..5, size, 0u32..9).prop_map(|(kind, size, number)| match kind {
        0 => malloc(size),
        1 => calloc(1 + size % 3, size),
        2 => free(number),
        3 => realloc(number, size),
        _ => Call::MoveBreak {
            bytes: size.min(9000),
        },
    })
}

fn place() -> impl Strategy<Value = Place> {
    prop_oneof![
        Just(Place::Null),
        Just(Place::Elsewhere),
        any::<u64>().prop_map(Place::Heap),
        (0u64..2000).prop_map(Place::Heap),
        (any::<u32>(), any::<u64>()).prop_map(|(n, at)| Place::Mapping(MappingNumber(n), at)),
    ]
}

fn system_call() -> impl Strategy<Value = SystemCall> {
    let failed = any::<bool>().prop_map(|failed| failed.then_some(Errno(12)));
    prop_oneof![
        (any::<i64>(), failed.clone())
            .prop_map(|(delta, failed)| SystemCall::Brk { delta, failed }),
        (any::<u64>(), any::<u32>()).prop_map(|(length, number)| SystemCall::Mmap {
            request: MapRequest::canonical(length),
            result: Ok(MappingNumber(number)),
        }),
        (place(), any::<u64>(), failed).prop_map(|(start, length, failed)| SystemCall::Munmap {
            start,
            length,
            failed
        }),
    ]
}

fn layout() -> impl Strategy<Value = Layout> {
    let state = prop_oneof![
        Just(State::Free),
        Just(State::Used),
        any::<i32>().prop_map(State::Unknown)
    ];
    let blocks = prop::collection::vec((any::<u64>(), state), 0..5);
    (blocks, any::<bool>(), any::<u64>()).prop_map(|(blocks, decodable, at)| {
        let blocks = blocks
            .into_iter()
            .map(|(size, state)| Block { size, state })
            .collect();
        if decodable {
            Layout::Blocks(blocks)
        } else {
            Layout::Undecodable {
                blocks,
                at,
                reason: "odd".to_owned(),
            }
        }
    })
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let calls = prop::collection::vec(system_call(), 0..3);
    (prop::option::of(place()), calls, layout()).prop_map(|(result, system_calls, layout)| {
        Outcome {
            result,
            system_calls,
            layout,
        }
    })
}

/// Canonical up to some step, anything in a few of the rest, and any end.
fn recording() -> impl Strategy<Value = (Vec<Call>, Transcript)> {
    let strange = prop::collection::vec(
        (any::<prop::sample::Index>(), outcome(), any::<bool>()),
        0..3,
    );
    (
        prop::collection::vec(call(), 1..12),
        strange,
        0u8..6,
        any::<prop::sample::Index>(),
    )
        .prop_map(|(calls, strange, end, cut)| {
            let mut seen = transcript(&calls, &Choices::canonical(&P), FaultSet::NONE);
            for (index, outcome, found) in strange {
                let step = &mut seen.steps[index.index(calls.len())];
                step.outcome = outcome;
                step.findings = found.then_some(Finding::Misaligned).into_iter().collect();
            }
            let made = cut.index(calls.len() + 1);
            let moment = Moment {
                number: CallNumber(u32::try_from(made).unwrap() + 1),
                call: calls.get(made).copied(),
                phase: Phase::InCall,
            };
            if end > 0 {
                seen.steps.truncate(made);
            }
            seen.end = match end {
                0 => End::Finished(0),
                1 => End::Exited { status: 1, moment },
                2 => End::Signal {
                    name: "SIGSEGV".to_owned(),
                    fault: None,
                    moment,
                },
                3 => End::TimedOut {
                    moment,
                    sleeping: true,
                },
                4 => End::NotLoaded {
                    reason: "no".to_owned(),
                    crashed: false,
                },
                _ => End::Finished(0),
            };
            (calls, seen)
        })
}

fn runs<'a>(
    recordings: &'a [(Vec<Call>, Transcript)],
    kind: Kind,
    injection: Injection,
) -> Vec<ScenarioRun<'a>> {
    recordings
        .iter()
        .map(|(calls, transcript)| ScenarioRun {
            stem: "garbage",
            kind,
            calls,
            golden: None,
            transcript,
            injection,
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn anything_is_judged(
        recordings in prop::collection::vec(recording(), 1..4),
        kind in prop_oneof![Just(Kind::Probe), Just(Kind::Robustness)],
        harsh in any::<bool>(),
    ) {
        let environment = if harsh { Environment::failing(None, 2, 2) } else { Environment::KIND };
        let runs = runs(&recordings, kind, Injection { environment, message: true });
        let judgement = judge(&P, &runs);
        prop_assert_eq!(judgement.verdicts.len(), runs.len());
        for (run, verdict) in runs.iter().zip(&judgement.verdicts) {
            let passes = verdict.status == Status::Pass;
            prop_assert_eq!(passes, verdict.divergence.is_none());
            let finds = run.transcript.steps.iter().any(|step| !step.findings.is_empty());
            prop_assert!(!(passes && finds));
            if let Some(contradiction) = &verdict.contradiction {
                prop_assert!(!contradiction.sentence(&runs).is_empty());
            }
        }
        let wrong = |status| status != Status::Pass;
        let any_wrong = judgement.verdicts.iter().any(|verdict| wrong(verdict.status));
        let told = any_wrong && kind != Kind::Robustness;
        prop_assert_eq!(diagnose(&P, &runs, &judgement).is_some(), told);
    }

    #[test]
    fn either_way_to_leave_the_heap_after_a_failure_passes(
        calls in prop::collection::vec(call(), 1..30),
        kind in prop_oneof![Just(MemoryCall::Brk), Just(MemoryCall::Mmap)],
        first in 1u32..5,
        rolls_back in any::<bool>(),
    ) {
        let environment = Environment::failing(Some(kind), first, 2);
        let failure = if rolls_back { Failure::RolledBack } else { Failure::StaysMerged };
        let choices = Choices { failure, ..Choices::canonical(&P) };
        let outcomes = run(&P, &choices, FaultSet::NONE, environment, &calls);
        let mut seen = transcript(&calls, &choices, FaultSet::NONE);
        for (step, outcome) in seen.steps.iter_mut().zip(outcomes) {
            step.outcome = outcome;
        }
        let recordings = [(calls, seen)];
        let judgement = judge(&P, &runs(&recordings, Kind::Robustness, Injection { environment, message: false }));
        prop_assert_eq!(judgement.verdicts[0].status, Status::Pass);
    }
}
