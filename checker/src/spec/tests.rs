//! The specification against the goldens, and each mistake against the specification.

use super::{Choices, Mistake, outcomes};
use crate::carried;
use crate::plan;
use crate::snapshot::store::Goldens;
use crate::suite::SCENARIOS;
use crate::types::Profile;

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
