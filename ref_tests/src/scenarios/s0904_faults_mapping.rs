//! A mapping fails: NULL, and neither the heap nor other mappings suffer.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a mapping fails, and heap and other mappings stay usable",
    &[A2, A4, D1, E3, E4],
    run,
)
.faults();

fn run(script: &mut Script<'_>) {
    let threshold = script.profile().mmap_threshold;
    let page = script.profile().page;
    let one = script.malloc(threshold);
    let small = script.malloc(64);
    let two = script.malloc(2 * threshold);
    let zeroed = script.calloc(1, 3 * page);
    script.free(one);
    script.free(small);
    script.free(two);
    script.free(zeroed);
    let last = script.malloc(128);
    script.free(last);
}
