//! The search for a free block is for heap blocks: with a heap that is full, a small request appends
//! a block, whether there is a mapped block or one has just been unmapped.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a mapped block is never reused for another request",
    &[C5, C7, D2, D3],
    run,
)
.needs(&["0412", "0701"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let threshold = profile.mmap_threshold;
    script.malloc(profile.first_mapped(threshold) - 1); // 131040u: all of the heap
    let mapped = script.malloc(2 * threshold);
    script.malloc(1000); // the break moves by META + 1000
    script.free(mapped);
    script.malloc(1000); // and again
}
