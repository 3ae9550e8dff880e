//! One block goes through everything that `os_realloc` knows: from NULL to the heap, larger and
//! smaller in place, elsewhere, to a mapping, to another, back to the heap, and to zero.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "one block through every case of os_realloc",
    &[A9, A11, A12, A13, A15, A16, A17, E4],
    run,
)
.needs(&["0611", "0625", "0642", "0644"]);

fn run(script: &mut Script<'_>) {
    let threshold = script.profile().mmap_threshold;
    let block = script.realloc_null(100);
    let block = script.realloc(block, 5000);
    let block = script.realloc(block, 304);
    let guard = script.malloc(16);
    let block = script.realloc(block, 600);
    // Larger than the first place, so it lies after the block, which has no room to grow.
    let end = script.malloc(400);
    let block = script.realloc(block, threshold);
    let block = script.realloc(block, 3 * threshold);
    // To its first place, exactly.
    let block = script.realloc(block, 304);
    script.realloc(block, 0);
    script.free(end);
    script.free(guard);
}
