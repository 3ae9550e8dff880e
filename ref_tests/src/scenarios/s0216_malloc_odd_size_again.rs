//! A block of an odd size has room for that size again, whether its header holds 1001 or 1008.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a freed block of an odd size serves the same odd size",
    &[A18, B1, C4, C6],
    run,
)
.needs(&["0204"]);

fn run(script: &mut Script<'_>) {
    let odd = script.malloc(1001);
    script.malloc(64); // keeps it from the free end of the heap
    script.free(odd);
    let again = script.malloc(1001); // the same address, unsplit
    script.free(again);
    script.malloc(500); // 504 kept, 504 - META = 472 free
}
