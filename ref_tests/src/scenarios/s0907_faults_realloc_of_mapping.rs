//! A mapped block cannot move: NULL, and it stays mapped, with its content.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "moving a mapped block fails, and the block stays mapped",
    &[A11, A17, D2, E3, E4],
    run,
)
.faults();

fn run(script: &mut Script<'_>) {
    let threshold = script.profile().mmap_threshold;
    let mapped = script.malloc(threshold);
    let larger = script.realloc(mapped, 2 * threshold);
    let smaller = script.realloc(larger, 1_000);
    script.free(smaller);
}
