//! Heap blocks that were allocated before and after a mapping are neighbours all the same, and are
//! coalesced: 128 + META + 128 = 288 bytes. The mapping keeps its contents.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a mapped block does not keep heap neighbours from being coalesced",
    &[B2, C2, C3, D3],
    run,
)
.needs(&["0301", "0701"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let a = script.malloc(128);
    let mapped = script.malloc(profile.mmap_threshold);
    let b = script.malloc(128);
    script.malloc(64); // keeps them from the free end of the heap
    script.free(a);
    script.free(b);
    script.malloc(128 + profile.header + 128); // a's address
    script.free(mapped);
}
