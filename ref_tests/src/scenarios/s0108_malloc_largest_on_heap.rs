//! The largest sizes that every permitted cut-off leaves on the heap: T-48 to T-40.
//!
//! The preallocated block has 131040 payload bytes. T-48 = 131024 leaves 16 of them, T-47 to T-40
//! round up to 131032 and leave 8: too little for a block, so each takes it whole, at the same
//! address, and the break moves once.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "the largest sizes below the threshold take the preallocated block whole",
    &[A2, A7, C5, C6],
    run,
)
.needs(&["0103"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let largest = profile.first_mapped(profile.mmap_threshold) - 1;
    for size in largest - profile.alignment..=largest {
        let block = script.malloc(size);
        script.free(block);
    }
}
