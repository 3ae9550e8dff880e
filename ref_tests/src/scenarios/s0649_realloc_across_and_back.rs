//! Back and forth over the threshold. The block in use after the first one's place keeps
//! it from growing in place.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc across the threshold, both ways and again",
    &[A8, A9, A11, A13, A17],
    run,
)
.needs(&["0642", "0644"]);

fn run(script: &mut Script<'_>) {
    let threshold = script.profile().mmap_threshold;
    let block = script.malloc(1000);
    let guard = script.malloc(504);
    let block = script.realloc(block, threshold);
    // Its old place is free, and the best fit.
    let block = script.realloc(block, 1000);
    let block = script.realloc(block, 2 * threshold);
    // Too large for its old place.
    let block = script.realloc(block, 2000);
    // Larger than that place: it lies after the block, which has no room to grow.
    let other = script.malloc(1008);
    let block = script.realloc(block, threshold + 5000);
    script.realloc(block, 0);
    // At its first place.
    let block = script.realloc_null(500);
    script.free(block);
    script.free(other);
    script.free(guard);
}
