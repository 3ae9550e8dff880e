//! In-place growth to the largest heap size that every permitted cut-off leaves on the heap: it
//! takes all of the preallocated block but 8 bytes, too few to split off.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc of the only block takes the whole preallocation",
    &[A11, A15, C6],
    run,
)
.needs(&["0611"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let largest = profile.first_mapped(profile.mmap_threshold) - 1;
    // A free block of a single unit is left after this one.
    let block = script.malloc(largest - profile.header);
    let block = script.realloc(block, largest);
    // The heap is full: the break moves by total(100).
    let appended = script.malloc(100);
    script.free(block);
    script.free(appended);
}
