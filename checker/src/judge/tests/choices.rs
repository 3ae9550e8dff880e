use proptest::prelude::*;

use super::scenes::{free, golden, malloc, probe, realloc};
use super::*;
use crate::model::{Axis, Coalescing, Relocation};
use crate::types::{CallNumber, Status};

fn statuses(judgement: &Judgement) -> Vec<Status> {
    judgement
        .verdicts
        .iter()
        .map(|verdict| verdict.status)
        .collect()
}

#[test]
fn canonical_behaviour_passes_everywhere() {
    let scenes = scenes();
    let canonical = Choices::canonical(&P);
    let judgement = judged(&scenes, &transcripts(&scenes, &canonical, FaultSet::NONE));
    assert!(
        statuses(&judgement)
            .iter()
            .all(|status| *status == Status::Pass)
    );
    assert_eq!(judgement.choices, canonical);
    assert!(judgement.seen.contains(Axis::MallocCutoff));
}

#[test]
fn golden_scenes_stay_clear_of_the_cut_off_bands() {
    let bands = [Axis::MallocCutoff, Axis::CallocCutoff, Axis::ReallocCutoff];
    let scenes = scenes();
    let goldens: Vec<_> = scenes
        .into_iter()
        .filter(|scene| scene.kind == Kind::Golden)
        .collect();
    let canonical = Choices::canonical(&P);
    let judgement = judged(&goldens, &transcripts(&goldens, &canonical, FaultSet::NONE));
    for (scene, verdict) in goldens.iter().zip(&judgement.verdicts) {
        assert!(
            !bands.iter().any(|axis| verdict.seen.contains(*axis)),
            "{}",
            scene.stem
        );
    }
}

