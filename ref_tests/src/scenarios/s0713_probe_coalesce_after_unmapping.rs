//! Two free blocks side by side that no `os_free` has left there: the tail of a shrunk block and
//! the hole after it. Then a mapping goes, freed or moved: whether that coalesces the heap, too.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "whether giving back a mapping coalesces the heap",
    &[A8, A17, C2],
    run,
)
.probe()
.needs(&["0609", "0703"]);

fn run(script: &mut Script<'_>) {
    let threshold = script.profile().mmap_threshold;
    let freed = script.malloc(threshold);
    let moved = script.malloc(threshold);
    let block = script.malloc(1000);
    let hole = script.malloc(504);
    let guard = script.malloc(16);
    script.free(hole);
    let block = script.realloc(block, 504);
    script.free(freed);
    let block = script.realloc(block, 304);
    let moved = script.realloc(moved, 2 * threshold);
    script.free(moved);
    script.free(block);
    script.free(guard);
}
