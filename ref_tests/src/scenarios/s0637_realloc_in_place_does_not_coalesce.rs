//! Shrinking and growing in place search for nothing, so they leave free neighbours elsewhere as
//! they are; the next search coalesces them.
//!
//! 200f 200f 16u 1000u 504f 16u and a last block that fills the preallocation: six of the seven
//! take 1936 bytes, and all of them 7 * 32 for headers.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc in place does not coalesce the heap",
    &[A12, A14, A15, C2],
    run,
)
.needs(&["0606", "0611", "0621"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let left = script.malloc(200);
    let right = script.malloc(200);
    script.malloc(16);
    let block = script.malloc(1000);
    let next = script.malloc(504);
    script.malloc(16);
    let size = profile.preallocation - 7 * profile.header - 1936;
    let last = script.malloc(size);
    script.free(left);
    script.free(right);
    script.free(next);
    // Grows into the next free block.
    let block = script.realloc(block, 1200);
    // Shrinks.
    let block = script.realloc(block, 304);
    // Moves the break.
    let last = script.realloc(last, size + 8);
    // Searches: the two are one now.
    script.malloc(200 + profile.header + 200);
    script.free(block);
    script.free(last);
}
