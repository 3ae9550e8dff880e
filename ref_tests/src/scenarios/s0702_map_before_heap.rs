//! A mapped block does not preallocate the heap; the first small block after it does.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "the heap is preallocated by the first heap block, not by a mapping before it",
    &[A8, C1, D2],
    run,
)
.needs(&["0201", "0701"]);

fn run(script: &mut Script<'_>) {
    let threshold = script.profile().mmap_threshold;
    let mapped = script.malloc(threshold); // no break move
    let small = script.malloc(64); // the preallocation: H+0x20
    script.free(mapped);
    script.malloc(64); // no second preallocation
    script.free(small);
}
