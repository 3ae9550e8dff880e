//! The last block of a full heap shrinks: its tail is a free block, and the break stays.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc of the last block to a smaller size does not move the break",
    &[A7, A12, C6],
    run,
)
.needs(&["0606"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let size = profile.preallocation - 2 * profile.header - 1000;
    let first = script.malloc(1000);
    let last = script.malloc(size);
    let last = script.realloc(last, 504);
    // All of the tail: the break does not move.
    let tail = script.malloc(size - 504 - profile.header);
    script.free(tail);
    script.free(last);
    script.free(first);
}
