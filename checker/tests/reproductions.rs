//! Mutants that damage memory are found by random sequences, shrunk, and shown by a C program of
//! their own; a handful of them. `cargo run --release -p checker --example reproductions` does it
//! with all. Needs `gcc`.

mod laboratory;

use laboratory::reproduction::{hunt, reproduce};
use laboratory::{Kind, Mutant};

/// Calls of a shrunk sequence; the command asks for as few in the median.
const MOST: usize = 12;

fn mutant(name: &str) -> Mutant {
    let mut mutants = Mutant::table().unwrap().into_iter();
    mutants.find(|mutant| mutant.name == name).unwrap()
}

#[track_caller]
fn shows_by_itself(name: &str) {
    let mutant = mutant(name);
    assert_eq!(mutant.kind, Kind::Safety);
    let reproduction = reproduce(&mutant, 1).unwrap().expect("it is found");
    let minimal = &reproduction.found.minimal;
    let told = format!("{}\n{}", reproduction.message, minimal.program);
    assert!(reproduction.shows(), "{}: {told}", reproduction.status);
    assert!(minimal.calls.len() <= MOST, "{told}");
}

#[test]
fn content_that_is_lost() {
    shows_by_itself("CopiesWordsOnly");
    shows_by_itself("ZeroesMembersOnly");
}

#[test]
fn headers_that_are_overwritten() {
    shows_by_itself("WritesPastPayload");
    shows_by_itself("MappedSizeWithHeader");
}

#[test]
fn links_that_lead_elsewhere() {
    shows_by_itself("ForgetsPrev");
    shows_by_itself("LosesRest");
}

#[test]
fn blocks_that_overlap_and_crashes() {
    shows_by_itself("MergesUsedBlock");
    shows_by_itself("UnmapsNeighbourPage");
}

/// Whoever notes down the seed of a sequence that failed gets the same failure from it, and the
/// same program, wherever the run began that found it.
#[test]
fn a_run_that_is_repeated_from_the_failing_seed_ends_alike() {
    // It needs sizes that are no multiples of eight and a mapping: not every sequence has both.
    let library = mutant("CopiesWordsOnly").compile().unwrap();
    let first = hunt(&library, 100).unwrap().expect("it is found");
    let again = hunt(&library, first.seed).unwrap().expect("it is found");
    assert_eq!(again.seed, first.seed);
    assert_eq!(again.failure, first.failure);
    assert_eq!(again.minimal.failure, first.minimal.failure);
    assert_eq!(again.minimal.program, first.minimal.program);
}
