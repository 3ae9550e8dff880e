//! A chain of ten free neighbours becomes one block in one go: 10 * 64 + 9 * META = 928 bytes.
//!
//! An allocator that merges pairs only, or stops after one merge, has no such block.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a chain of ten free neighbours becomes one block",
    &[C2, C3],
    run,
)
.needs(&["0301"]);

fn run(script: &mut Script<'_>) {
    let header = script.profile().header;
    let blocks = [64; 10].map(|size| script.malloc(size));
    script.malloc(64); // keeps them from the free end of the heap
    for block in blocks {
        script.free(block);
    }
    script.malloc(10 * 64 + 9 * header); // the address of the first
}
