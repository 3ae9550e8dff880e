//! Sizes from 97 to 104 have the same aligned size: growing and shrinking among them changes
//! nothing.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc within the same rounded size keeps the block",
    &[A11, A12],
    run,
)
.needs(&["0604"]);

fn run(script: &mut Script<'_>) {
    let block = script.malloc(97);
    let guard = script.malloc(16);
    let block = script.realloc(block, 98);
    let block = script.realloc(block, 104);
    let block = script.realloc(block, 103);
    let block = script.realloc(block, 97);
    // The next block is free now, but nothing of it is needed.
    script.free(guard);
    let block = script.realloc(block, 104);
    script.free(block);
}
