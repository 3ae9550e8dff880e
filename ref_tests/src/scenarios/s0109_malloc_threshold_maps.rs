//! A payload of the threshold itself is mapped under every permitted cut-off.
//!
//! The mapping is total(T) = 131104 bytes long. The heap is not preallocated.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_malloc of the threshold maps, and does not touch the heap",
    &[A2, A8, C1, D1],
    run,
);

fn run(script: &mut Script<'_>) {
    let threshold = script.profile().mmap_threshold;
    let mapped = script.malloc(threshold);
    script.free(mapped);
}
