//! A tail that is too small for a header and a byte stays with the block. The block keeps its size:
//! it can grow to 1000 bytes again without a move.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc to a slightly smaller size keeps the whole block",
    &[A11, A12, C6],
    run,
)
.needs(&["0604"]);

fn run(script: &mut Script<'_>) {
    let header = script.profile().header;
    let block = script.malloc(1000);
    let guard = script.malloc(16);
    // A tail of 0 bytes once aligned.
    let block = script.realloc(block, 999);
    // Of 8 bytes.
    let block = script.realloc(block, 992);
    // Of a bare header.
    let block = script.realloc(block, 1000 - header);
    // One byte less than the smallest tail that is split off, aligned to a bare header again.
    let block = script.realloc(block, 1000 - script.profile().smallest_chunk() + 1);
    let block = script.realloc(block, 1000);
    script.free(guard);
    script.free(block);
}
