//! Two neighbours of the heap are coalesced although a block was mapped after the first was made and
//! before the second: a list in the order of creation has the mapped block between them.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a block mapped between the making of two neighbours does not keep them apart",
    &[C2, C3, D3],
    run,
)
.needs(&["0301", "0412", "0701"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    script.malloc(profile.preallocation - 2 * profile.header - 1024);
    let a = script.malloc(1024); // ends at the break
    let mapped = script.malloc(profile.mmap_threshold);
    let b = script.malloc(1024);
    script.malloc(64); // keeps them from the end of the heap
    script.free(a);
    script.free(b);
    script.malloc(1024 + profile.header + 1024); // a's address
    script.free(mapped);
}
