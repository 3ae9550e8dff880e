//! Even when nothing changes, in bytes, aligned bytes or pages, a mapping moves.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc of a mapping by one byte or none maps a new one",
    &[A11, A17, D2],
    run,
)
.needs(&["0646"]);

fn run(script: &mut Script<'_>) {
    let size = 2 * script.profile().mmap_threshold;
    let block = script.malloc(size);
    // As many aligned bytes.
    let block = script.realloc(block, size - 1);
    let block = script.realloc(block, size);
    // The same size.
    let block = script.realloc(block, size);
    // As many pages.
    let block = script.realloc(block, size + 1);
    script.free(block);
}
