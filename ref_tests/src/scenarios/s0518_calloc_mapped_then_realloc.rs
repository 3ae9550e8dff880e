//! The page is the threshold of `os_calloc` alone. `os_realloc` allocates as `os_malloc` does: a
//! little more than a page comes from the heap, which is set up for it.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc of a page mapped by os_calloc moves it to the heap",
    &[A4, A17, C1, D2],
    run,
)
.needs(&["0506"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let table = script.calloc(1, profile.page);
    let table = script.realloc(table, profile.page + 100);
    let mapped = script.calloc(4, profile.page);
    // Still a mapping for os_malloc's threshold.
    let mapped = script.realloc(mapped, profile.mmap_threshold);
    script.free(mapped);
    script.free(table);
}
