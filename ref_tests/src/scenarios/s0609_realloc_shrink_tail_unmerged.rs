//! The tail of a shrunk block lies in front of a free block. They stay two until the next search.
//!
//! 1000 -> 304 leaves a tail of 1000 - 304 - 32 = 664 in front of the 504 free bytes; together
//! they are 664 + 32 + 504 = 1200.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "the tail of a shrunk block is merged at the next search, not before",
    &[A12, C2, C3],
    run,
)
.needs(&["0606"]);

fn run(script: &mut Script<'_>) {
    let block = script.malloc(1000);
    let hole = script.malloc(504);
    let guard = script.malloc(16);
    script.free(hole);
    let block = script.realloc(block, 304);
    // More than either of them, less than both.
    let merged = script.malloc(700);
    script.free(block);
    script.free(merged);
    script.free(guard);
}
