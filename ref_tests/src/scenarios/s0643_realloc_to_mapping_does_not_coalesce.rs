//! Mapping needs no search: free neighbours stay apart until the next one.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc of a heap block to a mapping does not coalesce the heap",
    &[A13, C2],
    run,
)
.needs(&["0642"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let left = script.malloc(200);
    let right = script.malloc(200);
    let guard = script.malloc(16);
    let block = script.malloc(1000);
    let end = script.malloc(16);
    script.free(left);
    script.free(right);
    let block = script.realloc(block, 2 * profile.mmap_threshold);
    let both = script.malloc(200 + profile.header + 200);
    script.free(block);
    script.free(both);
    script.free(guard);
    script.free(end);
}
