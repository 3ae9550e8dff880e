//! `os_realloc(NULL, n)` is `os_malloc(n)` in all its cases: nothing, heap, mapping.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc of NULL allocates as os_malloc does",
    &[A1, A2, A9, C1, D1],
    run,
);

fn run(script: &mut Script<'_>) {
    // NULL, and the heap is not preallocated.
    script.realloc_null(0);
    let mapped = script.realloc_null(script.profile().mmap_threshold);
    // The first use of the heap.
    let first = script.realloc_null(100);
    let second = script.realloc_null(1000);
    script.free(first);
    script.free(mapped);
    script.free(second);
}
