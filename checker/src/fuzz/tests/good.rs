use super::*;
use crate::carried;
use crate::model::{Coalescing, Relocation};

#[track_caller]
fn passes(library: &[u8], options: &Options) {
    let report = run(library, &P, options).unwrap();
    if let Some(found) = report.found {
        panic!(
            "seed {}: {:?}\n{}",
            found.seed, found.failure, found.minimal.program
        );
    }
    assert_eq!(report.sequences, options.sequences);
    assert_eq!(report.calls, options.sequences * u64::from(options.calls));
}

#[test]
fn the_reference_passes_all_sizes() {
    for rounding in [Rounding::Aligned, Rounding::Any] {
        for bands in [false, true] {
            let options = Options {
                sequences: 20,
                calls: 5000,
                rounding,
                bands,
                ..options()
            };
            passes(carried::REFERENCE, &options);
        }
    }
}

#[test]
fn a_sequence_of_the_longest_length() {
    let options = Options {
        sequences: 1,
        calls: LONGEST,
        ..options()
    };
    passes(carried::REFERENCE, &options);
}

#[test]
fn good_submissions_pass() {
    for name in ["conforming", "bare", "helpers", "variations"] {
        passes(&library(&submissions().join(name), None, &[]), &options());
    }
}

#[test]
fn permitted_variations_pass_with_their_own_choices() {
    let canonical = Choices::canonical(&P);
    let cases: [(&[&str], Choices, Rounding); 5] = [
        (
            &["-DV4_COALESCE_AT_FREE=1", "-DV4_IN_REALLOC=0"],
            Choices {
                coalescing: Coalescing::AtFree,
                ..canonical
            },
            Rounding::Any,
        ),
        (
            &["-DV4_COALESCE_AT_FREE=1", "-DV5_EXPAND_FIRST=1"],
            Choices {
                coalescing: Coalescing::AtRelease,
                expand_first: true,
                ..canonical
            },
            Rounding::Aligned,
        ),
        (
            &[
                "-DV1_CUTOFF=131072",
                "-DV2_CUTOFF=4070",
                "-DV3_CUTOFF=131050",
            ],
            Choices {
                malloc_cutoff: 131_072,
                calloc_cutoff: 4070,
                realloc_cutoff: 131_050,
                ..canonical
            },
            Rounding::Any,
        ),
        (
            &[
                "-DV1_CUTOFF=131050",
                "-DV3_CUTOFF=131070",
                "-DV3_RELOCATES_AS_MALLOC=1",
                "-DV7_KEEP_IN_PLACE=1",
            ],
            Choices {
                malloc_cutoff: 131_050,
                realloc_cutoff: 131_070,
                relocation: Relocation::AsMalloc,
                keep_in_place: true,
                ..canonical
            },
            Rounding::Aligned,
        ),
        (
            &["-DRAW_SIZE=1", "-DMAPPED_ON_LIST=1"],
            canonical,
            Rounding::Aligned,
        ),
    ];
    for (flags, choices, rounding) in cases {
        let options = Options {
            choices,
            rounding,
            bands: true,
            ..options()
        };
        passes(
            &library(&submissions().join("variations"), None, flags),
            &options,
        );
    }
}

#[test]
fn other_choices_are_told_apart() {
    let flags = &["-DV4_COALESCE_AT_FREE=1"];
    let library = library(&submissions().join("variations"), None, flags);
    let found = run(&library, &P, &options()).unwrap().found;
    assert_eq!(found.unwrap().failure.kind, FailureKind::Layout);
}
