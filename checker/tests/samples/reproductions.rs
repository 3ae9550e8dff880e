//! Mistakes that damage memory are found by random sequences, shrunk, and shown by a C program of
//! their own; a handful of them. `cargo run --release -p checker --example measure -- reproductions` does it
//! with all. Needs `gcc`.

use checker::testing::fuzz::Effort;
use checker::testing::fuzz::Found;
use checker::testing::types::Profile;
use libtest_mimic::Trial;

use super::laboratory::reproduction::{hunt, reproduce};
use super::laboratory::{MISTAKES, compile};
use super::trial;

/// Calls of a shrunk sequence; the command asks for as few in the median.
const MOST: usize = 12;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("reproductions::content_that_is_lost", content_that_is_lost),
        trial(
            "reproductions::headers_that_are_overwritten",
            headers_that_are_overwritten,
        ),
        trial(
            "reproductions::blocks_that_are_never_found_again",
            blocks_that_are_never_found_again,
        ),
        trial(
            "reproductions::blocks_that_overlap_and_crashes",
            blocks_that_overlap_and_crashes,
        ),
        trial(
            "reproductions::a_run_that_is_repeated_from_the_failing_seed_ends_alike",
            a_run_that_is_repeated_from_the_failing_seed_ends_alike,
        ),
    ]
}

#[track_caller]
fn shows_by_itself(switch: &str) {
    let switch = format!("-D{switch}");
    let reproduction = reproduce(&switch, 1).unwrap().expect("it is found");
    let minimal = &reproduction.found.minimal;
    let told = format!("{}\n{}", reproduction.message, reproduction.program);
    assert!(reproduction.shows(), "{}: {told}", reproduction.status);
    assert!(minimal.calls.len() <= MOST, "{told}");
}

fn content_that_is_lost() {
    shows_by_itself("OTHER_CopiesWordsOnly");
    shows_by_itself("MISTAKE_CallocZeroesMembersOnly");
}

fn headers_that_are_overwritten() {
    shows_by_itself("MISTAKE_WritesPastPayload");
}

fn blocks_that_are_never_found_again() {
    shows_by_itself("OTHER_ForgetsNext");
    shows_by_itself("OTHER_LosesRest");
}

fn blocks_that_overlap_and_crashes() {
    shows_by_itself("MISTAKE_MergesUsedBlock");
    shows_by_itself("MISTAKE_UnmapsTooMuch");
}

/// The seed of a sequence that failed gives the same failure again, and the same program, wherever
/// the run began that found it.
fn a_run_that_is_repeated_from_the_failing_seed_ends_alike() {
    // It needs sizes that are no multiples of eight and a mapping: not every sequence has both.
    let switch = "-DOTHER_CopiesWordsOnly".to_owned();
    let library = compile(MISTAKES, &[switch]).unwrap().bytes;
    let first = hunt(&library, 100, 1, Effort::default()).unwrap();
    let first = first.first().expect("it is found");
    let again = hunt(&library, first.seed, 1, Effort::default()).unwrap();
    let again = again.first().expect("it is found");
    assert_eq!(again.seed, first.seed);
    assert!(again.failure.resembles(&first.failure));
    assert_eq!(again.failure.call, first.failure.call);
    assert_eq!(again.failure.sentence, first.failure.sentence);
    assert_eq!(
        again.minimal.failure.sentence,
        first.minimal.failure.sentence
    );
    let program = |found: &Found| found.minimal.program(&Profile::DEFAULT, "random", "gcc");
    assert_eq!(program(again), program(first));
}
