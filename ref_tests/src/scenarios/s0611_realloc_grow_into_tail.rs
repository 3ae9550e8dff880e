//! The only block of the heap is followed by the rest of the preallocation: it grows into that.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc grows into the next free block and splits it",
    &[A11, A15, C6],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let block = script.malloc(1000);
    // One byte more is 8 more once aligned.
    let block = script.realloc(block, 1001);
    let block = script.realloc(block, 2000);
    let block = script.realloc(block, 50000);
    script.free(block);
}
