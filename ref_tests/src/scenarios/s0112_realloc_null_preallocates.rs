//! `os_realloc(NULL, n)` is `os_malloc(n)`, also as the very first call: it preallocates, splits,
//! and the calls after it go on from there. The threshold itself maps.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "the first use of the heap may be os_realloc(NULL, n)",
    &[A2, A9, C1, C6],
    run,
)
.needs(&["0103", "0109"]);

fn run(script: &mut Script<'_>) {
    let threshold = script.profile().mmap_threshold;
    let mapped = script.realloc_null(threshold); // no heap yet
    script.realloc_null(1000); // H+0x20: 1000u 130008f
    script.malloc(1000); // directly after it; no second preallocation
    script.free(mapped);
}
