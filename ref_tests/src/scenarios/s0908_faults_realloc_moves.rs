//! A block has to move and the heap cannot grow: NULL, and the old block stays allocated.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "moving a block needs a growth that fails, and the old block stays",
    &[A11, A16, C7, E3, E4],
    run,
)
.faults();

fn run(script: &mut Script<'_>) {
    let block = script.malloc(30_000);
    let wall = script.malloc(script.profile().preallocation - 2 * script.profile().header - 30_000);
    let moved = script.realloc(block, 60_000);
    let small = script.malloc(2_000);
    script.free(wall);
    script.free(moved);
    script.free(small);
}
