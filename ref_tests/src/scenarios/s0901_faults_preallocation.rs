//! The first growth fails: there is no heap, and the next call must try again.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "the preallocation fails, and a later call preallocates",
    &[C1, E3, E4],
    run,
)
.faults();

fn run(script: &mut Script<'_>) {
    let first = script.malloc(100);
    let second = script.malloc(200);
    script.free(first);
    let third = script.calloc(10, 30);
    script.free(second);
    script.free(third);
}
