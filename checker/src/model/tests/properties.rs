use proptest::prelude::*;

use super::*;
use crate::model::{Coalescing, Fault, Relocation, Simulation};

/// Legal sequences: each call's pointer is one of the live ones.
fn script(kinds: &[(u8, u64, u8)]) -> Vec<Call> {
    let mut live: Vec<u32> = Vec::new();
    let mut calls = Vec::new();
    for (kind, size, pick) in kinds {
        let number = u32::try_from(calls.len()).unwrap() + 1;
        let chosen = (!live.is_empty()).then(|| usize::from(*pick) % live.len());
        calls.push(match (kind % 4, chosen) {
            (0, Some(index)) => free(live.swap_remove(index)),
            (1, Some(index)) => {
                let call = realloc(live.swap_remove(index), size.max(&1).to_owned());
                live.push(number);
                call
            }
            (2, _) if *size > 0 => {
                live.push(number);
                calloc(1, *size)
            }
            _ if *size > 0 => {
                live.push(number);
                malloc(*size)
            }
            _ => malloc(0),
        });
    }
    calls
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let size = prop_oneof![
        4 => 0u64..300,
        2 => 0u64..20_000,
        1 => (T - 60)..(T + 60),
        1 => 4000u64..4200,
    ];
    prop::collection::vec((any::<u8>(), size, any::<u8>()), 1..80).prop_map(|kinds| script(&kinds))
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
    #[test]
    fn blocks_fill_the_heap(calls in calls(), choices in choices()) {
        let mut simulation = Simulation::new(&P, &choices, FaultSet::NONE);
        let mut end = 0i64;
        for call in &calls {
            for system_call in simulation.call(call).system_calls {
                if let SystemCall::Brk { delta, .. } = system_call {
                    prop_assert!(delta > 0);
                    end += delta;
                }
            }
            let filled: u64 = simulation.blocks().map(|block| P.header + block.size).sum();
            prop_assert_eq!(filled, end.unsigned_abs());
            prop_assert!(simulation.blocks().all(|block| block.size % 8 == 0 && block.size > 0));
        }
    }

    #[test]
    fn live_blocks_are_used_blocks_and_large_enough(calls in calls(), choices in choices()) {
        let mut simulation = Simulation::new(&P, &choices, FaultSet::NONE);
        let mut live: Vec<(Place, u64)> = Vec::new();
        for call in &calls {
            if let Call::Realloc { pointer, .. } | Call::Free { pointer } = call {
                let old = simulation.pointee(*pointer);
                live.retain(|(place, _)| *place != old);
            }
            let place = simulation.call(call).result;
            match (place, *call) {
                (None | Some(Place::Null), _) => {}
                (Some(place), Call::Malloc { size } | Call::Realloc { size, .. }) => live.push((place, size)),
                (Some(place), Call::Calloc { count, size }) => live.push((place, count * size)),
                (Some(_), _) => prop_assert!(false),
            }
            let used = simulation.blocks().filter(|block| block.state == State::Used).count();
            let in_heap = live.iter().filter(|(place, _)| matches!(place, Place::Heap(_))).count();
            prop_assert_eq!(used, in_heap);
            for (place, size) in &live {
                if let Place::Heap(payload) = place {
                    let block = simulation.placed_blocks().find(|(start, _)| start + P.header == *payload);
                    prop_assert!(block.is_some_and(|(_, block)| block.size >= *size));
                }
            }
        }
    }

    #[test]
    fn a_run_depends_only_on_the_axes_it_says(calls in calls(), a in choices(), b in choices()) {
        let mut simulation = Simulation::new(&P, &a, FaultSet::NONE);
        for call in &calls {
            simulation.call(call);
        }
        if a.agree_on(&b, simulation.sensitive()) {
            let outcomes = |choices| run(&P, choices, FaultSet::NONE, Environment::KIND, &calls);
            prop_assert_eq!(outcomes(&a), outcomes(&b));
        }
    }

    #[test]
    fn no_sequence_makes_a_fault_panic(calls in calls(), fault in 0..Fault::ALL.len(), other in 0..Fault::ALL.len()) {
        let faults = FaultSet::of(Fault::ALL[fault]).with(Fault::ALL[other]);
        let outcomes = run(&P, &Choices::canonical(&P), faults, Environment::KIND, &calls);
        prop_assert_eq!(outcomes.len(), calls.len());
    }

    #[test]
    fn no_pointer_makes_the_simulation_panic(kinds in prop::collection::vec((0u8..5, 0u64..200_000, 0u32..30), 1..30)) {
        let calls: Vec<Call> = kinds.iter().map(|(kind, size, number)| match kind {
            0 => malloc(*size),
            1 => calloc(3, *size),
            2 => free(*number),
            3 => realloc(*number, *size),
            _ => Call::MoveBreak { bytes: *size },
        }).collect();
        let outcomes = run(&P, &Choices::canonical(&P), FaultSet::NONE, Environment::KIND, &calls);
        prop_assert_eq!(outcomes.len(), calls.len());
    }
}
