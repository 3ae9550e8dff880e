//! At the threshold a heap block becomes a mapping; its place on the heap is free. The block
//! after it is in use, so it cannot grow in place.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc of a heap block to the threshold maps a new block",
    &[A7, A11, A13, D1],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let threshold = script.profile().mmap_threshold;
    let block = script.malloc(1000);
    let guard = script.malloc(504);
    let block = script.realloc(block, threshold);
    let reused = script.malloc(1000);
    // Far beyond, and not a multiple of anything.
    let reused = script.realloc(reused, 3 * threshold + 1);
    script.free(block);
    script.free(reused);
    script.free(guard);
}
