//! Holes of 504, 304 and 400 bytes, kept apart by blocks in use, in front of a large free block.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_calloc takes the smallest free block that is large enough",
    &[A4, C4],
    run,
)
.needs(&["0501"]);

fn run(script: &mut Script<'_>) {
    let large = script.malloc(504);
    script.malloc(16);
    let small = script.malloc(304);
    script.malloc(16);
    let middle = script.malloc(400);
    script.malloc(16);
    script.free(large);
    script.free(small);
    script.free(middle);
    // 290 is aligned to 296: the hole of 304, which is not split.
    script.calloc(10, 29);
    // 390 is aligned to 392: the hole of 400.
    script.calloc(39, 10);
    // 300 is aligned to 304: only the hole of 504 is left, split into 304 and 168.
    script.calloc(3, 100);
    script.calloc(21, 8);
}
