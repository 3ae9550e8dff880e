//! `os_realloc(p, 0)` is `os_free(p)`, for heap blocks and mappings.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc to zero frees the block and returns NULL",
    &[A7, A8, A9],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let block = script.malloc(100);
    let guard = script.malloc(100);
    let mapped = script.malloc(script.profile().mmap_threshold);
    script.realloc(block, 0);
    script.realloc(mapped, 0);
    // The freed block is taken again.
    let again = script.malloc(100);
    script.realloc(guard, 0);
    script.realloc(again, 0);
}
