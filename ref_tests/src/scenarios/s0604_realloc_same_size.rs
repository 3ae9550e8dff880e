//! Nothing happens when the size does not change, whether the next block is free or used.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc to the same size does nothing",
    &[A11, A12],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let block = script.malloc(104);
    // Free memory after the block.
    let block = script.realloc(block, 104);
    let guard = script.malloc(200);
    // A block in use after it.
    let block = script.realloc(block, 104);
    let block = script.realloc(block, 104);
    let guard = script.realloc(guard, 200);
    script.free(block);
    script.free(guard);
}
