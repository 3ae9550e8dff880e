//! The next free block is merged, but 104 + 32 + 200 = 336 bytes are too few. The block moves,
//! and what it leaves stays merged.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc keeps blocks merged that are still too small together",
    &[A11, A15, A16],
    run,
)
.needs(&["0613", "0625"]);

fn run(script: &mut Script<'_>) {
    let header = script.profile().header;
    let block = script.malloc(104);
    let next = script.malloc(200);
    let guard = script.malloc(16);
    script.free(next);
    let block = script.realloc(block, 400);
    // One block of 336.
    let reused = script.malloc(104 + header + 200);
    script.free(reused);
    script.free(guard);
    script.free(block);
}
