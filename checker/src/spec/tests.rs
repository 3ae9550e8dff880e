//! The specification against the goldens, and each mistake against the specification.

use ref_tests::SCENARIOS;

use super::{Choices, Mistake, outcomes};
use crate::carried;
use crate::plan;
use crate::snapshot::store::Goldens;
use crate::types::Profile;

const PROFILE: Profile = Profile::DEFAULT;

#[test]
fn the_canonical_steps_are_the_goldens() {
    let goldens = Goldens::built_in(carried::GOLDENS);
    for scenario in SCENARIOS {
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
fn the_steps_are_those_of_the_old_model() {
    let recipe = crate::fuzz::Recipe::new(PROFILE, 1000);
    for seed in 0..100 {
        let calls = crate::fuzz::generate(seed, &recipe);
        let old = crate::model::run(
            &PROFILE,
            &crate::model::Choices::canonical(&PROFILE),
            crate::model::FaultSet::NONE,
            crate::model::Environment::KIND,
            &calls,
        );
        let new = outcomes(&PROFILE, &Choices::canonical(&PROFILE), &calls);
        for (number, (one, other)) in (1..).zip(old.iter().zip(&new)) {
            assert_eq!(one, other, "seed {seed} call {number}");
        }
    }
}
