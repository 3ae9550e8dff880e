//! A freed block keeps its header while it is not merged into the one in front, here a block in
//! use: `os_realloc` sees STATUS_FREE and refuses, for every size.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc of a freed block returns NULL and changes nothing",
    &[A10],
    run,
)
.needs(&["0604"]);

fn run(script: &mut Script<'_>) {
    let front = script.malloc(16);
    let block = script.malloc(104);
    let guard = script.malloc(16);
    script.free(block);
    // Smaller, of the same size, larger, and large enough to be mapped.
    script.realloc(block, 50);
    script.realloc(block, 104);
    script.realloc(block, 1000);
    script.realloc(block, script.profile().mmap_threshold);
    // It is free indeed.
    let again = script.malloc(104);
    script.free(again);
    script.free(guard);
    script.free(front);
}
