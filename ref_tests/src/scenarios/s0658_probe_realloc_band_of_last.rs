//! The last block of the heap, resized to every size in the permitted band of cut-offs (V3): mapped
//! from the submission's own cut-off on, and grown in place below it, wherever its `os_malloc`
//! begins to map. A submission that expands first (V5) grows it in place at every size.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "the exact size from which os_realloc of the last heap block maps",
    &[A13, A14, A15],
    run,
)
.probe()
.needs(&["0621", "0642"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let threshold = profile.mmap_threshold;
    // Two blocks fill the preallocation.
    let half = profile.preallocation / 2 - profile.header;
    script.malloc(half);
    let mut block = script.malloc(half);
    for size in profile.first_mapped(threshold)..threshold {
        block = script.realloc(block, size);
        // Back to where it was, out of the mapping or without the tail.
        block = script.realloc(block, half);
    }
}
