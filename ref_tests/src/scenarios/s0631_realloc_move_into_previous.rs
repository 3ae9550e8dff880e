//! The free block in front is the best fit by itself: the block moves into it, is copied, and
//! then freed. 504 bytes for 400 leave 72.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc may move a block to the free block in front of it",
    &[A11, A16, C4, C6],
    run,
)
.needs(&["0625"]);

fn run(script: &mut Script<'_>) {
    let header = script.profile().header;
    let front = script.malloc(504);
    let block = script.malloc(304);
    let guard = script.malloc(16);
    script.free(front);
    let block = script.realloc(block, 400);
    // The rest of the front block and the old block, coalesced: 72 + 32 + 304.
    let reused = script.malloc(504 - 400 - header + header + 304);
    script.free(block);
    script.free(reused);
    script.free(guard);
}
