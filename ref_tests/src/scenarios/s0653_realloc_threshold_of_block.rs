//! Every size in the permitted band of cut-offs (V3), and the first size after it. Each starts from
//! a small heap block with a block in use after it.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "the size from which os_realloc of a heap block maps",
    &[A13, A16, D1],
    run,
)
.probe()
.needs(&["0625", "0642"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let threshold = profile.mmap_threshold;
    script.malloc(1000);
    for size in profile.first_mapped(threshold)..=threshold {
        // Best fit, in the hole of its predecessor; the next block is in use.
        let block = script.malloc(104);
        let guard = script.malloc(16);
        let block = script.realloc(block, size);
        script.free(block);
        script.free(guard);
    }
}
