//! Every size of the permitted band of cut-offs (V3) from above: a mapping moves to a mapping until
//! it moves to the heap; from there on it is a heap block that shrinks.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "the exact size below which os_realloc moves a mapping to the heap",
    &[A12, A17, D1],
    run,
)
.probe()
.needs(&["0644", "0647"]);

fn run(script: &mut Script<'_>) {
    let threshold = script.profile().mmap_threshold;
    let band = script.profile().first_mapped(threshold);
    let mut block = script.malloc(threshold);
    for size in (band..threshold).rev() {
        block = script.realloc(block, size);
    }
}
