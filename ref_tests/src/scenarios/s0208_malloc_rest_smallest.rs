//! A rest of META + 8 bytes is just enough: 984u 8f 64u ...

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "the smallest rest that is split off has 8 bytes",
    &[C6],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let hole = script.malloc(1024);
    script.malloc(64); // keeps the hole from the free end of the heap
    script.free(hole);
    let smallest = script.profile().smallest_chunk();
    script.malloc(1024 - smallest);
}
