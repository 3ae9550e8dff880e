//! The preallocated block is split for the first request.
//!
//! 131072 - META = 131040 bytes; 1000 are kept, META go to the next header, 130008 stay free.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "the preallocated block is split for the first request",
    &[A2, C1, C6],
    run,
);

fn run(script: &mut Script<'_>) {
    script.malloc(1000); // 1000u 130008f
    let mapped = script.malloc(script.profile().mmap_threshold); // no matter to the heap
    script.free(mapped);
}
