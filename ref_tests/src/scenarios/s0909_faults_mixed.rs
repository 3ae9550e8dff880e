//! Growth, mappings and moves in turn, each failing once: all calls after a failure must be right.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a mixed sequence stays right after any one failure",
    &[A2, A4, C5, D2, E3, E4],
    run,
)
.faults();

fn run(script: &mut Script<'_>) {
    let threshold = script.profile().mmap_threshold;
    let text = script.malloc(40_000);
    let table = script.calloc(100, 8);
    let map = script.malloc(threshold + 24);
    let tail = script.malloc(95_000);
    script.free(text);
    let more = script.malloc(36_000);
    let next = script.malloc(70_000);
    script.free(map);
    let map = script.calloc(4, 4_000);
    script.free(table);
    script.free(tail);
    let last = script.malloc(120_000);
    script.free(more);
    script.free(next);
    script.free(map);
    script.free(last);
}
