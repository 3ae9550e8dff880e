//! The preallocated block is split for the first request.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario =
    Scenario::new("the preallocated block is split for the first request", &[A2, C1, C6], run);

fn run(script: &mut Script<'_>) {
    let first = script.malloc(1000);
    let mapped = script.malloc(script.profile().mmap_threshold);
    script.free(mapped);
    script.free(first);
}
