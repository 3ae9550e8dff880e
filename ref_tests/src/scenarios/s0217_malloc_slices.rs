//! A hole of 1024 bytes is cut into slices from the front: each takes 200 + META.
//!
//! The free rest shrinks 1024, 792, 560, 328; the last slice fits it exactly.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a free block is split again and again until it is used up",
    &[B1, B2, C4, C6],
    run,
)
.needs(&["0203"]);

fn run(script: &mut Script<'_>) {
    let header = script.profile().header;
    let hole = script.malloc(1024);
    script.malloc(64); // keeps the hole from the free end of the heap
    script.free(hole);
    for _ in 0..3 {
        script.malloc(200);
    }
    script.malloc(1024 - 3 * (200 + header)); // 200u 200u 200u 328u 64u ...
}