fn choices() -> impl Strategy<Value = Choices> {
    let cutoffs = (T - 39..=T, 4057u64..=4080, T - 39..=T);
    let rest = (0usize..6, any::<bool>(), any::<bool>(), any::<bool>());
    (cutoffs, rest).prop_map(|((v1, v2, v3), (coalescing, v5, v7, as_malloc))| Choices {
        malloc_cutoff: v1,
        calloc_cutoff: v2,
        realloc_cutoff: v3,
        coalescing: Coalescing::ALL[coalescing],
        expand_first: v5,
        keep_in_place: v7,
        relocation: if as_malloc {
            Relocation::AsMalloc
        } else {
            Relocation::AsRealloc
        },
        ..Choices::canonical(&P)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_consistent_combination_passes(choices in choices()) {
        let scenes = scenes();
        let judgement = judged(&scenes, &transcripts(&scenes, &choices, FaultSet::NONE));
        for (scene, verdict) in scenes.iter().zip(&judgement.verdicts) {
            prop_assert_eq!(verdict.status, Status::Pass, "{} {:?}", scene.stem, verdict.divergence);
        }
        prop_assert!(judgement.cutoffs[0].contains(&choices.malloc_cutoff));
        prop_assert!(judgement.cutoffs[1].contains(&choices.calloc_cutoff));
        prop_assert!(judgement.contradictions.is_empty());
    }
}

fn moved_cutoff(cutoff: u64) -> Choices {
    Choices {
        malloc_cutoff: cutoff,
        ..Choices::canonical(&P)
    }
}

#[test]
fn an_inconsistent_cut_off_names_both_calls() {
    let scenes = [
        probe("low", &[malloc(T - 30)]),
        probe("high", &[malloc(8), malloc(T - 10)]),
    ];
    let transcripts = [
        transcript(&scenes[0].calls, &moved_cutoff(T - 39), FaultSet::NONE),
        transcript(&scenes[1].calls, &moved_cutoff(T), FaultSet::NONE),
    ];
    let judgement = judged(&scenes, &transcripts);
    assert_eq!(statuses(&judgement), [Status::Pass, Status::Fail]);
    let contradiction = judgement.verdicts[1]
        .contradiction
        .expect("two calls disagree");
    assert_eq!(contradiction.axis, Axis::MallocCutoff);
    assert_eq!(
        (contradiction.one.run, contradiction.one.call),
        (0, CallNumber(1))
    );
    assert_eq!(
        (contradiction.other.run, contradiction.other.call),
        (1, CallNumber(2))
    );
    assert_eq!(judgement.contradictions, [contradiction]);
    let run = |index: usize, transcript| ScenarioRun {
        stem: scenes[index].stem,
        kind: Kind::Probe,
        calls: &scenes[index].calls,
        golden: None,
        transcript,
        injection: Injection::default(),
    };
    assert_eq!(
        contradiction.sentence(&[run(0, &transcripts[0]), run(1, &transcripts[1])]),
        "os_malloc(131042) in call 1 of low maps, os_malloc(131062) in call 2 of high does not (V1)"
    );
}

#[test]
fn coalescing_here_but_not_there_is_a_contradiction() {
    let calls = [malloc(8), malloc(8), malloc(8), free(1), free(2)];
    let scenes = [golden("a", &calls), golden("b", &calls)];
    let at_free = Choices {
        coalescing: Coalescing::AtFree,
        ..Choices::canonical(&P)
    };
    let transcripts = [
        transcript(&calls, &Choices::canonical(&P), FaultSet::NONE),
        transcript(&calls, &at_free, FaultSet::NONE),
    ];
    let judgement = judged(&scenes, &transcripts);
    assert_eq!(statuses(&judgement), [Status::Pass, Status::Fail]);
    let contradiction = judgement.verdicts[1]
        .contradiction
        .expect("two calls disagree");
    assert_eq!(contradiction.axis, Axis::Coalescing);
    assert_eq!((contradiction.one.run, contradiction.other.run), (1, 0));
}

#[test]
fn canonical_behaviour_in_one_scenario_does_not_excuse_another_in_the_rest() {
    let calls = [malloc(8), malloc(8), malloc(8), free(1), free(2)];
    let scenes = [
        golden("a", &calls),
        golden("b", &calls),
        golden("c", &calls),
    ];
    let at_free = Choices {
        coalescing: Coalescing::AtFree,
        ..Choices::canonical(&P)
    };
    let transcripts = [
        transcript(&calls, &at_free, FaultSet::NONE),
        transcript(&calls, &Choices::canonical(&P), FaultSet::NONE),
        transcript(&calls, &at_free, FaultSet::NONE),
    ];
    assert_eq!(
        statuses(&judged(&scenes, &transcripts)),
        [Status::Pass, Status::Fail, Status::Pass]
    );
}

#[test]
fn a_fault_elsewhere_does_not_hide_the_choice() {
    let mut scenes = scenes();
    scenes.push(golden("broken", &[malloc(1000), realloc(1, 100)]));
    let late = moved_cutoff(T - 16);
    let mut seen = transcripts(&scenes, &late, FaultSet::NONE);
    let broken = seen.last_mut().expect("there is one");
    broken.steps[1].outcome.result = Some(crate::types::Place::Null);
    let judgement = judged(&scenes, &seen);
    assert_eq!(judgement.choices.malloc_cutoff, T - 16);
    assert_eq!(judgement.cutoffs[0], T - 16..=T - 16);
    let failed = statuses(&judgement)
        .iter()
        .filter(|status| **status == Status::Fail)
        .count();
    assert_eq!(failed, 1);
}

/// Three blocks, of which two side by side are freed: with a choice of V4 they are one at once.
const RELEASES: fn() -> [Call; 5] = || [malloc(8), malloc(8), malloc(8), free(1), free(2)];

fn at_free() -> Choices {
    Choices {
        coalescing: Coalescing::AtFree,
        ..Choices::canonical(&P)
    }
}

#[test]
fn the_robustness_tier_tells_of_a_choice_only_where_nothing_else_does() {
    let robust = |stem| Scene {
        kind: Kind::Robustness,
        ..golden(stem, &RELEASES())
    };
    let inferred = |scenes: &[Scene], choices: &[Choices]| {
        let seen: Vec<_> = scenes
            .iter()
            .zip(choices)
            .map(|(scene, choices)| transcript(&scene.calls, choices, FaultSet::NONE))
            .collect();
        judged(scenes, &seen).choices.coalescing
    };
    let canonical = Choices::canonical(&P);
    let scenes = [golden("a", &RELEASES()), robust("b"), robust("c")];
    let told = inferred(&scenes, &[at_free(), canonical, canonical]);
    assert_eq!(told, Coalescing::AtFree);
    let scenes = [golden("a", &[malloc(8)]), robust("b")];
    assert_eq!(
        inferred(&scenes, &[canonical, at_free()]),
        Coalescing::AtFree
    );
}

/// No choice explains the result, but one of them the blocks.
#[test]
fn what_is_right_in_a_broken_scenario_tells_of_a_choice() {
    let scenes = [golden("a", &RELEASES())];
    let mut seen = transcript(&scenes[0].calls, &at_free(), FaultSet::NONE);
    seen.steps[1].outcome.result = Some(crate::types::Place::Null);
    let judgement = judged(&scenes, &[seen]);
    assert_eq!(judgement.choices.coalescing, Coalescing::AtFree);
    assert_eq!(statuses(&judgement), [Status::Fail]);
}

/// Several choices of V4 explain it, all with one departure from the canonical ones.
#[test]
fn of_choices_that_explain_as_much_the_first_is_told() {
    let scenes = [golden("a", &RELEASES())];
    let later = Choices {
        coalescing: Coalescing::AtAnyRelease,
        ..Choices::canonical(&P)
    };
    let seen = transcript(&scenes[0].calls, &later, FaultSet::NONE);
    assert_eq!(judged(&scenes, &[seen]).choices, at_free());
}

/// V7: the block has the bytes already, and its total reaches the threshold. That another block is
/// mapped for the same size shows that it is no matter of V3.
#[test]
fn a_block_that_is_kept_at_the_threshold_is_a_choice() {
    let calls = [
        malloc(T - 40),
        realloc(1, T - 32),
        malloc(104),
        realloc(3, T - 32),
    ];
    let scenes = [probe("kept", &calls)];
    let kept = Choices {
        keep_in_place: true,
        ..Choices::canonical(&P)
    };
    let judgement = judged(&scenes, &transcripts(&scenes, &kept, FaultSet::NONE));
    assert!(judgement.choices.keep_in_place);
    assert_eq!(statuses(&judgement), [Status::Pass]);
    let canonical = transcripts(&scenes, &Choices::canonical(&P), FaultSet::NONE);
    assert!(!judged(&scenes, &canonical).choices.keep_in_place);
}
