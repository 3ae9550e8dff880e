use std::collections::BTreeSet;
use std::hash::Hasher as _;

use super::*;
use crate::spec::{Block, Chooser, Cut, Denied, Request, State, Trial, pointee, step};
use crate::spec::{Choices, Follower};
use crate::types::{Call, CallNumber, Place, Pointer};

fn recipes() -> Vec<Recipe> {
    let mut recipes = Vec::new();
    for rounding in [Rounding::Aligned, Rounding::Any] {
        for bands in [false, true] {
            recipes.push(Recipe {
                rounding,
                bands,
                ..Recipe::new(P, 1500)
            });
        }
    }
    recipes
}

#[test]
fn sequences_are_legal_and_as_long_as_asked() {
    for recipe in recipes() {
        for seed in 0..60 {
            let calls = generate(seed, &recipe);
            assert_eq!(calls.len(), 1500);
            assert_eq!(first_illegal(&P, &calls), None, "seed {seed}, {recipe:?}");
        }
    }
}

#[test]
fn a_seed_is_the_same_sequence_for_ever() {
    // A change here changes the sequence of every seed.
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    for seed in [0, 1, u64::MAX] {
        for call in generate(seed, &Recipe::new(P, 1000)) {
            hash.write(format!("{call:?}").as_bytes());
        }
    }
    assert_eq!(hash.finish(), GOLDEN);
}

const GOLDEN: u64 = 14_011_673_432_048_752_562;

struct Fnv(u64);

impl std::hash::Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[test]
fn without_bands_no_choice_of_a_cutoff_matters() {
    let canonical = Choices::canonical(&P);
    let mut late = canonical;
    for (cut, from) in [
        (Cut::Malloc, P.mmap_threshold),
        (Cut::Calloc, P.page - 16),
        (Cut::ReallocHeap, P.mmap_threshold - 20),
        (Cut::ReallocMapped, P.mmap_threshold + 1),
    ] {
        late.cuts[cut as usize] = from;
    }
    for rounding in [Rounding::Aligned, Rounding::Any] {
        for seed in 0..40 {
            let recipe = Recipe {
                rounding,
                ..Recipe::new(P, 1500)
            };
            let calls = generate(seed, &recipe);
            let [mut one, mut other] = [canonical, late].map(|it| Follower::new(&P, &it));
            for call in &calls {
                let told = format!("seed {seed}, {rounding:?}: {call:?}");
                assert_eq!(one.call(call), other.call(call), "{told}");
            }
        }
    }
}

/// An odd size is asked for once and its block never touched again.
#[test]
fn aligned_sequences_leave_odd_blocks_alone() {
    for seed in 0..40 {
        let calls = generate(seed, &Recipe::new(P, 1500));
        let odd = |number: CallNumber| match calls[number.0 as usize - 1] {
            Call::Malloc { size } | Call::Realloc { size, .. } => size % 8 != 0,
            Call::Calloc { count, size } => (count * size) % 8 != 0,
            _ => false,
        };
        let touches_odd = |call: &Call| {
            matches!(call, Call::Free { pointer: Pointer::Of(number) }
                | Call::Realloc { pointer: Pointer::Of(number), .. } if odd(*number))
        };
        assert!(!calls.iter().any(touches_odd), "seed {seed}");
        assert!(
            (1..).map(CallNumber).take(calls.len()).any(odd),
            "seed {seed}"
        );
    }
}

