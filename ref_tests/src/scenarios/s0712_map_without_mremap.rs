//! A mapped block changes its size by a new mapping, a copy and an unmapping: `mremap` would do it in
//! one call, but is forbidden.
//!
//! The first half of the contents is kept when it grows to 2T and when it shrinks back; the last
//! move is to the heap, which comes into being for it.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "mapped blocks are resized with mmap and munmap alone",
    &[A11, A17, C1, D2, E1, E2],
    run,
)
.needs(&["0701"]);

fn run(script: &mut Script<'_>) {
    let threshold = script.profile().mmap_threshold;
    let mapped = script.malloc(threshold);
    let longer = script.realloc(mapped, 2 * threshold);
    let shorter = script.realloc(longer, threshold);
    script.realloc(shorter, 1000); // 1000u 130008f, then the last munmap
}
