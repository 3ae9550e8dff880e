//! The free end is a free block like any other: it is taken when it is the smallest that fits.
//!
//! 65536f 64u 32768u 32576f: 16384 bytes come off the end.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "the free end of the heap is taken before a larger hole",
    &[C4, C6],
    run,
)
.needs(&["0401"]);

fn run(script: &mut Script<'_>) {
    let preallocation = script.profile().preallocation;
    let hole = script.malloc(preallocation / 2);
    script.malloc(64);
    script.malloc(preallocation / 4);
    script.free(hole);
    script.malloc(preallocation / 8);
}
