//! 104 bytes, a header and 200 bytes are exactly what is asked for: nothing is left to split off.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc merges the next free block when it fits exactly",
    &[A11, A15],
    run,
)
.needs(&["0611"]);

fn run(script: &mut Script<'_>) {
    let header = script.profile().header;
    let block = script.malloc(104);
    let hole = script.malloc(200);
    let guard = script.malloc(16);
    script.free(hole);
    let block = script.realloc(block, 104 + header + 200);
    script.free(block);
    // The block is still as large.
    let again = script.malloc(104 + header + 200);
    script.free(again);
    script.free(guard);
}
