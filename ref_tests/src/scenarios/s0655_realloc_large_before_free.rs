//! Two free blocks of 60000 bytes after a block of the same size: 180000 bytes and two headers
//! are more than the threshold. Canonically it is mapped at once, and the free blocks stay as they
//! are; merging them first is permitted (V5).

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc to the threshold before enough free blocks: mapped, or expanded",
    &[A13, A15],
    run,
)
.probe()
.needs(&["0616", "0642"]);

fn run(script: &mut Script<'_>) {
    let threshold = script.profile().mmap_threshold;
    let block = script.malloc(60_000);
    let near = script.malloc(60_000);
    // The break moves for this one.
    let far = script.malloc(60_000);
    let guard = script.malloc(16);
    script.free(near);
    script.free(far);
    let block = script.realloc(block, threshold);
    script.free(block);
    script.free(guard);
}
