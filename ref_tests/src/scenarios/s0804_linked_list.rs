//! A list of small nodes: some are removed, larger ones inserted, then all freed from the head.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a linked list with removals and insertions",
    &[A7, C2, C3, C4, E4],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let mut nodes: [_; 9] = core::array::from_fn(|_| script.malloc(24));
    // Two neighbours and a single one are removed.
    script.free(nodes[2]);
    script.free(nodes[3]);
    script.free(nodes[6]);
    // 24 + 32 + 24 = 80: larger than one node, it takes the two places, whole.
    nodes[2] = script.malloc(48);
    // The single place.
    nodes[6] = script.malloc(24);
    // No place is left but the end.
    nodes[3] = script.malloc(24);
    for node in nodes {
        script.free(node);
    }
    // All of it is one free block again.
    let array = script.malloc(9 * 64);
    script.free(array);
}
