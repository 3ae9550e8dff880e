//! The heap is full and cannot grow: nothing changes, and a hole still serves.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "a growth by a new block fails, and the heap stays usable",
    &[C5, C7, E3, E4],
    run,
)
.faults();

fn run(script: &mut Script<'_>) {
    let hole = script.malloc(1000);
    // The rest of the preallocation after a chunk of 1032 bytes, whole.
    let rest = script.profile().preallocation - 1032 - script.profile().header;
    let rest = script.malloc(rest);
    // Appended: this one fails.
    let appended = script.malloc(5000);
    script.free(hole);
    let reused = script.malloc(900);
    let again = script.malloc(4000);
    script.free(rest);
    script.free(appended);
    script.free(reused);
    script.free(again);
}
