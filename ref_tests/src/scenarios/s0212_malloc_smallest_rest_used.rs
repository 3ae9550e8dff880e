//! The smallest possible free block, 8 bytes split off a hole, serves the next request that fits.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a split-off rest of 8 bytes is a block like any other",
    &[B1, C4, C6],
    run,
)
.needs(&["0208"]);

fn run(script: &mut Script<'_>) {
    let smallest = script.profile().smallest_chunk();
    let hole = script.malloc(1024);
    script.malloc(64); // keeps the hole from the free end of the heap
    script.free(hole);
    script.malloc(1024 - smallest); // 984u 8f 64u ...
    let byte = script.malloc(1); // 984u 8u 64u ...
    script.free(byte);
    script.malloc(9); // 16 bytes do not fit there: from the free end
    script.malloc(8); // the same 8 bytes again
}
