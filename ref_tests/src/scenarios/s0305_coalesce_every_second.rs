//! Ten neighbours: first every second one is freed, which joins nothing; then those between, which
//! joins all. 10 * 64 + 9 * META = 928 bytes.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "blocks are coalesced only once the blocks between them are free",
    &[C2, C3, C4],
    run,
)
.needs(&["0304"]);

fn run(script: &mut Script<'_>) {
    let header = script.profile().header;
    let blocks = [64; 10].map(|size| script.malloc(size));
    script.malloc(64); // keeps them from the free end of the heap
    for block in blocks.into_iter().step_by(2) {
        script.free(block);
    }
    script.malloc(128); // no hole is larger than 64: after all of them
    for block in blocks.into_iter().skip(1).step_by(2) {
        script.free(block);
    }
    script.malloc(10 * 64 + 9 * header); // the address of the first
}
