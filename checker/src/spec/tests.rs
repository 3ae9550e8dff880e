//! The specification against the goldens, and each mistake against the specification.

use super::{
    Block, Blocks, Choices, Chooser, Denied, Mistake, Request, State, Trial, next_answers,
    outcomes, step,
};
use crate::carried;
use crate::plan;
use crate::snapshot::store::Goldens;
use crate::suite::SCENARIOS;
use crate::types::{Place, Profile, SystemCall};

const PROFILE: Profile = Profile::DEFAULT;

#[test]
fn the_canonical_steps_are_the_goldens() {
    let goldens = Goldens::built_in(carried::GOLDENS);
    for scenario in SCENARIOS.iter() {
        let golden = goldens.snapshot(scenario.stem).expect("it has a golden");
        let calls = plan::calls(scenario, &PROFILE);
        let steps = outcomes(&PROFILE, &Choices::canonical(&PROFILE), &calls);
        for (number, (step, golden)) in (1..).zip(steps.iter().zip(&golden.steps)) {
            assert_eq!(
                *step, golden.outcome,
                "{} call {number}: {:?}",
                scenario.stem, golden.call
            );
        }
    }
}

#[test]
fn names_and_sentences_differ() {
    let mut names: Vec<_> = Mistake::ALL.iter().map(|it| it.sentence()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Mistake::ALL.len());
    assert!(names.len() >= 120);
}

#[test]
fn bytes_that_were_lost_may_be_used_when_the_last_block_grows() {
    let mut state = State::new(PROFILE.header);
    state.heap.blocks = Blocks::of(vec![Block::new(0, 1000, false)], PROFILE.header);
    state.heap.end = PROFILE.header + 1000 + 24;
    state.heap.started = true;
    let mut answers = Some(Vec::new());
    let mut deltas = Vec::new();
    while let Some(given) = answers.take() {
        let trial = Trial {
            profile: &PROFILE,
            request: Request::Realloc {
                target: Place::Heap(PROFILE.header),
                size: 1064,
            },
            chooser: Chooser::Script(&given, Vec::new()),
            mistakes: &[],
            looks: false,
            denied: Denied::default(),
        };
        let stepped = step(trial, state.clone());
        answers = next_answers(&stepped.asked);
        deltas.extend(stepped.system_calls.iter().filter_map(|call| match call {
            SystemCall::Brk { delta, .. } => Some(*delta),
            _ => None,
        }));
    }
    assert_eq!(deltas, [64, 40]);
}
