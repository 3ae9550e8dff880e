//! An unmapped block is gone: the next request of the same size, or a little less, makes a mapping
//! of its own.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario =
    Scenario::new("mappings are not kept for later", &[A8, D1, D2], run).needs(&["0701"]);

fn run(script: &mut Script<'_>) {
    let threshold = script.profile().mmap_threshold;
    for size in [3 * threshold, 3 * threshold, 2 * threshold, threshold] {
        let mapped = script.malloc(size);
        script.free(mapped);
    }
}
