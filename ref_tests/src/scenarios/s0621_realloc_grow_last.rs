//! The last block of a full heap grows by moving the break, by just the bytes that it misses: no
//! header, no slack.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc of the last block moves the break by the missing bytes",
    &[A11, A14],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let most = profile.preallocation - 31_072; // 100000
    let first = script.malloc(most);
    let size = profile.preallocation - 2 * profile.header - most;
    let last = script.malloc(size);
    let last = script.realloc(last, size + 8);
    // One byte more: 8 once aligned.
    let last = script.realloc(last, size + 9);
    // Within that alignment.
    let last = script.realloc(last, size + 16);
    let last = script.realloc(last, size + 10_000);
    // As large as it gets on the heap.
    let largest = profile.first_mapped(profile.mmap_threshold) - 1;
    let last = script.realloc(last, largest);
    script.free(first);
    script.free(last);
}
