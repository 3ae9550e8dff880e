//! The indexed engine is the literal one: same results, same system calls, same heap bytes.
//!
//! `cargo run --release -p osmem --example identity` is the long form.

mod twins;

use osmem::Config;
use proptest::prelude::*;
use twins::{Mood, Random, Step, compare, compare_on_real_break, compare_steps, moods};

#[test]
fn random_runs_are_identical() {
    let mut random = Random(1);
    for mood in moods() {
        let calls = if mood.every == 1 { 12_000 } else { 6_000 };
        let compared = compare(mood, calls, &mut random);
        assert_eq!(compared.calls, calls as u64);
    }
}

#[test]
fn many_live_blocks_are_identical() {
    let mood = Mood {
        config: Config::DEFAULT,
        live: 1500,
        small: 300,
        large: 5000,
        every: 512,
        ..moods()[7]
    };
    compare(mood, 20_000, &mut Random(2));
}

#[test]
fn runs_on_the_real_break_are_identical() {
    for (mood, calls) in moods().into_iter().zip([3000, 3000, 3000, 2000]) {
        compare_on_real_break(mood, calls, &Random(3));
    }
    let whole = Mood {
        every: 500,
        ..moods()[8]
    };
    compare_on_real_break(whole, 3000, &Random(4));
}

#[test]
fn more_frees_than_pending_numbers_are_identical() {
    let mood = Mood {
        arena: 1 << 18,
        indexed: 1 << 18,
        every: 200,
        ..moods()[0]
    };
    // 1024 numbers are kept for this index; then comes a walk.
    let waves = |call: usize, live: usize| match call {
        0..3000 => Some(Step::Malloc(8 + call % 5 * 8)),
        3000..5800 => Some(Step::Free((call * 7919) % live)),
        5800..6000 => Some(Step::Malloc(8 + call % 90 * 8)),
        _ => None,
    };
    compare_steps(mood, waves);
}

#[test]
fn growing_and_shrinking_without_a_search_is_identical() {
    let mood = moods()[0];
    let pumping = |call: usize, _: usize| match call {
        0 | 1 => Some(Step::Malloc(400)),
        2 => Some(Step::Free(1)),
        3..5000 => Some(Step::Realloc(0, [100, 500, 300, 700][call % 4])),
        5000..5010 => Some(Step::Malloc(64)),
        _ => None,
    };
    compare_steps(mood, pumping);
}

#[test]
fn sizes_that_come_and_go_are_identical() {
    let mood = Mood {
        every: 500,
        ..moods()[0]
    };
    // Each wave frees 100 blocks of its own size, which live among others, asks for some of them
    // again, and frees everything. The arrays of 16 waves fill the pool of this index.
    let waves = |call: usize, live: usize| match (call / 490, call % 490) {
        (40.., _) => None,
        (wave, step @ 0..200) => Some(Step::Malloc([16 + wave * 8, 8][step % 2])),
        (_, 200..300) => Some(Step::Free(2 * live - 202)),
        (_, 300) => Some(Step::Malloc(1500)),
        (wave, 301..340) => Some(Step::Malloc(16 + wave * 8)),
        _ if live == 0 => Some(Step::Malloc(0)),
        _ => Some(Step::Free(live - 1)),
    };
    compare_steps(mood, waves);
}

fn step() -> impl Strategy<Value = Step> {
    let size = || {
        prop_oneof![
            6 => 0..200_usize,
            2 => 200..2200_usize,
            1 => prop::sample::select(vec![1, 8, 32, 40, 440, 473, 480, 2008, 2009, 2016, usize::MAX]),
        ]
    };
    prop_oneof![
        8 => size().prop_map(Step::Malloc),
        2 => (0..5_usize, size()).prop_map(|(count, size)| Step::Calloc(count, size)),
        6 => (any::<usize>(), size()).prop_map(|(at, size)| Step::Realloc(at, size)),
        8 => any::<usize>().prop_map(Step::Free),
        1 => any::<usize>().prop_map(Step::FreeTwice),
        1 => (1..100_usize).prop_map(Step::MoveBreak),
        1 => (0..3_usize).prop_map(Step::Refuse),
    ]
}

/// The step with its payload among the live ones, if there are any.
fn fitted(step: Step, live: usize) -> Step {
    match step {
        Step::Realloc(_, bytes) if live == 0 => Step::Malloc(bytes),
        Step::Free(at) | Step::FreeTwice(at) if live == 0 => Step::Malloc(at % 100),
        Step::Realloc(at, bytes) => Step::Realloc(at % live, bytes),
        Step::Free(at) => Step::Free(at % live),
        Step::FreeTwice(at) => Step::FreeTwice(at % live),
        other => other,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Small sequences, which shrink when they fail.
    #[test]
    fn any_steps_are_identical(
        steps in prop::collection::vec(step(), 1..150),
        indexed in prop::sample::select(vec![0, 3000, 1 << 16]),
    ) {
        let mood = Mood { indexed, ..moods()[0] };
        compare_steps(mood, |call, live| steps.get(call).map(|&step| fitted(step, live)));
    }
}
