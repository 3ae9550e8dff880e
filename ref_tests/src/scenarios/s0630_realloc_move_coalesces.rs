//! The move's search is preceded by coalescing: 200 + 32 + 200 bytes in front of the block hold
//! the 400 asked for. The block itself is not free yet and no part of it.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc coalesces before it searches for a block to move to",
    &[A16, C2, C3],
    run,
)
.needs(&["0625"]);

fn run(script: &mut Script<'_>) {
    let first = script.malloc(200);
    let second = script.malloc(200);
    let block = script.malloc(104);
    let guard = script.malloc(16);
    script.free(first);
    script.free(second);
    let block = script.realloc(block, 400);
    let reused = script.malloc(104);
    script.free(reused);
    script.free(block);
    script.free(guard);
}
