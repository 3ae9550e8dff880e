//! Merging reaches the end of the heap. The block is the last one now, and still too small: it
//! does not grow by A14, it moves. No free block is left, so a new one is appended.
//!
//! The preallocation is used up by 65000, 60000 and a free block of 131072 - 3 * 32 - 125000 =
//! 5976; merged, the second is 66008.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc that merges up to the end of the heap and is still too small moves to a new block",
    &[A15, A16, C7],
    run,
)
.needs(&["0611", "0627"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let half = profile.preallocation / 2;
    let merged = profile.preallocation - 2 * profile.header - (half - 536);
    let first = script.malloc(half - 536); // 65000
    let block = script.malloc(half - 5_536); // 60000
    let block = script.realloc(block, half + 4_464); // 70000
    // All that was merged.
    let reused = script.malloc(merged);
    script.free(first);
    script.free(reused);
    script.free(block);
}
