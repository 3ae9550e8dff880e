//! Thirty-two mappings of growing length at once, unmapped in the order they were made.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "many mapped blocks exist at the same time",
    &[A8, A18, D2, E4],
    run,
)
.needs(&["0701"]);

fn run(script: &mut Script<'_>) {
    let threshold = script.profile().mmap_threshold;
    let blocks: [Handle; 32] = core::array::from_fn(|i| script.malloc(threshold + 1000 * i as u64));
    for block in blocks {
        script.free(block);
    }
}
