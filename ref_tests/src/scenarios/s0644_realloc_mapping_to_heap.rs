//! Below the threshold a mapping becomes a heap block. It is the first use of the heap, so the
//! heap is set up first; the mapping goes when its bytes are copied.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc of a mapping below the threshold moves it to the heap",
    &[A8, A11, A17, C1],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let threshold = script.profile().mmap_threshold;
    let block = script.malloc(threshold);
    let block = script.realloc(block, 1000);
    let other = script.malloc(2 * threshold);
    // The largest size that every permitted cut-off takes from the heap. The free last block of
    // 130008 bytes is extended.
    let largest = script.profile().first_mapped(threshold) - 1;
    let other = script.realloc(other, largest);
    script.free(block);
    script.free(other);
}
