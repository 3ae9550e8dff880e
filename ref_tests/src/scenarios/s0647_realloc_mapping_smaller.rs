//! A mapping never shrinks where it is, either.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc of a mapping to a smaller size maps a new one",
    &[A8, A11, A17, D2],
    run,
)
.needs(&["0646"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let threshold = profile.mmap_threshold;
    let block = script.malloc(4 * threshold);
    let block = script.realloc(block, 2 * threshold);
    let block = script.realloc(block, 2 * threshold - profile.page);
    let block = script.realloc(block, threshold);
    script.free(block);
}
