//! The last block of the heap grows in place although a block was mapped after it was made.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a mapped block does not keep the last block of the heap from growing",
    &[A14, D3],
    run,
)
.needs(&["0621", "0701"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    script.malloc(profile.preallocation - 2 * profile.header - 1024);
    let last = script.malloc(1024); // ends at the break
    let mapped = script.malloc(profile.mmap_threshold);
    let last = script.realloc(last, 3000);
    let last = script.realloc(last, 5000);
    script.free(mapped);
    script.realloc(last, 6000);
}
