//! Zero elements, or elements of size zero, are not an allocation; the heap is not even
//! preallocated.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_calloc of nothing returns NULL and does not preallocate",
    &[A3, C1],
    run,
);

fn run(script: &mut Script<'_>) {
    script.calloc(0, 8);
    script.calloc(8, 0);
    script.calloc(0, 0);
    // Zero elements of a size that would be mapped.
    script.calloc(0, script.profile().mmap_threshold);
    // Only now the break moves.
    let first = script.calloc(1, 8);
    script.free(first);
}