#[test]
fn every_way_to_carry_out_a_call_is_reached() {
    let mut reached = BTreeSet::new();
    for seed in 0..30 {
        let mut state = State::new(P.header);
        let mut places = Vec::new();
        for call in generate(seed, &Recipe::new(P, 2000)) {
            let trial = Trial {
                profile: &P,
                request: Request::of(&call, |pointer| pointee(&places, pointer)),
                // Calls that are followed by fixed choices write no reasons down.
                chooser: Chooser::Script(&[], Vec::new()),
                mistakes: &[],
                looks: false,
                denied: Denied::default(),
            };
            let stepped = step(trial, state);
            let names = || stepped.reasons.iter().map(|it| format!("{it:?}"));
            let moved = names().any(|name| name == "COPIED");
            reached.extend(names().map(|name| (call.function(), name, moved)));
            let exactly = |block: Block| call.size().and_then(|it| P.align(it)) == Some(block.size);
            if stepped.took.is_some_and(exactly) {
                reached.insert((call.function(), "TOOK exactly".to_owned(), moved));
            }
            places.push(stepped.result.unwrap_or(Place::Null));
            state = stepped.after;
        }
    }
    for (function, way, moved) in [
        ("os_malloc", "TOOK", false),
        ("os_malloc", "TOOK exactly", false),
        ("os_malloc", "MAPPED", false),
        ("os_malloc", "EXTENDED", false),
        ("os_malloc", "APPENDED", false),
        ("os_malloc", "ZERO", false),
        ("os_calloc", "TOOK", false),
        ("os_calloc", "TOOK exactly", false),
        ("os_calloc", "MAPPED", false),
        ("os_calloc", "EXTENDED", false),
        ("os_calloc", "APPENDED", false),
        ("os_calloc", "ZERO", false),
        ("os_realloc", "KEPT", false),
        ("os_realloc", "MERGED", false),
        ("os_realloc", "GREW_LAST", false),
        ("os_realloc", "MAPPED", true),
        ("os_realloc", "TOOK", true),
        ("os_realloc", "EXTENDED", true),
        ("os_realloc", "APPENDED", true),
        ("os_realloc", "FREED", false),
        ("os_realloc", "UNMAPPED", false),
        ("os_realloc", "REALLOC_OF_FREE", false),
        ("os_free", "FREED", false),
        ("os_free", "UNMAPPED", false),
        ("os_free", "FREE_OF_NULL", false),
    ] {
        let way = (function, way.to_owned(), moved);
        assert!(reached.contains(&way), "{way:?} is not in {reached:?}");
    }
}

#[test]
fn what_is_not_legal_is_seen() {
    let of = |number| Pointer::Of(CallNumber(number));
    let malloc = Call::Malloc { size: 8 };
    let free = |number| Call::Free {
        pointer: of(number),
    };
    let realloc = |number, size| Call::Realloc {
        pointer: of(number),
        size,
    };
    let cases: [(&[Call], Option<usize>); 9] = [
        (&[malloc, free(1), free(1)], Some(2)),
        (&[malloc, realloc(1, 16), free(1)], Some(2)),
        (&[malloc, realloc(1, 0), free(1)], Some(2)),
        (&[free(1)], Some(0)),
        (&[Call::Malloc { size: 0 }, free(1)], Some(1)),
        (&[Call::MoveBreak { bytes: 8 }], Some(0)),
        (&[malloc, free(1), realloc(1, 8)], None),
        (&[malloc, malloc, free(2), realloc(2, 8)], Some(3)),
        (&[malloc, free(1), malloc, realloc(1, 8)], Some(3)),
    ];
    for (calls, expected) in cases {
        assert_eq!(first_illegal(&P, calls), expected, "{calls:?}");
    }
}

#[test]
fn calls_are_taken_out_with_what_depends_on_them() {
    let of = |number| Pointer::Of(CallNumber(number));
    let calls = [
        Call::Malloc { size: 8 },
        Call::Malloc { size: 16 },
        Call::Realloc {
            pointer: of(2),
            size: 32,
        },
        Call::Free { pointer: of(1) },
        Call::Free { pointer: of(3) },
    ];
    let without = |gone: usize| {
        let kept: Vec<bool> = (0..5).map(|index| index != gone).collect();
        legality::without(&calls, &kept)
    };
    assert_eq!(
        without(0),
        [
            calls[1],
            Call::Realloc {
                pointer: of(1),
                size: 32
            },
            Call::Free { pointer: of(2) }
        ]
    );
    assert_eq!(without(1), [calls[0], calls[3]]);
    assert_eq!(
        without(2),
        [calls[0], calls[1], calls[3], Call::Free { pointer: of(2) }]
    );
}

#[test]
fn removing_any_calls_leaves_a_legal_sequence() {
    for seed in 0..20 {
        let calls = generate(seed, &Recipe::new(P, 300));
        for step in 2..9 {
            let kept: Vec<bool> = (0..calls.len()).map(|it| it % step != 1).collect();
            let left = legality::without(&calls, &kept);
            if let Some(index) = first_illegal(&P, &left) {
                // A10 alone may lose what makes it legal.
                assert!(matches!(left[index], Call::Realloc { .. }), "seed {seed}");
            }
        }
    }
}
