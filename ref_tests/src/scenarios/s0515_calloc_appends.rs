//! The heap is full and its last block is in use: a new block is appended, header and all. A hole
//! that is large enough comes first, though.

use crate::prelude::*;

pub(crate) const SCENARIO: Scenario = Scenario::new(
    "os_calloc moves the break only when no free block is large enough",
    &[A4, C5, C7],
    run,
)
.needs(&["0501"]);

fn run(script: &mut Script<'_>) {
    let profile = *script.profile();
    let hole = script.malloc(1000);
    let filler = script.malloc(profile.preallocation - 2 * profile.header - 1000);
    script.free(hole);
    // Larger than the hole by one aligned unit: the break moves by total(1008).
    let appended = script.calloc(126, 8);
    // As large as the hole: the break stays.
    let reused = script.calloc(125, 8);
    script.free(reused);
    script.free(appended);
    script.free(filler);
}
