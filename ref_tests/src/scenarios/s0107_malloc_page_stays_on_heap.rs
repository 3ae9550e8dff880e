//! The page size is the threshold of `os_calloc` alone. For `os_malloc` nothing happens there.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_malloc of a page and more still comes from the heap",
    &[A2, C5],
    run,
)
.needs(&["0103"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    script.malloc(profile.first_mapped(profile.page)); // the first that os_calloc would map
    script.malloc(profile.page);
    script.malloc(4 * profile.page);
    script.malloc(profile.mmap_threshold / 4);
}
