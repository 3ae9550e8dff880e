//! The freed block is the heap's first, with a free neighbour after it. Being refused, it does not
//! merge it either: 504 + 32 + 504 bytes are put together by the next search.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc of a freed block neither merges nor coalesces",
    &[A10, C2, C3],
    run,
)
.needs(&["0650"]);

fn run(script: &mut Script<'_>) {
    let header = script.profile().header;
    let block = script.malloc(504);
    let next = script.malloc(504);
    let guard = script.malloc(16);
    script.free(block);
    script.free(next);
    script.realloc(block, 104);
    script.realloc(block, 1000);
    script.realloc(block, 2000);
    let both = script.malloc(504 + header + 504);
    script.free(both);
    script.free(guard);
}
