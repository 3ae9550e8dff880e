//! As 0655, but the free memory after the block is too small. Canonically nothing is merged; trying
//! to expand first (V5) merges, is still too small, and then maps.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc to the threshold before too few free bytes maps",
    &[A13, A15],
    run,
)
.probe()
.needs(&["0642"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let block = script.malloc(1000);
    let next = script.malloc(504);
    let guard = script.malloc(16);
    script.free(next);
    let block = script.realloc(block, 2 * profile.mmap_threshold);
    let reused = script.malloc(1000 + profile.header + 504);
    script.free(reused);
    script.free(guard);
    script.free(block);
}
