use super::*;
use crate::carried;
use crate::spec::{Axis, Cut};

#[track_caller]
fn passes(library: &[u8], options: &Options) {
    let report = run(library, &P, options).unwrap();
    if let Some(found) = report.found.first() {
        panic!(
            "seed {}: {:?}\n{}",
            found.seed,
            found.failure,
            found.minimal.program(&P, "random", "gcc")
        );
    }
    assert_eq!(report.sequences, options.sequences);
    assert_eq!(report.calls, options.sequences * u64::from(options.calls));
}

fn with(choices: Choices, rounding: Rounding) -> Options {
    Options::new(Manner {
        choices,
        rounding,
        ..Manner::canonical(&P)
    })
}

#[test]
fn the_reference_passes_all_sizes() {
    for rounding in [Rounding::Aligned, Rounding::Any] {
        for bands in [false, true] {
            let options = Options {
                sequences: 20,
                calls: 5000,
                bands,
                ..with(Choices::canonical(&P), rounding)
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
    let with_cut = |mut choices: Choices, cut: Cut, from: u64| {
        choices.cuts[cut as usize] = from;
        choices
    };
    let moved = with_cut(with_cut(canonical, Cut::Malloc, 131_072), Cut::Calloc, 4070);
    let moved = with_cut(moved, Cut::ReallocHeap, 131_050);
    let moved = with_cut(moved, Cut::ReallocMapped, 131_073);
    let placed = with_cut(canonical, Cut::Malloc, 131_050);
    let placed = with_cut(placed, Cut::ReallocHeap, 131_070);
    let cases: [(&[&str], Choices, Rounding); 5] = [
        (
            &["-DV4_COALESCE_AT_FREE=1", "-DV4_IN_REALLOC=0"],
            canonical,
            Rounding::Any,
        ),
        (
            &["-DV4_COALESCE_AT_FREE=1", "-DV5_EXPAND_FIRST=1"],
            canonical.with(Axis::Expands, true),
            Rounding::Aligned,
        ),
        (
            &[
                "-DV1_CUTOFF=131072",
                "-DV2_CUTOFF=4070",
                "-DV3_HEAP_CUTOFF=131050",
                "-DV3_MAPPED_CUTOFF=131073",
            ],
            moved,
            Rounding::Any,
        ),
        (
            &[
                "-DV1_CUTOFF=131050",
                "-DV3_HEAP_CUTOFF=131070",
                "-DV3_MOVES_BY_REALLOC=1",
                "-DV7_KEEP_IN_PLACE=1",
            ],
            placed
                .with(Axis::MovesByRealloc, true)
                .with(Axis::KeepsFitting, true),
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
            sequences: 12,
            calls: 3000,
            bands: !flags.contains(&"-DV1_CUTOFF=131050"),
            ..with(choices, rounding)
        };
        passes(
            &library(&submissions().join("variations"), None, flags),
            &options,
        );
    }
}

#[test]
fn a_permitted_choice_that_was_not_given_is_not_a_mistake() {
    let flags = &["-DV5_EXPAND_FIRST=1"];
    let library = library(&submissions().join("variations"), None, flags);
    let options = Options {
        sequences: 60,
        ..options()
    };
    let found = run(&library, &P, &options).unwrap().found;
    assert!(found.is_empty());
}
