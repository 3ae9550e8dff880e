//! Mappings made and unmapped between heap blocks leave no trace in the heap: the blocks lie side by
//! side as without them.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "mapped blocks leave no trace in the heap",
    &[A6, A8, B2, D2, D3],
    run,
)
.needs(&["0202", "0701"]);

fn run(script: &mut Script<'_>) {
    let threshold = script.profile().mmap_threshold;
    script.malloc(64); // H+0x20
    let first = script.malloc(threshold);
    script.malloc(64); // H+0x80
    let second = script.malloc(threshold);
    script.free(first);
    script.malloc(64); // H+0xe0
    script.free_null(); // unmaps nothing
    script.free(second);
    script.malloc(64); // H+0x140
}
