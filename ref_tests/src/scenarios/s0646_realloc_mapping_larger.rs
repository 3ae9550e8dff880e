//! A mapping never grows where it is: a new one, a copy, and the old one is unmapped.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_realloc of a mapping to a larger size maps a new one",
    &[A8, A11, A17, D2],
    run,
)
.needs(&["0201"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let threshold = profile.mmap_threshold;
    let block = script.malloc(threshold);
    let block = script.realloc(block, threshold + profile.page);
    let block = script.realloc(block, 2 * threshold);
    let block = script.realloc(block, 4 * threshold + 1);
    script.free(block);
}
