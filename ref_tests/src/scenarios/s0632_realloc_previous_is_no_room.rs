//! The free block in front, together with the block, would do: 504 + 32 + 104 for 600. But the
//! block is in use until the copy is done, so it moves to the end of the heap.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc does not grow into the free block in front",
    &[A11, A16, A18],
    run,
)
.needs(&["0625"]);

fn run(script: &mut Script<'_>) {
    let header = script.profile().header;
    let front = script.malloc(504);
    let block = script.malloc(104);
    let guard = script.malloc(16);
    script.free(front);
    let block = script.realloc(block, 600);
    // Once the block has gone, the two are one.
    let both = script.malloc(504 + header + 104);
    script.free(both);
    script.free(block);
    script.free(guard);
}
