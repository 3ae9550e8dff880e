//! A freed block still contains its former payload.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_calloc zeroes a reused block of exactly this size",
    &[A4, C4],
    run,
)
.needs(&["0501"]);

fn run(script: &mut Script<'_>) {
    let dirty = script.malloc(200);
    let guard = script.malloc(16);
    script.free(dirty);
    // 25 x 8 = 200: the same block.
    let clean = script.calloc(25, 8);
    script.free(clean);
    // And after os_calloc's own block has been written to.
    let again = script.calloc(8, 25);
    script.free(again);
    script.free(guard);
}
