//! What single faults do where they differ most from what one would think of them first.

use super::*;
use crate::model::{Certainty, Fault, Simulation};

fn faulty(fault: Fault, calls: &[Call]) -> Vec<String> {
    let canonical = Choices::canonical(&P);
    let outcomes = run(
        &P,
        &canonical,
        FaultSet::of(fault),
        Environment::KIND,
        calls,
    );
    show_all(&outcomes)
}

fn certainty(fault: Fault, calls: &[Call]) -> Certainty {
    let canonical = Choices::canonical(&P);
    let mut simulation = Simulation::new(&P, &canonical, FaultSet::of(fault));
    for call in calls {
        simulation.call(call);
    }
    simulation.certainty()
}

#[test]
fn without_alignment_mappings_are_not_rounded_either() {
    let seen = faulty(Fault::NoAlignment, &[malloc(T + 1)]);
    assert_eq!(seen, [format!("M1+32 | mmap {} = M1 | ", T + 33)]);
}

#[test]
fn no_mapping_starts_at_a_payload() {
    let seen = faulty(Fault::UnmapsFromPayload, &[malloc(T), free(1), malloc(T)]);
    assert_eq!(seen[1], format!("- | munmap M1+32 {} failed | ", T + 32));
    assert!(seen[2].starts_with("M2+32"));
}

#[test]
fn a_last_block_thought_too_small_shrinks_to_what_is_missing() {
    let seen = faulty(Fault::FitCountsHeader, &[malloc(1000), malloc(130_000)]);
    assert_eq!(seen[1], "H+1064 | brk -8 | 1000u 130000u");
}

#[test]
fn neighbours_on_the_list_are_merged_over_lost_bytes() {
    let calls = [malloc(1000), malloc(1000), free(1), free(2), malloc(2000)];
    let seen = faulty(Fault::TailDropped, &calls);
    assert_eq!(seen[1], "H+131104 | brk +1032 | 1000u 1000u");
    assert_eq!(seen[4], "H+32 |  | 2032u");
}

#[test]
fn a_mapping_without_its_header_is_overrun() {
    let calls = [malloc(T)];
    assert_eq!(
        certainty(Fault::MapsPayloadOnly, &calls),
        Certainty::Nothing
    );
    // The rest of the last page has room for the header.
    let calls = [malloc(T + 8)];
    assert_eq!(certainty(Fault::MapsPayloadOnly, &calls), Certainty::Exact);
}

#[test]
fn no_break_moves_beyond_the_address_space() {
    let seen = faulty(Fault::NeverMaps, &[malloc(1 << 60)]);
    assert!(seen[0].starts_with("NULL | brk +131072, brk +"), "{seen:?}");
    assert!(seen[0].contains("failed"), "{seen:?}");
}
