//! The last block cannot grow in place: `os_realloc` returns NULL, and the block keeps its content.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "growing the last block fails, and it keeps its address and content",
    &[A11, A14, E3, E4],
    run,
)
.faults();

fn run(script: &mut Script<'_>) {
    let last = script.malloc(script.profile().preallocation - script.profile().header);
    script.free(last);
    let part = script.profile().preallocation / 8 * 3;
    let front = script.malloc(part + 848); // 50000
    // The whole rest, so that the block is the last.
    let rest = script.profile().preallocation - 2 * script.profile().header - (part + 848);
    let last = script.malloc(rest);
    script.realloc(last, rest + 8_000);
    script.realloc(front, part - 9_152); // 40000
    let small = script.malloc(5_000);
    script.free(small);
}
