//! A heap block cannot move to a mapping: NULL, and it stays where it is, with its content.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "moving a heap block to a mapping fails, and the block stays",
    &[A11, A13, E3, E4],
    run,
)
.faults();

fn run(script: &mut Script<'_>) {
    let threshold = script.profile().mmap_threshold;
    let block = script.malloc(3_000);
    let guard = script.malloc(64);
    script.realloc(block, threshold + 1_000);
    let other = script.malloc(500);
    script.free(guard);
    script.free(other);
}
